"""Status line and headers of an answer, read whole or not at all."""

from __future__ import annotations

import http.client
from typing import Any, cast

CAP_BYTES = 65_536
"""The longest head we read, interim answers included: more than any server in use sends."""


class WholeHead(http.client.HTTPResponse):
    """The final answer, its head complete and of sensible size.

    The standard library takes a connection that ends in mid-header for the end of the headers, reads up to 6 MB of
    them, and takes any interim answer but 100 for the answer: the answer then passes for that of the next request.
    Raises ``http.client.HTTPException``, or ``RemoteDisconnected`` where the connection ended too early.
    """

    def begin(self) -> None:
        whole, self.fp = self.fp, cast(Any, _Head(self.fp))
        try:
            super().begin()
        finally:
            if self.fp is not None:  # it is, where the status line made no sense
                self.fp = whole

    def _read_status(self) -> tuple[str, int, str]:
        while True:
            answer: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]  # not in the stubs
            is_interim = 100 <= answer[1] < 200 and answer[1] != http.HTTPStatus.SWITCHING_PROTOCOLS  # noqa: PLR2004  RFC 9110 15.2
            if not is_interim:
                return answer
            http.client.parse_headers(self.fp)


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
