"""Status line and headers of an answer, read whole or not at all."""

from __future__ import annotations

import http.client
import io
import os
import re
from typing import Any, cast

MAX_HEADERS = 100
CAP_BYTES = 65_536
"""The longest head we read, interim answers included: more than any server in use sends."""

SWITCH = "ORDERCAST_HTTP_HEADS"
"""``library`` in this variable reads heads by the standard library's own parser, whatever this Python is."""


_FOLD = re.compile(r"\r?\n[ \t]+")


class CheckedHead(http.client.HTTPResponse):
    """An answer of the standard library's. ``fields`` are the headers by names in lower case."""

    fields: dict[str, str]

    def _read_next_chunk_size(self) -> int:
        """A size below zero is none: the standard library takes -1 for all that ever comes."""
        size: int = super()._read_next_chunk_size()  # type: ignore[misc]  # not in the stubs
        if size < 0:
            raise http.client.IncompleteRead(b"")
        return size


class WholeHead(CheckedHead):
    """The final answer, its head complete and of sensible size.

    The standard library takes a connection that ends in mid-header for the end of the headers, reads up to 6 MB of
    them, and takes any interim answer but 100 for the answer: the answer then passes for that of the next request.
    Raises ``http.client.HTTPException``, or ``RemoteDisconnected`` where the connection ended too early.
    """

    def begin(self) -> None:
        """As the standard library begins (CPython 3.11 to 3.14), with headers read as plain lines: its e-mail parser
        costs as much as the rest of the exchange."""
        whole, self.fp = self.fp, cast(Any, _Head(self.fp))
        try:
            version, self.status, reason = self._read_status()
            self.fields = _headers(self.fp)
            self.headers = self.msg = cast(Any, self.fields)
        finally:
            if self.fp is not None:  # it is, where the status line made no sense
                self.fp = whole
        self.code, self.reason = self.status, reason.strip()
        self.version = 11 if version.startswith("HTTP/1.") and version != "HTTP/1.0" else 10
        self.chunked = self.fields.get("transfer-encoding", "").lower() == "chunked"
        self.chunk_left = None
        self.length = self._length()
        own: Any = self
        self.will_close = own._check_close() or (not self.chunked and self.length is None)  # noqa: SLF001  as below

    def _length(self) -> int | None:
        """How long the body says it is, in bytes; ``None`` where it ends with its chunks or its connection."""
        own: Any = self
        if self.status in (http.HTTPStatus.NO_CONTENT, http.HTTPStatus.NOT_MODIFIED) or own._method == "HEAD":  # noqa: SLF001  the library's own, which the stubs leave out
            return 0
        said = self.fields.get("content-length", "")
        if "," in said:  # the same twice is one (RFC 9110 8.6)
            said, *others = {part.strip() for part in said.split(",")}
            if others:
                raise http.client.HTTPException("two lengths")
        return int(said) if not self.chunked and said.isascii() and said.isdigit() else None

    def _read_status(self) -> tuple[str, int, str]:
        while True:
            answer: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]  # not in the stubs
            if not _is_interim(answer[1]):
                return answer
            http.client.parse_headers(self.fp)


class LibraryHead(CheckedHead):
    """The same, read by the standard library's own parser: for a Python whose insides are others than ``WholeHead``
    knows. It costs a third more of an exchange's CPU."""

    def begin(self) -> None:
        whole, self.fp = self.fp, cast(Any, _LibrarysHead(self.fp))
        try:
            super().begin()
            while _is_interim(self.status):
                self.headers = self.msg = cast(Any, None)  # else it takes itself for read
                super().begin()
        finally:
            if self.fp is not None:
                self.fp = whole
        found: Any = self.headers
        if found.defects:
            raise http.client.HTTPException("a header without a name")
        if len({part.strip() for said in found.get_all("content-length", []) for part in said.split(",")}) > 1:
            raise http.client.HTTPException("two lengths")
        lines = {name.lower(): found.get_all(name) for name in found}
        self.fields = {name: ", ".join(_FOLD.sub(" ", value).strip() for value in lines[name]) for name in lines}


def head_class() -> type[CheckedHead]:
    """The class that reads heads on this Python: ours where it fits, else the standard library's, which is slower."""
    return LibraryHead if os.environ.get(SWITCH) == "library" or not _fits() else WholeHead


def _fits() -> bool:
    """Whether this Python's ``http.client`` is as ``WholeHead`` needs it: it reads an answer of each form rightly."""
    for form in (b"Content-Length: 2\r\n\r\n{}", b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"):
        try:
            head = WholeHead(cast(Any, _Canned(b"HTTP/1.1 200 OK\r\nA: b\r\n" + form)), method="GET")
            head.begin()
            read = head.status, head.fields["a"], head.read(9), head.read(9), head.isclosed(), head.will_close
        except (AttributeError, LookupError, TypeError, ValueError, http.client.HTTPException):
            return False
        if read != (200, "b", b"{}", b"", True, False):
            return False
    return True


class _Canned:
    """What a response takes for its socket."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._answer)


def _is_interim(status: int) -> bool:
    """RFC 9110, 15.2. Switching protocols is an end: we never ask for it."""
    return 100 <= status < 200 and status != http.HTTPStatus.SWITCHING_PROTOCOLS  # noqa: PLR2004  a class of status codes


def _headers(head: Any) -> dict[str, str]:
    """The lines up to the empty one, by names in lower case; what came more than once in one, with commas.

    Raises ``http.client.HTTPException`` for what are no headers, or too many.
    """
    headers: dict[str, str] = {}
    count, last = 0, ""
    while (line := head.readline(CAP_BYTES + 1)) not in (b"\r\n", b"\n"):
        text = line.decode("iso-8859-1").rstrip("\r\n")
        name, colon, value = text.partition(":")
        count += 1
        if text[:1] in (" ", "\t") and last:  # a folded line belongs to the one before (RFC 9112 5.2)
            headers[last] = f"{headers[last]} {text.strip()}"
        elif colon and name:
            last = name.strip().lower()
            headers[last] = f"{headers[last]}, {value.strip()}" if last in headers else value.strip()
        else:
            raise http.client.HTTPException("a header without a name")
        if count > MAX_HEADERS:
            raise http.client.HTTPException("too many headers")
    return headers


class _Head:
    """The lines of a head, counted."""

    def __init__(self, source: Any) -> None:
        self._source = source
        self._room_bytes = CAP_BYTES

    def readline(self, limit_bytes: int) -> bytes:
        line: bytes = self._source.readline(limit_bytes)
        if not line.endswith(b"\n") and len(line) < limit_bytes:
            raise http.client.RemoteDisconnected("the connection ended in the middle of the head")
        self._room_bytes -= len(line)
        if self._room_bytes < 0:
            raise http.client.HTTPException("a head without end")
        return line

    def close(self) -> None:
        self._source.close()


class _LibrarysHead(_Head):
    """The same for the library's parser, which takes a bare return for the end of the head."""

    def readline(self, limit_bytes: int) -> bytes:
        line = super().readline(limit_bytes)
        if b"\r" in line[:-2]:
            raise http.client.HTTPException("a bare return")
        return line
