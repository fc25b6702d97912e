"""docs/alerts.md names every line that calls a person, and every condition of the probe."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from worker.ops.desk import conditions as failing

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "alerts.md").read_text()
LOGGED = re.compile(r"""(?:log\.(?:warning|error|critical)|repeats\.tell)\(\s*"([a-z]+\.[a-z]+)\"""")


def events() -> set[str]:
    code = [path.read_text() for room in ("worker", "tasks") for path in (ROOT / room).rglob("*.py")]
    return {event for text in code for event in LOGGED.findall(text)}


def test_the_code_is_read_right() -> None:
    assert {"delivery.dead", "event.refused", "adapter.failed", "kind.broken", "store.missed"} <= events()


@pytest.mark.parametrize("event", sorted(events() | {"gate.tripped", "gate.held", "gate.opened", "gate.paused"}))
def test_every_line_at_warning_is_on_the_page(event: str) -> None:
    assert f"`{event}`" in PAGE


@pytest.mark.parametrize("word", failing._CHECKS)
def test_every_condition_is_on_the_page(word: str) -> None:
    assert re.search(rf"^\| `{word}[`=]", PAGE, re.MULTILINE)
