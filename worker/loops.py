"""Loops on threads that outlive what befalls them, and what they say of themselves.

A store that is away, full, or refuses is no defect: it is told once when it begins and once when it is over, and the
loop goes on. A defect ends the work in hand: it is told with the way that led to it, counted, and the work begun afresh
after a pause that grows.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple

from worker.clock import uptime_s
from worker.errors import OrdercastError, StoreRefused
from worker.ledger.worker_facts import WorkerFacts
from worker.log import get as get_logger
from worker.log import trace_of

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
CALM_S = 2 * LONGEST_PAUSE_S
"""So long without a defect, and the next one is the first again."""

log = get_logger("ordercast.loops")


class Work(NamedTuple):
    """What a loop does at each turn. A turn that has no end says by ``went_well_s`` when it last did what it is there
    for (``uptime_s``); without it, a turn that ends has done so."""

    turn: Callable[[], None]
    went_well_s: Callable[[], float] | None = None


class Loop:
    """One piece of work, turn by turn, until ``stopped``. ``begin`` makes the work, and makes it afresh after a defect;
    ``pause_s`` says how long to wait before each turn, ``away_s`` how long after one that could not be."""

    def __init__(
        self,
        name: str,
        begin: Callable[[], Work],
        stopped: threading.Event,
        *,
        pause_s: Callable[[], float] = float,
        away_s: float,
    ) -> None:
        self.name = name
        self.restarts = 0
        self._begin = begin
        self._stopped = stopped
        self._pause_s = pause_s
        self._away_s = away_s
        self._work: Work | None = None
        self._fell_s: float | None = None
        self._began_to_fail_s = 0.0
        self._recovering = threading.Lock()
        self._missed: set[str] = set()
        self._defects_in_a_row = 0
        self._last_defect_s = 0.0

    @property
    def is_failing(self) -> bool:
        """Whether it has not done since what it could not do at its last try."""
        self._look()
        return self._fell_s is not None

    def run(self) -> None:
        """Turn after turn on this thread. Never raises."""
        wait_s = self._pause_s()
        while not self._stopped.wait(wait_s):
            wait_s = self._turn()

    def _turn(self) -> float:
        """How long to wait after one turn."""
        try:
            if self._work is None:
                self._work = self._begin()
            self._work.turn()
        except StoreRefused as error:
            return self._restart(error)
        except OrdercastError as error:
            return self._miss(error)
        except Exception as error:  # noqa: BLE001  whatever it is: a thread that ends does nothing for ever
            return self._restart(error)
        if self._work.went_well_s is None:
            self._recover()
        return self._pause_s()

    def _miss(self, error: OrdercastError) -> float:
        if not self._stopped.is_set():
            self._fall()
            kind = f"{error.reason} {getattr(error, 'word', '')}"
            if kind not in self._missed:
                self._missed.add(kind)
                log.error("store.missed", loop=self.name, reason=error.reason, message=str(error))
        return self._away_s

    def _restart(self, error: Exception) -> float:
        self._fall()
        self._work = None
        self.restarts += 1
        pause_s = self._grown_pause_s()
        told = {"message": str(error)} if isinstance(error, OrdercastError) else {}
        log.error(
            "loop.restarted",
            loop=self.name,
            error=type(error).__name__,
            restarts=self.restarts,
            pause_s=pause_s,
            **told,
            exception=trace_of(error),
        )
        return pause_s

    def _grown_pause_s(self) -> float:
        now_s = uptime_s()
        if now_s - self._last_defect_s > CALM_S:
            self._defects_in_a_row = 0
        self._last_defect_s = now_s
        self._defects_in_a_row += 1
        return min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(self._defects_in_a_row - 1, 10))

    def _fall(self) -> None:
        self._look()
        if self._fell_s is None:
            self._began_to_fail_s = uptime_s()
        self._fell_s = uptime_s()

    def _look(self) -> None:
        """See whether a turn that has no end goes well again."""
        work, fell_s = self._work, self._fell_s
        if work and fell_s is not None and work.went_well_s is not None and work.went_well_s() > fell_s:
            self._recover()

    def _recover(self) -> None:
        with self._recovering:
            if self._fell_s is None:
                return
            self._fell_s = None
            was_missed, self._missed = bool(self._missed), set()
        after_s = round(uptime_s() - self._began_to_fail_s, 1)
        log.warning("store.found" if was_missed else "loop.recovered", loop=self.name, after_s=after_s)


class Loops:
    """All loops of one process."""

    def __init__(self) -> None:
        self._loops: list[Loop] = []

    def run(self, loop: Loop) -> None:
        """Run a loop on this thread, and answer for it from now on."""
        self._loops.append(loop)
        loop.run()

    def facts(self) -> WorkerFacts:
        """What the worker says of itself with its beat."""
        return WorkerFacts(
            release=RELEASE,
            restarts=sum(loop.restarts for loop in self._loops),
            failing=tuple(sorted(loop.name for loop in self._loops if loop.is_failing)),
        )


def _release() -> str:
    try:
        return version("ordercast")
    except PackageNotFoundError:  # run from a checkout
        return ""


RELEASE = _release()
