"""A vendor on stage: its lock, its faults, and the record of its calls."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from typing import Any

from worker.sandbox.base import Vendor, VendorAnswer, VendorCall
from worker.sandbox.faults import Faults, InjectedFault

CALLS_KEPT = 100_000

Record = tuple[str, str, int | None, float, int, int, str | None]
_RECORD = ("method", "path", "status", "at", "bytes_in", "bytes_out", "fault")


class Stage:
    """What surrounds one vendor. Whatever the vendor does, it does under this lock, one call at a time."""

    def __init__(self, vendor: Vendor, clock: Callable[[], float] = time.time) -> None:
        self.vendor = vendor
        self._clock = clock
        self._faults = Faults()
        self._calls: deque[Record] = deque(maxlen=CALLS_KEPT)
        self._lock = threading.Lock()
        self._late: set[threading.Timer] = set()

    def play(self, call: VendorCall) -> VendorAnswer | InjectedFault:
        """The vendor's answer, or the fault that befalls this call, and then the vendor has not acted."""
        with self._lock:
            return self._faults.take(call) or self.vendor.answer(call)

    def act(self, call: VendorCall) -> VendorAnswer:
        with self._lock:
            return self.vendor.answer(call)

    def act_late(self, call: VendorCall, wait_s: float) -> None:
        """Let the vendor act ``wait_s`` seconds from now; a reset before that undoes it."""

        def act() -> None:
            with self._lock:
                if timer in self._late:
                    self._late.remove(timer)
                    self.vendor.answer(replace(call, at=self._clock()))

        timer = threading.Timer(wait_s, act)
        timer.daemon = True
        with self._lock:
            self._late.add(timer)
        timer.start()

    def hide_new(self, seconds: float) -> None:
        with self._lock:
            self.vendor.hide_new(seconds)

    def note(self, call: VendorCall, status: int | None, bytes_out: int, fault: str | None = None) -> None:
        """Put a call on record: neither its query nor its body, for both may hold secrets."""
        self._calls.append((call.method, call.path, status, call.at, len(call.body), bytes_out, fault))

    def calls(self, limit: int | None = None) -> list[dict[str, Any]]:
        """The last ``limit`` calls, the oldest first; ``status`` is null where nothing was answered."""
        records = list(self._calls)
        shown = records if limit is None else islice(records, max(len(records) - limit, 0), None)
        return [dict(zip(_RECORD, record, strict=True)) for record in shown]

    def orders(self, read: Callable[[list[dict[str, Any]]], bytes]) -> bytes:
        """What ``read`` makes of the vendor's orders, while nothing can change them."""
        with self._lock:
            return read(self.vendor.orders())

    def add_fault(self, fault: InjectedFault) -> int:
        with self._lock:
            return self._faults.add(fault)

    def faults(self) -> list[dict[str, Any]]:
        with self._lock:
            return self._faults.listed()

    def clear_faults(self) -> None:
        with self._lock:
            self._faults.clear()
            self.vendor.hide_new(0)

    def reset(self) -> None:
        """As it was at the start: no orders, no faults, no calls, nothing still to come."""
        self.cancel_late()
        self.clear_faults()
        with self._lock:
            self._calls.clear()
            self.vendor.reset()

    def cancel_late(self) -> None:
        with self._lock:
            timers, self._late = self._late, set()
        for timer in timers:
            timer.cancel()
