"""How many calls each simulated vendor has in hand at a time, from when one has come to when its answer goes out."""

from __future__ import annotations

import threading
from collections import Counter

import pytest

from worker.sandbox.connection import Connection
from worker.sandbox.server import Sandbox

PATIENCE_S = 0.5
"""Well within the time that a call has (``SHORT``)."""


class Crowd:
    """Watches every sandbox for as long as the patch lasts. ``most`` is by kind of vendor.

    Until a vendor has had ``meeting`` calls in hand at a time, each call there waits for another, for at most ``PATIENCE_S``:
    so that it is no chance whether two meet that may.
    """

    def __init__(self, patch: pytest.MonkeyPatch, meeting: int = 0) -> None:
        self.meeting = meeting
        self.most: Counter[str] = Counter()
        self._in_hand: Counter[str] = Counter()
        self._lock = threading.Condition()
        self._mine = threading.local()
        serve, send = Sandbox._serve, Connection.send

        def served(sandbox, connection, incoming):
            self._come(incoming.target.split("/")[1])
            try:
                return serve(sandbox, connection, incoming)
            finally:
                self._go()

        def sent(connection, *answer, **how):
            self._go()  # the next call may come before our own thread goes on
            return send(connection, *answer, **how)

        patch.setattr(Sandbox, "_serve", served)
        patch.setattr(Connection, "send", sent)

    def _come(self, kind: str) -> None:
        self._mine.kind = kind
        with self._lock:
            self._in_hand[kind] += 1
            self.most[kind] = max(self.most[kind], self._in_hand[kind])
            self._lock.notify_all()
            self._lock.wait_for(lambda: self.most[kind] >= self.meeting, PATIENCE_S)

    def _go(self) -> None:
        kind = getattr(self._mine, "kind", None)
        if kind is not None:
            self._mine.kind = None
            with self._lock:
                self._in_hand[kind] -= 1
