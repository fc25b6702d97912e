"""Loops outlive what befalls them: told once, counted, begun afresh, and named while they cannot go on."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from structlog.testing import capture_logs

from worker.clock import uptime_s
from worker.errors import StoreFull, StoreRefused, StoreUnreachable
from worker.loops import Loop, Loops, Work

AWAY = StoreUnreachable("The store at redis://there does not answer.")
REPLICA = StoreUnreachable("The store at redis://there answers: READONLY.", word="READONLY")


class Turns(threading.Event):
    """Set when the turns are over. A loop waits for nothing here; ``waited_s`` is for how long it would have."""

    def __init__(self, *turns: Exception | None) -> None:
        super().__init__()
        self.left = iter(turns)
        self.waited_s: list[float] = []
        self.begun = 0
        self.seen: list[Any] = []
        self.loops = Loops()

    def wait(self, wait_s: float | None = None) -> bool:
        self.waited_s.append(wait_s or 0.0)
        return self.is_set()

    def begin(self) -> Work:
        self.begun += 1
        return Work(self.turn)

    def turn(self) -> None:
        """The next turn; the last ends the loop."""
        self.seen.append(self.loops.facts())
        try:
            came = next(self.left)
        except StopIteration:
            self.set()
            return
        if came is not None:
            raise came


def ran(turns: Turns) -> list[Any]:
    """What was logged."""
    with capture_logs() as logs:
        turns.loops.run(Loop("tick-0", turns.begin, turns, pause_s=lambda: 0.5, away_s=1.0))
    return logs


def test_a_store_that_is_away_is_told_once_and_once_more_when_it_is_found() -> None:
    logs = ran(Turns(None, AWAY, AWAY, AWAY, None, None))
    assert [(line["event"], line["loop"]) for line in logs] == [("store.missed", "tick-0"), ("store.found", "tick-0")]
    assert (logs[0]["message"], logs[0]["reason"], logs[0]["log_level"]) == (str(AWAY), "store_unreachable", "error")
    assert logs[1]["log_level"] == "warning"


def test_each_kind_is_told_once_until_all_is_well_again() -> None:
    logs = ran(Turns(AWAY, REPLICA, AWAY, REPLICA, StoreFull(), None, REPLICA))
    assert [line.get("message", line["event"]) for line in logs] == [
        str(AWAY),
        str(REPLICA),
        str(StoreFull()),
        "store.found",
        str(REPLICA),
        "store.found",
    ]


def test_after_a_turn_that_could_not_be_the_loop_waits_as_long_as_it_was_told() -> None:
    turns = Turns(None, AWAY, None)
    ran(turns)
    assert turns.waited_s == [0.5, 0.5, 1.0, 0.5, 0.5]


def test_a_store_that_is_away_is_no_defect() -> None:
    turns = Turns(AWAY, None)
    ran(turns)
    assert turns.begun == 1
    assert [facts.failing for facts in turns.seen] == [(), ("tick-0",), ()]
    assert turns.loops.facts().restarts == 0


@pytest.mark.parametrize("defect", [KeyError("ann@example.com"), StoreRefused("The store answers: WRONGTYPE.")])
def test_a_defect_is_told_with_its_way_counted_and_the_work_begun_afresh(defect: Exception) -> None:
    turns = Turns(None, defect, None)
    logs = ran(turns)
    assert [line["event"] for line in logs] == ["loop.restarted", "loop.recovered"]
    assert (logs[0]["loop"], logs[0]["restarts"], logs[0]["log_level"]) == ("tick-0", 1, "error")
    assert logs[0]["exception"].endswith(f"raise came\n{type(defect).__name__}")
    assert turns.begun == 2
    assert [facts.failing for facts in turns.seen] == [(), (), ("tick-0",), ()]
    assert turns.loops.facts().restarts == 1


def test_what_a_defect_says_is_not_logged_since_it_may_repeat_an_order() -> None:
    cause = ValueError("invalid literal: ann@example.com")
    defect = TypeError("ann@example.com")
    defect.__cause__ = cause
    [line, _] = ran(Turns(defect))
    assert "ann@" not in str(line)
    assert "ValueError\n" in line["exception"]


def test_what_we_say_ourselves_of_a_defect_is_logged() -> None:
    [line, _] = ran(Turns(StoreRefused("The store answers: WRONGTYPE.")))
    assert line["message"] == "The store answers: WRONGTYPE."


def test_the_pause_after_a_defect_grows_to_a_minute() -> None:
    turns = Turns(*[KeyError()] * 9)
    ran(turns)
    assert turns.waited_s[1:10] == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_work_that_cannot_even_be_begun_is_tried_again() -> None:
    turns = Turns(None)
    faults = iter([KeyError(), KeyError()])

    def begin() -> Work:
        if fault := next(faults, None):
            raise fault
        return turns.begin()

    with capture_logs() as logs:
        Loop("letterbox", begin, turns, away_s=1.0).run()
    assert [line["event"] for line in logs] == ["loop.restarted", "loop.restarted", "loop.recovered"]


def test_a_turn_without_end_is_well_again_as_soon_as_it_has_done_what_it_is_for() -> None:
    stopped, went_well_s, looks = threading.Event(), [0.0], []
    turns = iter([AWAY, None])

    def turn() -> None:
        error = next(turns)
        if error:
            raise error
        looks.append(loop.is_failing)
        went_well_s[0] = uptime_s() + 0.001
        looks.append(loop.is_failing)
        stopped.set()

    loop = Loop("letterbox", lambda: Work(turn, lambda: went_well_s[0]), stopped, away_s=0.0)
    with capture_logs() as logs:
        loop.run()
    assert looks == [True, False]
    assert [line["event"] for line in logs] == ["store.missed", "store.found"]


def test_a_loop_that_is_stopped_says_nothing_of_a_store_that_is_away() -> None:
    stopped = threading.Event()

    def turn() -> None:
        stopped.set()
        raise AWAY

    with capture_logs() as logs:
        Loop("letterbox", lambda: Work(turn), stopped, away_s=0.0).run()
    assert logs == []
