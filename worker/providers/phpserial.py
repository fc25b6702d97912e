"""What PHP's ``serialize`` wrote, read strictly: scalars and arrays, and nothing that could make an object.

Source: the serialize format of PHP 8.2, compared in ``tests/php`` (2026-11-22). Text lengths count bytes.
"""

from __future__ import annotations

import re

MAX_BYTES = 262_144
MAX_DEPTH = 32
MAX_ENTRIES = 10_000

_BOOLEAN = re.compile(rb"[01];")
_INTEGER = re.compile(rb"-?(?:0|[1-9][0-9]{0,18});")
_LENGTH = re.compile(rb"(0|[1-9][0-9]{0,8}):")
_FLOAT = re.compile(rb"(?:(?:NAN|-?INF)|-?[0-9]{1,400}(?:\.[0-9]{1,400})?(?:[eE][+-]?[0-9]{1,4})?);")


class NotSerial(ValueError):
    """Not PHP-serialized text, or more of it than we read."""


def loads(serial: bytes) -> object:
    """The value in ``serial``: ``None``, bool, int, float, text, or a dict for an array, its keys int or text.

    Text that is no UTF-8 is read with U+FFFD. Raises ``NotSerial`` for anything else: objects, references,
    a byte too many or too few, more than 256 KiB, 32 levels or 10,000 entries altogether.
    """
    if len(serial) > MAX_BYTES:
        raise NotSerial(f"more than {MAX_BYTES} bytes")
    reader = _Reader(serial)
    value = reader.value(depth=0)
    reader.expect_end()
    return value


class _Reader:
    """A place in serialized text, and how many entries may still come."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.at = 0
        self.entries_left = MAX_ENTRIES

    def value(self, depth: int) -> object:
        mark = self.text[self.at : self.at + 2]
        self.at += 2
        match mark:
            case b"N;":
                return None
            case b"b:":
                return self._boolean()
            case b"i:":
                return int(self._matched(_INTEGER)[:-1])
            case b"d:":
                return float(self._matched(_FLOAT)[:-1])
            case b"s:":
                return self._string()
            case b"a:":
                return self._array(depth + 1)
        raise NotSerial(f"no scalar or array at byte {self.at - 2}")

    def expect_end(self) -> None:
        if self.at != len(self.text):
            raise NotSerial(f"{len(self.text) - self.at} bytes too many")

    def _boolean(self) -> bool:
        return self._matched(_BOOLEAN) == b"1;"

    def _string(self) -> str:
        size_bytes = int(self._matched(_LENGTH)[:-1])
        self._take(b'"')
        if self.at + size_bytes > len(self.text):
            raise NotSerial(f"text longer than the input at byte {self.at}")
        start, self.at = self.at, self.at + size_bytes
        self._take(b'";')
        return self.text[start : start + size_bytes].decode("utf-8", "replace")

    def _array(self, depth: int) -> dict[int | str, object]:
        if depth > MAX_DEPTH:
            raise NotSerial(f"more than {MAX_DEPTH} levels")
        size = int(self._matched(_LENGTH)[:-1])
        self.entries_left -= size
        if self.entries_left < 0:
            raise NotSerial(f"more than {MAX_ENTRIES} entries")
        self._take(b"{")
        array: dict[int | str, object] = {}
        for _ in range(size):
            key = self._key()
            array[key] = self.value(depth)
        self._take(b"}")
        return array

    def _key(self) -> int | str:
        if self.text[self.at : self.at + 2] not in {b"i:", b"s:"}:
            raise NotSerial(f"no array key at byte {self.at}")
        key = self.value(depth=0)
        return key if isinstance(key, int) else str(key)

    def _matched(self, pattern: re.Pattern[bytes]) -> bytes:
        found = pattern.match(self.text, self.at)
        if found is None:
            raise NotSerial(f"not a PHP scalar at byte {self.at}")
        self.at = found.end()
        return found[0]

    def _take(self, mark: bytes) -> None:
        if not self.text.startswith(mark, self.at):
            raise NotSerial(f"no {mark.decode()} at byte {self.at}")
        self.at += len(mark)
