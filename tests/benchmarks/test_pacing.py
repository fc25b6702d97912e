"""A load keeps its rate, and a delay is from the producer's hand to the vendor's first reading."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.journal import NUMBER, Journal
from benchmarks.orders import paced_events
from benchmarks.pacing import delays, pace
from benchmarks.tally import ACCOUNTS


class Hand:
    """A clock that moves only when somebody waits or sends, and a producer that takes its time."""

    def __init__(self, *sends_s: float) -> None:
        self.now_s = 100.0
        self.sends_s = iter(sends_s)

    def wait(self, wait_s: float) -> None:
        self.now_s += wait_s

    def send(self, event: dict[str, Any]) -> None:
        assert event["subject"].startswith("paced-")
        self.now_s += next(self.sends_s)

    def pace(self, count: int, per_second: float) -> list[float]:
        events = paced_events(count)
        handed_s = pace(self.send, events, per_second, clock=lambda: self.now_s, sleep=self.wait)
        return [round(at_s - 100, 3) for at_s in handed_s]


def test_orders_go_out_at_the_rate_that_was_asked_for() -> None:
    assert Hand(0.01, 0.01, 0.01, 0.01).pace(4, 10) == [0, 0.1, 0.2, 0.3]


def test_one_slow_order_does_not_move_those_after_it() -> None:
    assert Hand(0.25, 0.01, 0.01, 0.01).pace(4, 10) == [0, 0.25, 0.26, 0.3]


def test_a_delay_is_to_the_first_reading_at_the_accounts_asked_for(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    ads, desk = ACCOUNTS.index("ads"), ACCOUNTS.index("desk")
    journal.note(ads, (NUMBER % 0).encode(), 10.1)
    journal.note(ads, (NUMBER % 1).encode(), 20.3)
    journal.note(ads, (NUMBER % 1).encode(), 29.0)
    journal.note(desk, (NUMBER % 0).encode(), 99.0)
    journal.close()
    found = delays(tmp_path / "journal", [10.0, 20.0], ["ads"])
    assert found.count == 2
    assert (round(found.p50_ms), round(found.worst_ms)) == (100, 300)


def test_paced_orders_bear_numbers_that_no_two_of_them_share() -> None:
    events = paced_events(3)
    assert [event["data"]["order"]["number"] for event in events] == [NUMBER % index for index in range(3)]
    assert len({event["id"] for event in events}) == 3
