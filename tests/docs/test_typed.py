"""What the pages say to type is typed, in two terminals, and shows what they say."""

from __future__ import annotations

import pytest

from tests.fakes.pages import Block, blocks, page
from tests.fakes.typist import Typist
from worker.ops.local.supervisor import ROOT

pytestmark = pytest.mark.timeout(240)
SANDBOX = Block("console", "first", "$ .venv/bin/ordercast up --sandbox\n…\nEverything runs. Stop it with Ctrl-C.\n")
AT_HOME = Block("console", "", "$ . .venv/bin/activate\n$ . var/sandbox/up.env\n")


def typed(typist: Typist, name: str, *before: Block) -> None:
    """Every command and every file of a page, in its order."""
    for block in [*before, *blocks(page(name))]:
        if block.language == "console" or block.name:
            typist.type(block)


def test_the_quick_start_shows_what_it_says(typist: Typist) -> None:
    typed(typist, "quick-start")


def test_the_producers_outbox_sends_what_stands_in_it_once(typist: Typist) -> None:
    lines = (ROOT / "examples" / "orders.jsonl").read_text().splitlines()
    (typist.program.directory / "orders.jsonl").write_text(f"{lines[0]}\n")
    typed(typist, "producers", SANDBOX, AT_HOME)
