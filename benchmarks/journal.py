"""When the stub read which order for which account: a file of fixed records, written as they come."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.tally import ACCOUNTS

NUMBER = "paced-%07d"
"""Numbers of orders that the journal knows again, in a form and in JSON alike."""

_NUMBER = re.compile(rb"paced-(\d{7})")
_RECORD = struct.Struct("=BId")


@dataclass(frozen=True, slots=True)
class Entry:
    """Order ``index`` was read for an account at ``at_s``, ``time.monotonic`` seconds."""

    account: str
    index: int
    at_s: float


class Journal:
    """The stub's side. A write is on its way at once: whoever reads the file sees it."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab", buffering=0)

    def note(self, account: int, body: bytes, at_s: float) -> None:
        """Write an order down, where it is one with a number of ours."""
        if found := _NUMBER.search(body):
            self._file.write(_RECORD.pack(account, int(found[1]), at_s))

    def close(self) -> None:
        self._file.close()


def entries(path: Path) -> Iterator[Entry]:
    """Everything that is written so far."""
    kept = path.read_bytes()
    whole = len(kept) - len(kept) % _RECORD.size
    for account, index, at_s in _RECORD.iter_unpack(kept[:whole]):
        yield Entry(ACCOUNTS[account], index, at_s)
