"""Connections that obey a call's deadline and say in which of three ways it failed. The only user of urllib3.

urllib3 leaves out what matters here: its resolver cannot be abandoned, its timeouts are per read, and its log lines
and error texts hold URLs and header bytes.
"""

from __future__ import annotations

import errno
import http.client
import logging
import socket
import ssl
import threading
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, cast

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, ProtocolError
from urllib3.util import parse_url

from worker.clock import Clock
from worker.providers.addresses import OnlyPrivate, Resolver, SocketAddress, public_ones
from worker.providers.deadline import TimedCall, Watchdog
from worker.providers.response_head import WholeHead
from worker.providers.transport_errors import Garbled, Unreachable

IDLE_S = 4.0
"""A kept connection unused for longer is not used again: servers close theirs after 5 s and up (Apache's default)."""

THIS_CALL: ContextVar[TimedCall] = ContextVar("THIS_CALL")
"""The call that the connections in this thread (or greenlet) work for."""


@dataclass(slots=True)
class Tally:
    """How many connections this process opened, and how many kept ones it found closed or idle too long."""

    opened: int = 0
    dropped: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def note(self, *, opened: int = 0, dropped: int = 0) -> None:
        with self.lock:
            self.opened += opened
            self.dropped += dropped


@dataclass(frozen=True, slots=True)
class Means:
    """What connections work with: one of each per process."""

    clock: Clock
    resolver: Resolver
    watchdog: Watchdog
    tally: Tally


class Watched(HTTPConnection):
    """A connection whose every step ends when its call's time is up. ``public_only``: never to a private address."""

    response_class = WholeHead

    def __init__(self, *args: Any, means: Means, public_only: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.means = means
        self.public_only = public_only
        self.call: TimedCall | None = None
        self.held: list[bytes] | None = None
        self.used_at = means.clock()

    @property
    def is_connected(self) -> bool:
        """Fit to carry one more request. urllib3 asks before each reuse; readable means closed by the other side."""
        fit = self.means.clock() - self.used_at < IDLE_S and super().is_connected
        if not fit and not self.is_closed:
            self.means.tally.note(dropped=1)
        return fit

    def connect(self) -> None:
        call = THIS_CALL.get()
        try:
            super().connect()
        except (OSError, HTTPError, UnicodeError) as error:
            self.close()
            raise Unreachable(f"No connection to {self.host}:{self.port}: {why_unreachable(error)}.") from error
        self.means.tally.note(opened=1)
        self._serve(call)

    def _new_conn(self) -> socket.socket:
        call = THIS_CALL.get()
        failed: OSError = socket.gaierror("the name has no address")
        found = self.means.resolver.addresses(self._dns_host, self.port, call.left_s())
        for address in public_ones(found) if self.public_only else found:
            try:
                return _open(address, call)
            except OSError as error:
                failed = error
        raise failed

    def _serve(self, call: TimedCall) -> None:
        self.call = call
        call.sock = self.sock

    def request(self, method: str, url: str, body: Any = None, headers: Any = None, **_: Any) -> None:
        """Head and body leave in one piece: one turn of the system, and no packet of its own for the head.

        The headers are all there are, but for the host. urllib3's own looks for what else to add.
        """
        self.held = []
        try:
            self.putrequest(method, url, skip_accept_encoding=True)
            for name, value in headers.items():
                self.putheader(name, value)
            self.endheaders(body)
            whole = b"".join(self.held)
        finally:
            self.held = None
        self.send(whole)

    def putheader(self, header: Any, *values: Any) -> None:
        """A header of ours, looked through once for what would make two of it, and then not told. What is no text is
        the library's own: it names the host in bytes where the port is the usual one."""
        if len(values) != 1 or not isinstance(values[0], str):
            super().putheader(header, *values)
            return
        line = f"{header}: {values[0]}"
        if "\r" in line or "\n" in line:
            raise ValueError("a header would be more than one line")
        self._output(line.encode("latin-1"))  # type: ignore[attr-defined]  # not in the stubs

    def send(self, data: Any) -> None:
        if self.held is not None:
            self.held.append(bytes(data))
            return
        call = THIS_CALL.get()
        if self.sock is None:
            self.connect()
        else:
            self._serve(call)
        self.sock.settimeout(call.left_s(call.timeout.read_s))
        call.sent = True
        super().send(data)

    def getresponse(self) -> WholeHead:  # type: ignore[override]  # urllib3 overrides it the same way
        """The answer's head, by the standard library alone: ours is read once, with no cookies, codings or retries."""
        try:
            response = http.client.HTTPConnection.getresponse(self)
        except ConnectionError:  # RemoteDisconnected is also a BadStatusLine
            raise
        except http.client.BadStatusLine as error:
            raise Garbled("The answer is not HTTP.", str(error)) from error
        except http.client.HTTPException as error:
            raise Garbled("The answer's headers make no sense.") from error
        self.used_at = self.means.clock()
        return cast(WholeHead, response)


@dataclass(slots=True)
class RawAnswer:
    """An answer whose head is read, with the connection that it came over."""

    head: WholeHead
    connection: Watched
    pool: WatchedPool

    def read(self, cap_bytes: int) -> tuple[bytes, bool]:
        """The body as it was sent, at most one byte over the cap, and whether it is all there."""
        pieces: list[bytes] = []
        room = cap_bytes + 1
        try:
            while room and (piece := self.head.read(room)):
                pieces.append(piece)
                room -= len(piece)
                if self.head.isclosed():
                    break
        except (http.client.HTTPException, OSError):
            return b"".join(pieces), False
        return b"".join(pieces), room > 0 and not self.head.length

    def let_go(self) -> None:
        """Keep the connection where the answer was read to its end; else close it."""
        if not self.head.isclosed() or self.head.length:
            self.head.close()
            self.connection.close()
        self.pool.keep(self.connection)


class WatchedTLS(Watched, HTTPSConnection):
    """The same over TLS, with the certificate verified."""


class WatchedPool(HTTPConnectionPool):
    """A pool that takes a connection back only after its call's watchdog has let go of it."""

    ConnectionCls = Watched  # type: ignore[assignment]  # its answers are the standard library's

    def urlopen(self, method: str, url: str, body: Any = None, headers: Any = None, **_: Any) -> RawAnswer:  # type: ignore[override]  # what it leaves out is switched off here
        """One request on a kept connection or a new one; its answer is still to be read.

        urllib3's own asks at each request for retries, redirects, proxies, chunks and timeouts, all of which are
        switched off here or ours: a tenth of a delivery's CPU.
        """
        conn: Any = self._get_conn()
        try:
            self._validate_conn(conn)  # TLS connects here, and verifies
            _ask(conn, method, url, body, headers)
            response: WholeHead = conn.getresponse()
        except BaseException as error:
            conn.close()
            self._put_conn(None)
            if isinstance(error, http.client.HTTPException):
                raise ProtocolError(str(error)) from error
            raise
        return RawAnswer(response, conn, self)

    def keep(self, conn: Watched) -> None:
        self._put_conn(conn)

    def _put_conn(self, conn: Any) -> None:
        if conn is not None:
            conn.means.watchdog.let_go(conn.call)
        super()._put_conn(conn)


class WatchedTLSPool(WatchedPool, HTTPSConnectionPool):
    ConnectionCls = WatchedTLS  # type: ignore[assignment]  # as above


def open_pool(
    base_url: str, *, connections: int, means: Means, tls: ssl.SSLContext | None, public_only: bool
) -> HTTPConnectionPool:
    """Kept connections to the host of ``base_url``, at most so many. ``tls`` is needed for https.

    ``public_only`` refuses each address that is not on the public internet, at every connect.
    """
    url = parse_url(base_url)
    if url.host is None:
        raise ValueError("base_url names no host")
    ours: dict[str, Any] = {"means": means, "public_only": public_only}
    if url.scheme == "https":
        return WatchedTLSPool(url.host, url.port, maxsize=connections, ssl_context=tls, **ours)
    return WatchedPool(url.host, url.port, maxsize=connections, **ours)


def _ask(conn: Any, method: str, url: str, body: Any, headers: Any) -> None:
    try:
        conn.request(method, url, body, headers)
    except OSError as error:
        # The other side may answer and close before it has read all: its answer counts.
        if error.errno not in {errno.EPIPE, errno.ECONNRESET, errno.EPROTOTYPE}:
            raise


def _open(address: SocketAddress, call: TimedCall) -> socket.socket:
    family, kind, protocol, _, where = address
    sock = socket.socket(family, kind, protocol)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Also bounds the TLS handshake: Python takes a socket's timeout for the whole of it.
        sock.settimeout(call.left_s(call.timeout.connect_s))
        sock.connect(where)
    except BaseException:
        sock.close()
        raise
    return sock


def why_unreachable(error: Exception) -> str:
    """Why no connection came about, as the end of a sentence, without the address."""
    if isinstance(error, OnlyPrivate):
        return f"{error} is not a public address, and only allow_private = true lets this account go to one"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its TLS certificate is not accepted ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed ({error.reason})"
    if isinstance(error, socket.gaierror):
        return "the name cannot be resolved"
    if isinstance(error, TimeoutError):
        return "it took too long"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return type(error).__name__


class _NotOurs(logging.Filter):
    """Drops what urllib3 says about our calls: its lines hold URLs and header bytes, and those hold secrets."""

    def filter(self, _record: logging.LogRecord) -> bool:
        return THIS_CALL.get(None) is None


for _name in ("urllib3.connection", "urllib3.connectionpool"):
    logging.getLogger(_name).addFilter(_NotOurs())
