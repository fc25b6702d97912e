"""Status line and headers of an answer, read whole or not at all."""

from __future__ import annotations

import http.client
from typing import Any, cast

MAX_HEADERS = 100
CAP_BYTES = 65_536
"""The longest head we read, interim answers included: more than any server in use sends."""


class WholeHead(http.client.HTTPResponse):
    """The final answer, its head complete and of sensible size.

    The standard library takes a connection that ends in mid-header for the end of the headers, reads up to 6 MB of
    them, and takes any interim answer but 100 for the answer: the answer then passes for that of the next request.
    Raises ``http.client.HTTPException``, or ``RemoteDisconnected`` where the connection ended too early. ``fields`` are
    the headers by names in lower case.
    """

    fields: dict[str, str]

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

    def _read_next_chunk_size(self) -> int:
        """A size below zero is none: the standard library takes -1 for all that ever comes."""
        size: int = super()._read_next_chunk_size()  # type: ignore[misc]  # not in the stubs
        if size < 0:
            raise http.client.IncompleteRead(b"")
        return size

    def _read_status(self) -> tuple[str, int, str]:
        while True:
            answer: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]  # not in the stubs
            is_interim = 100 <= answer[1] < 200 and answer[1] != http.HTTPStatus.SWITCHING_PROTOCOLS  # noqa: PLR2004  RFC 9110 15.2
            if not is_interim:
                return answer
            http.client.parse_headers(self.fp)


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
