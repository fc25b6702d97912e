"""Tables on a terminal: nothing is cut or broken within a word, ids and times are short, sentences have their line."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from rich.console import Console

from tests.fakes.ledger import BURY, REJECTED, UNAVAILABLE, action, park, snapshot
from worker.ops.cli import dead, deliveries, tables

LONG = "No product in the shop is known for NOPE-1: send whole product_id and variant_id, or name the SKU in [providers.shopscript.products]"
ROW = {
    "id": "d3k7q2m4aabbccddeeffgghhii",
    "provider": "retargeting",
    "source": "shop/copenhagen",
    "order": "10000234",
    "type": "order.cancelled",
    "state": "parked",
    "reason": "unavailable",
    "updated": "2026-11-29T17:49:57.123Z",
    "message": LONG,
}
COLUMNS = {title: lambda row, title=title: row[title] for title in ROW}


@pytest.fixture(autouse=True)
def _copenhagen(monkeypatch):
    import time  # noqa: PLC0415

    monkeypatch.setenv("TZ", "Europe/Copenhagen")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def drawn(rows, columns, width):
    out = io.StringIO()
    Console(file=out, width=width, highlight=False, no_color=True).print(tables.table(rows, columns, width))
    return out.getvalue().rstrip("\n").split("\n")


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_word_is_broken_and_no_line_is_wider_than_the_terminal(width):
    lines = drawn([ROW, {**ROW, "order": "7"}], COLUMNS, width)
    assert max(map(len, lines)) <= width
    words = {word for line in lines for word in line.split()}
    assert {"retargeting", "shop/copenhagen", "10000234", "order.cancelled", "unavailable", *LONG.split()} <= words


def test_what_finds_no_room_at_80_stands_below_its_row_with_its_title():
    titles, row, below, *message = drawn([ROW], COLUMNS, 80)
    assert titles.split() == ["id", "provider", "source", "order", "type", "state"]
    assert row.split() == ["d3k7q2m4", "retargeting", "shop/copenhagen", "10000234", "order.cancelled", "parked"]
    assert below.strip().startswith("reason unavailable · updated ")
    assert " ".join(" ".join(message).split()) == LONG


def test_at_120_all_but_the_sentence_is_on_one_line():
    titles, row, *message = drawn([ROW], COLUMNS, 120)
    assert titles.split()[-1] == "updated"
    assert "unavailable" in row
    assert " ".join(" ".join(message).split()) == LONG


def test_a_column_that_shows_nothing_of_any_row_is_left_out_and_a_single_gap_is_a_dash():
    rows = [{"a": "1", "b": "", "c": "x"}, {"a": "", "b": "", "c": "y"}]
    columns = {name: lambda row, name=name: row[name] for name in "abc"}
    assert drawn(rows, columns, 80) == ["a  c", "1  x", "–  y"]


def test_an_instant_is_told_by_the_local_clock_and_by_its_day_where_that_is_another():
    now = datetime(2026, 11, 29, 20, tzinfo=UTC)
    assert tables.terse("2026-11-29T17:49:57.123Z", now) == "18:49:57"
    assert tables.terse("next try 2026-11-28T23:30:00Z", now) == "next try 00:30:00"
    assert tables.terse("2026-07-01T10:00:00.000Z", now) == "1 Jul 12:00"
    assert tables.terse("2025-11-29T17:49:57Z", now) == "29 Nov 2025 18:49"


def test_a_delivery_id_is_shown_by_its_first_eight_characters_wherever_it_stands():
    assert tables.terse("behind d3k7q2m4aabbccddeeffgghhii") == "behind d3k7q2m4"
    assert tables.terse("documentation-of-twenty-six") == "documentation-of-twenty-six"


@pytest.mark.parametrize("width", [80, 120])
def test_real_lists_keep_their_words_whole(ops, width):
    ledger = ops.ledger
    ledger.accept(snapshot("e1"), snapshot("f1", "1002"), action("a1"))
    ledger.finish(ledger.claim("one"), UNAVAILABLE, park(60))
    ledger.finish(ledger.claim("one"), REJECTED, BURY)
    found = ledger.deliveries()
    lines = drawn(found, deliveries.COLUMNS, width)
    assert max(map(len, lines)) <= width
    text = "\n".join(lines)
    for one in found:
        assert one.id[:8] in text
        assert one.id not in text
    letters = drawn([one for one in found if one.state == "dead"], dead.COLUMNS, width)
    assert any("No product 'A-1'." in line for line in letters)
