"""What the pages say to type is typed, in two terminals, and shows what they say."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.pages import Block, blocks, page
from tests.fakes.program import document
from tests.fakes.typist import Typist
from worker.ops.local.supervisor import ROOT

pytestmark = pytest.mark.timeout(300)
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


DESK = """[providers.desk]
kind = "orderdesk"
base_url = "{address}/orderdesk/api/v2"
store_id = "1001"
api_key = {{ file = "secrets/desk" }}
currency = "DKK"
timeout = {{ total_s = 5 }}
settle_s = 5
"""
HOOK = """
[providers.hook]
kind = "webhook"
base_url = "{address}/webhook"
secret = {{ file = "secrets/hook" }}
allow_private = true
"""


@pytest.fixture
def installed(typist: Typist) -> Iterator[Typist]:
    """``ordercast up`` in the first terminal, with one provider at a simulated vendor and one order delivered."""
    folder = typist.program.directory
    order = (ROOT / "examples" / "orders.jsonl").read_text().splitlines()[0]
    with typist.program.started("sandbox", "--listen", "127.0.0.1:0", "--json") as vendors:
        try:
            address = document(vendors.stdout)["url"]
            (folder / "secrets").mkdir()
            (folder / "secrets" / "desk").write_text("test-orderdesk-key")
            for name in ("ordercast.toml", "ordercast.before.toml"):
                (folder / name).write_text(DESK.format(address=address))
            (folder / "hook.toml").write_text(HOOK.format(address=address))
            (folder / "sunday.jsonl").write_text(order)
            (folder / "monday.jsonl").write_text(order.replace('"1001"', '"1002"').replace("c-0001", "c-0002"))
            typist.type(Block("console", "", "$ . .venv/bin/activate\n$ export NEW_KEY=test-orderdesk-key\n"))
            typist.type(Block("console", "first", "$ ordercast up\n…\nEverything runs. Stop it with Ctrl-C.\n"))
            typist.type(Block("console", "", "$ ordercast enqueue sunday.jsonl --wait\n…\n"))
            yield typist
        finally:
            typist.end()
            vendors.terminate()


def test_maintenance_shows_what_it_says(installed: Typist) -> None:
    typed(installed, "maintenance")


def test_going_live_shows_what_it_says_at_a_simulated_vendor(installed: Typist) -> None:
    """With the page's own configuration and events; the vendor's address and the secret's place are the test's."""
    address = (installed.program.directory / "ordercast.toml").read_text().split('"')[3]
    installed.type(Block("console", "first", "^C\nEnded.\n"))
    installed.type(Block("console", "", "$ rm -r var\n"))
    for block in blocks(page("going-live")):
        if block.name == "ordercast.toml":
            ours = block.text.replace("/etc/ordercast/", "") + f'base_url = "{address}"\n'
            installed.type(Block(block.language, block.name, ours))
            installed.type(Block("console", "first", "$ ordercast up\n…\nEverything runs. Stop it with Ctrl-C.\n"))
        elif block.language == "console" or block.name:
            installed.type(block)
