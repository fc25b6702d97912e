"""How long each account of the stub keeps its answers back, in shared memory, so that it may change in mid-run."""

from __future__ import annotations

import math
import mmap
import struct
from pathlib import Path
from typing import Self

from benchmarks.tally import ACCOUNTS

NEVER = math.inf
"""An account that hangs: it reads and does not answer, until its manners change."""

_LAYOUT = struct.Struct(f"={len(ACCOUNTS)}d")


class Manners:
    """Seconds by account. The one who measures writes them, the stub reads them."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        if create:
            path.write_bytes(bytes(_LAYOUT.size))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _LAYOUT.size)

    def keep_back(self, wait_s: float, *accounts: str) -> None:
        """From now on these accounts, all where none is named, answer after so many seconds."""
        waits_s = list(self.waits_s())
        for account in accounts or ACCOUNTS:
            waits_s[ACCOUNTS.index(account)] = wait_s
        _LAYOUT.pack_into(self._memory, 0, *waits_s)

    def waits_s(self) -> tuple[float, ...]:
        """In the order of ``ACCOUNTS``."""
        return _LAYOUT.unpack_from(self._memory)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._memory.close()
