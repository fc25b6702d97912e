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
    Raises ``http.client.HTTPException``, or ``RemoteDisconnected`` where the connection ended too early.
    """

    def begin(self) -> None:
        """As the standard library begins (CPython 3.11 to 3.14), with headers read as plain lines: its e-mail parser
        costs as much as the rest of the exchange."""
        whole, self.fp = self.fp, cast(Any, _Head(self.fp))
        try:
            version, self.status, reason = self._read_status()
            self.headers = self.msg = _headers(self.fp)
        finally:
            if self.fp is not None:  # it is, where the status line made no sense
                self.fp = whole
        self.code, self.reason = self.status, reason.strip()
        self.version = 11 if version.startswith("HTTP/1.") and version != "HTTP/1.0" else 10
        self.chunked = (self.headers.get("transfer-encoding") or "").lower() == "chunked"
        self.chunk_left = None
        self.length = self._length()
        own: Any = self
        self.will_close = own._check_close() or (not self.chunked and self.length is None)  # noqa: SLF001  as below

    def _length(self) -> int | None:
        """How long the body says it is, in bytes; ``None`` where it ends with its chunks or its connection."""
        own: Any = self
        if self.status in (http.HTTPStatus.NO_CONTENT, http.HTTPStatus.NOT_MODIFIED) or own._method == "HEAD":  # noqa: SLF001  the library's own, which the stubs leave out
            return 0
        said = self.headers.get("content-length") or ""
        return int(said) if not self.chunked and said.isascii() and said.isdigit() else None

    def _read_status(self) -> tuple[str, int, str]:
        while True:
            answer: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]  # not in the stubs
            is_interim = 100 <= answer[1] < 200 and answer[1] != http.HTTPStatus.SWITCHING_PROTOCOLS  # noqa: PLR2004  RFC 9110 15.2
            if not is_interim:
                return answer
            http.client.parse_headers(self.fp)


def _headers(head: Any) -> http.client.HTTPMessage:
    """The lines up to the empty one. Raises ``http.client.HTTPException`` for what are no headers, or too many."""
    message = http.client.HTTPMessage()
    pairs: list[tuple[str, str]] = []
    while (line := head.readline(CAP_BYTES + 1)) not in (b"\r\n", b"\n"):
        text = line.decode("iso-8859-1").rstrip("\r\n")
        name, colon, value = text.partition(":")
        if text[0] in " \t" and pairs:  # a folded line belongs to the one before (RFC 9112 5.2)
            pairs[-1] = pairs[-1][0], f"{pairs[-1][1]} {text.strip()}"
        elif colon and name:
            pairs.append((name.strip(), value.strip()))
        else:
            raise http.client.HTTPException("a header without a name")
        if len(pairs) > MAX_HEADERS:
            raise http.client.HTTPException("too many headers")
    message._headers = pairs  # type: ignore[attr-defined]  # noqa: SLF001  add_header would look each name up again
    return message


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
