"""Raw events out of a file as people have them: one JSON document, a JSON array, or JSON lines; packed by gzip or not.

Read a piece at a time, so that a file of any size takes little memory. What is broken comes out as it is: the door
refuses it, with its line, and the rest goes on.
"""

from __future__ import annotations

import codecs
import gzip
import io
import itertools
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from worker.errors import OrdercastError

GZIP = b"\x1f\x8b"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
MAX_BYTES = 16_777_216
"""Of one event. A longer one is cut here, which is more than the door lets in."""

CHUNK_BYTES = 262_144
BLANKS = " \t\r\n"


class Unreadable(OrdercastError):
    """The file cannot be read to its end."""

    reason = "unreadable"


@dataclass(frozen=True, slots=True)
class RawEvent:
    """What may be an event, as bytes of JSON, and the number of the line it begins on, from 1."""

    line: int
    body: bytes


def raw_events(stream: BinaryIO) -> Iterator[RawEvent]:
    """The events of an open file, as they come; the file stays open. Raises ``Unreadable`` where it cannot be read to
    its end."""
    reader = _buffered(stream)
    try:
        is_packed = reader.peek(2)[:2] == GZIP
        yield from _found(_buffered(gzip.GzipFile(fileobj=reader)) if is_packed else reader)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise Unreadable(f"The gzip file is damaged ({error}): events before the damage have been read.") from error
    except OSError as error:
        raise Unreadable(f"The file cannot be read: {error.strerror or error}.") from error
    finally:
        reader.detach()  # or it would close the file with itself


def _buffered(stream: Any) -> io.BufferedReader:
    return io.BufferedReader(stream, CHUNK_BYTES)


def _found(reader: io.BufferedReader) -> Iterator[RawEvent]:
    line = _skip_blanks(reader)
    if reader.peek(1)[:1] == b"[":
        return _Array(reader, line).elements()
    return _lines_or_document(reader, line)


def _skip_blanks(reader: io.BufferedReader) -> int:
    """Pass over what stands before the first event; the number of its line."""
    if reader.peek(3)[:3] == BYTE_ORDER_MARK:
        reader.read(3)
    line = 1
    while (byte := reader.peek(1)[:1]) and byte.isspace():
        line += reader.read(1) == b"\n"
    return line


def _lines_or_document(reader: io.BufferedReader, number: int) -> Iterator[RawEvent]:
    """JSON lines, unless the first is no JSON by itself and all of it is: then it is one document over many lines."""
    first = reader.readline(MAX_BYTES)
    if _is_json(first):
        yield from _numbered(itertools.chain([first], _rest(reader)), number)
        return
    more = reader.read(MAX_BYTES)
    if _is_json(first + more):
        yield RawEvent(number, (first + more).strip())
        return
    more += reader.readline(MAX_BYTES)
    yield from _numbered(itertools.chain([first], more.splitlines(keepends=True), _rest(reader)), number)


def _rest(reader: io.BufferedReader) -> Iterator[bytes]:
    """The lines to come. The rest of one that is too long is passed over."""
    while line := reader.readline(MAX_BYTES):
        yield line
        while len(line) == MAX_BYTES and not line.endswith(b"\n"):
            line = reader.readline(MAX_BYTES)


def _numbered(lines: Iterable[bytes], first: int) -> Iterator[RawEvent]:
    for number, line in enumerate(lines, first):
        if body := line.strip():
            yield RawEvent(number, body)


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True


class _Array:
    """An array of which as much is in memory as the element in hand needs. Its bytes stay what they were."""

    def __init__(self, reader: io.BufferedReader, line: int) -> None:
        reader.read(1)
        self.reader = reader
        self.decode = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode
        self.text = ""
        self.line = line
        self.decoder = json.JSONDecoder()

    def elements(self) -> Iterator[RawEvent]:
        """Every element; one that is broken ends it with all that follows, for nobody can say where the next begins.

        Raises ``Unreadable`` where the array has no end.
        """
        while self._skip(BLANKS + ","):
            if self.text.startswith("]"):
                self.text = self.text[1:]
                if self._skip(BLANKS):
                    yield self._taken(len(self.text))
                return
            end = self._end()
            yield self._taken(end or len(self.text))
            if end is None:
                return
        raise Unreadable(f"The array has no end: the file is cut short at line {self.line}.")

    def _end(self) -> int | None:
        """Where the element in hand ends; ``None`` where it is broken, or longer than any event."""
        while True:
            try:
                return self.decoder.raw_decode(self.text)[1]
            except (ValueError, RecursionError):
                if len(self.text) > MAX_BYTES or not self._read_more():
                    return None

    def _taken(self, end: int) -> RawEvent:
        element, self.text = self.text[:end], self.text[end:]
        one = RawEvent(self.line, element.encode("utf-8", "surrogateescape"))
        self.line += element.count("\n")
        return one

    def _skip(self, passed: str) -> bool:
        """Pass over what stands between elements. False at the end of the file."""
        while True:
            left = self.text.lstrip(passed)
            self.line += self.text[: len(self.text) - len(left)].count("\n")
            self.text = left
            if left or not self._read_more():
                return bool(left)

    def _read_more(self) -> bool:
        more = self.reader.read(CHUNK_BYTES)
        self.text += self.decode(more, final=not more)
        return bool(more)
