"""So many turns a second, by a hand-set clock."""

from __future__ import annotations

import threading

from worker.ops.desk.pace import Pace


class Waited(threading.Event):
    """An event whose waiting is written down instead of done."""

    def __init__(self) -> None:
        super().__init__()
        self.waits_s: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waits_s.append(timeout or 0)
        return self.is_set()


def test_turns_come_as_many_a_second_as_were_asked_for():
    waited = Waited()
    clock = iter([10.0, 10.1, 11.0, 11.0])
    pace = Pace(per_second=2, stopped=waited, clock=lambda: next(clock))
    assert all(pace.turn() for _ in range(4))
    assert [round(s, 6) for s in waited.waits_s] == [0, 0.4, 0, 0.5]


def test_without_a_rate_no_turn_waits():
    waited = Waited()
    pace = Pace(stopped=waited)
    assert pace.turn()
    assert waited.waits_s == []


def test_a_stopped_pace_has_no_more_turns():
    pace = Pace(per_second=0.001)
    assert pace.turn()
    pace.stopped.set()
    assert not pace.turn()
