"""Readers of plain values into types, whose types are read when a module is loaded and not when a thread comes by.

msgspec reads a type when it is first used, and puts it down half read: of two threads that use one for the first time
at once, the second ends the process (msgspec 0.22: ``convert``, and ``decode`` with ``type=``; a segmentation fault). A
decoder reads its type when it is made.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec


def reader(kind: Any, *, strict: bool = True) -> Callable[[object], Any]:
    """Reads values of this type; raises ``msgspec.ValidationError``. Not ``strict``: a number may come as text."""
    msgspec.json.Decoder(kind)
    return partial(msgspec.convert, type=kind, strict=strict)
