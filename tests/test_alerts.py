"""The lines that call a person: each names its provider and what to do; a flood of one cause is a few lines and a sum."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from schemas.fault import EventFault
from schemas.gate import GateNews
from schemas.outcome import Reason
from tests.fakes.alerted import Lines, lines_of
from worker import alerts
from worker.alerts import Repeats

AT_MS = 1_796_000_000_000


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    with lines_of(monkeypatch) as made:
        yield made


class Minute:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.mark.parametrize(
    ("news", "event", "wanted"),
    [
        (
            {"state": "tripped", "reason": "trouble", "http_status": 503, "message": "Service Unavailable"},
            "gate.tripped",
            ["ordercast vendor desk test", "Nothing is lost"],
        ),
        (
            {"state": "held", "reason": "credentials", "http_status": 401, "message": "Invalid key"},
            "gate.held",
            ["credentials of desk", "ordercast resume desk --why"],
        ),
        (
            {"state": "held", "reason": "rejects_everything", "message": "No product"},
            "gate.held",
            ["ordercast dead --group --provider desk", "ordercast replay"],
        ),
        ({"state": "paused", "who": "ann", "why": "their release"}, "gate.paused", ["ordercast resume desk --why"]),
        ({"state": "open", "closed_ms": 90_000}, "gate.opened", []),
    ],
    ids=["tripped", "credentials", "rejects everything", "paused", "opened"],
)
def test_a_change_of_a_gate_is_a_warning_that_says_what_to_do(
    lines: Lines, news: dict[str, Any], event: str, wanted: list[str]
) -> None:
    alerts.gate_changed(GateNews(provider="desk", at_ms=AT_MS, waiting=12, until_ms=AT_MS + 60_000, **news))
    [line] = lines.read()
    assert (line["event"], line["level"], line["provider"], line["waiting"]) == (event, "warning", "desk", 12)
    for name in ("reason", "http_status", "message", "who"):
        assert line.get(name) == news.get(name)
    assert "their release" not in str(line)  # a person's reason may name a customer
    for words in wanted:
        assert words in line["advice"]


def test_a_gate_that_opens_says_how_long_it_was_closed(lines: Lines) -> None:
    alerts.gate_changed(GateNews(provider="desk", state="open", at_ms=AT_MS, closed_ms=90_400))
    assert lines.read()[0]["closed_s"] == 90


def test_a_gate_of_a_shard_names_it_and_what_was_left_out(lines: Lines) -> None:
    news = GateNews(provider="desk", state="tripped", reason="trouble", at_ms=AT_MS, until_ms=AT_MS, untold=14)
    alerts.gate_changed(news, shard=2)
    [line] = lines.read()
    assert (line["shard"], line["untold"], line["until"]) == (2, 14, "2026-11-30T00:53:20Z")


def test_a_refusal_names_its_number_its_place_and_no_value(lines: Lines) -> None:
    faults = [EventFault("data.order.items.2.unit_price", "is missing"), EventFault("time", "is no time")]
    alerts.event_refused(31, "shop/one", "e-9", Reason.INVALID, faults)
    [line] = lines.read()
    assert (line["event"], line["refusal"], line["source"], line["event_id"]) == (
        "event.refused", "r31", "shop/one", "e-9",
    )  # fmt: skip
    assert (line["path"], line["message"], line["errors"]) == ("data.order.items.2.unit_price", "is missing", 2)
    assert f"`ordercast event {line['refusal']}` shows it" in line["advice"]


def test_a_flood_of_one_cause_is_five_lines_a_minute_and_their_sum(lines: Lines) -> None:
    clock = Minute()
    repeats = Repeats(clock=clock)
    for number in range(10_000):
        repeats.tell("delivery.dead", ("desk", "f1"), {"provider": "desk", "order": str(number)})
    assert [line["order"] for line in lines.read()] == ["0", "1", "2", "3", "4"]
    repeats.tell_rest()
    assert len(lines.read()) == 5
    clock.now_s += 61
    repeats.tell_rest()
    repeats.tell_rest()
    last = lines.read()[-1]
    assert len(lines.read()) == 6
    assert (last["event"], last["provider"], last["more"], last["order"]) == ("delivery.dead", "desk", 9995, "9999")


def test_what_is_left_out_is_told_at_the_next_of_its_kind_too(lines: Lines) -> None:
    clock = Minute()
    repeats = Repeats(clock=clock)
    for _ in range(7):
        repeats.tell("delivery.dead", ("desk", "f1"), {"provider": "desk"})
    clock.now_s += 61
    repeats.tell("delivery.dead", ("desk", "f1"), {"provider": "desk"})
    assert [line.get("more") for line in lines.read()] == [None] * 5 + [2, None]


def test_ten_thousand_causes_are_no_flood_either(lines: Lines) -> None:
    clock = Minute()
    repeats = Repeats(clock=clock)
    for number in range(10_000):
        repeats.tell("delivery.dead", ("desk", str(number)), {"provider": "desk"})
    assert len(lines.read()) == 60
    clock.now_s += 61
    repeats.tell_rest()
    assert sum(line.get("more", 1) for line in lines.read()) == 10_000
    assert len(repeats.causes) <= 1


def test_one_cause_that_floods_hides_no_other(lines: Lines) -> None:
    repeats = Repeats(clock=Minute())
    for _ in range(100):
        repeats.tell("delivery.dead", ("desk", "f1"), {"provider": "desk"})
    repeats.tell("delivery.dead", ("shop", "f2"), {"provider": "shop"})
    repeats.tell("event.refused", ("shop/one", "invalid"), {"source": "shop/one"})
    assert [line.get("provider") for line in lines.read()][5:] == ["shop", None]


def test_what_is_left_out_of_the_warnings_is_in_the_log_at_info(lines: Lines) -> None:
    lines.begin("INFO")
    repeats = Repeats(clock=Minute())
    for _ in range(7):
        repeats.tell("delivery.dead", ("desk", "f1"), {"provider": "desk"})
    assert [line["level"] for line in lines.read()] == ["warning"] * 5 + ["info"] * 2
