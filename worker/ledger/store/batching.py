"""Calls of one step by many threads, several in one request: a third less work for the store.

Nobody is kept waiting for others who do not come: only where calls follow one another closely, and more are to come,
does the first of them wait a moment for the next.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from worker.clock import Clock, uptime_s
from worker.errors import StoreUnreachable

MOST = 16
"""So many calls in one request at most: for the millisecond that takes nobody else is served."""

ENOUGH = 6
CLOSE_S = 0.0015
PATIENCE_S = 0.003
SELDOM_S = 0.01

Arguments = tuple[object, ...]
Send = Callable[[Sequence[Arguments]], Sequence[Any]]


class _Call:
    """One thread's call. ``turn`` is free as soon as there is an answer, or the thread is to lead."""

    __slots__ = ("answer", "arguments", "error", "leads", "turn")

    def __init__(self, arguments: Arguments) -> None:
        self.arguments = arguments
        self.answer: Any = None
        self.error: Exception | None = None
        self.leads = False
        self.turn = threading.Lock()
        self.turn.acquire()


class GroupCommit:
    """One request at a time; who comes meanwhile goes with the next. ``send`` answers each call in its place.

    ``to_come`` names what will end in a call sooner or later: attempts that are under way. For the next call of these
    the first waits ``patience_s`` at most.
    """

    def __init__(self, send: Send, clock: Clock = uptime_s, *, patience_s: float = PATIENCE_S) -> None:
        self._send = send
        self._clock = clock
        self._patience_s = patience_s
        self.to_come: set[str] = set()
        self._lock = threading.Lock()
        self._waiting: list[_Call] = []
        self._is_led = False
        self._enough = threading.Lock()
        self._enough.acquire()
        self._came_s = 0.0
        self._gap_s = SELDOM_S

    def call(self, *arguments: object) -> Any:
        """The answer to this call. Raises as ``send`` does: then it may have been done, or not."""
        mine = _Call(arguments)
        if not self._join(mine):
            mine.turn.acquire()
        if mine.leads:
            self._lead()
        if mine.error is not None:
            raise mine.error
        return mine.answer

    def _join(self, call: _Call) -> bool:
        """Whether the call is to lead."""
        with self._lock:
            now_s = self._clock()
            self._gap_s += (min(SELDOM_S, now_s - self._came_s) - self._gap_s) / 8
            self._came_s = now_s
            self._waiting.append(call)
            if self._are_enough:
                self._release(self._enough)
            call.leads = not self._is_led
            self._is_led = True
            return call.leads

    @property
    def _are_enough(self) -> bool:
        return len(self._waiting) >= ENOUGH or not self.to_come

    def _take(self) -> list[_Call]:
        with self._lock:
            calls, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            self._enough.acquire(blocking=False)
        return calls

    def _lead(self) -> None:
        calls: list[_Call] = []
        try:
            if self._gap_s < CLOSE_S and not self._are_enough:
                self._enough.acquire(timeout=self._patience_s)
            calls = self._take()
            answers = self._send([call.arguments for call in calls])
            for call, answer in zip(calls, answers, strict=True):
                call.answer = answer
        except Exception as error:  # noqa: BLE001  raised again by each of them
            for call in calls:
                call.error = error
        except BaseException:
            calls = calls or self._take()
            for call in calls:
                call.error = StoreUnreachable("The thread that asked the store for several was ended.")
            raise
        finally:
            self._pass_on()
            for call in calls:
                self._release(call.turn)

    def _pass_on(self) -> None:
        """Who has come meanwhile leads the next."""
        with self._lock:
            self._is_led = bool(self._waiting)
            if self._is_led:
                self._waiting[0].leads = True
                self._waiting[0].turn.release()

    @staticmethod
    def _release(lock: threading.Lock) -> None:
        if lock.locked():
            lock.release()
