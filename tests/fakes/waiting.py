"""Waiting for something to become true, never longer than said. For what only another process can tell."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def wait_until(condition: Callable[[], Found], within_s: float = 10.0, look_s: float = 0.01) -> Found:
    """The first true answer of ``condition``. Raises ``AssertionError`` where none came within ``within_s`` seconds."""
    never = threading.Event()
    for _ in range(int(within_s / look_s) + 1):
        if found := condition():
            return found
        never.wait(look_s)
    raise AssertionError(f"not within {within_s} s: {getattr(condition, '__name__', condition)}")
