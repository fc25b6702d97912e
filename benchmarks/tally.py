"""What the stub has seen, in a few bytes of shared memory, so that asking costs it nothing."""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Self

ACCOUNTS = ("ads", "mail", "desk", "store")
"""The four accounts of every run: two at Retargeting, two at Order Desk. The order of the counters."""

_LAYOUT = struct.Struct(f"={len(ACCOUNTS)}Qd")


@dataclass(frozen=True, slots=True)
class Seen:
    """Requests answered by account since the stub began, and when the last one was read: ``time.monotonic`` seconds."""

    counts: tuple[int, ...]
    last_at_s: float

    @property
    def total(self) -> int:
        return sum(self.counts)

    def since(self, before: Seen) -> tuple[int, ...]:
        """What came to each account after another look."""
        return tuple(now - then for now, then in zip(self.counts, before.counts, strict=True))


class Tally:
    """The counters in a file that the stub and the one who measures both have in memory."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        if create:
            path.write_bytes(bytes(_LAYOUT.size))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _LAYOUT.size)

    def write(self, counts: list[int], last_at_s: float) -> None:
        _LAYOUT.pack_into(self._memory, 0, *counts, last_at_s)

    def read(self) -> Seen:
        *counts, last_at_s = _LAYOUT.unpack_from(self._memory)
        return Seen(tuple(counts), last_at_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._memory.close()
