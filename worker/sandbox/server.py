"""The sandbox's server: each vendor under ``/<kind>/…`` over HTTP/1.1, and the sandbox's own routes beside them."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Sequence
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import Any, Self

from worker.sandbox import BASE_PATHS
from worker.sandbox.base import Vendor, VendorAnswer, VendorCall
from worker.sandbox.connection import Connection, GarbledRequest, Incoming
from worker.sandbox.control import ROOT, control
from worker.sandbox.effects import Scene, befall
from worker.sandbox.faults import InjectedFault
from worker.sandbox.stage import Stage

_POLL_S = 0.05


class Sandbox:
    """Vendors behind one address, one thread for each connection.

    ``port`` 0 takes a free one, and keeps it: a sandbox that was stopped starts again at the same address, with all
    it held. Raises ``OSError`` at the start where the address is taken. A ``listener`` is a socket that listens
    already, at which it serves in the address's stead, once.
    """

    def __init__(
        self,
        vendors: Sequence[Vendor],
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        clock: Callable[[], float] = time.time,
        listener: socket.socket | None = None,
    ) -> None:
        self.host: str = listener.getsockname()[0] if listener else host
        self.port: int = listener.getsockname()[1] if listener else port
        self._listener = listener
        self._clock = clock
        self._stages = {vendor.kind: Stage(vendor, clock) for vendor in vendors}
        self._stopping = threading.Event()
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def base_url(self, kind: str) -> str:
        """What a provider of this kind has as its ``base_url``."""
        return self.url + BASE_PATHS.get(kind, f"/{kind}")

    def vendor(self, kind: str) -> Vendor:
        return self._stages[kind].vendor

    def start(self) -> Self:
        """Serve in a thread of its own."""
        server = self._open()
        self._thread = threading.Thread(target=server.serve_forever, args=(_POLL_S,), name="sandbox", daemon=True)
        self._thread.start()
        return self

    def serve_forever(self) -> None:
        """Serve in this thread until ``stop`` is called from another, or it is interrupted."""
        try:
            self._open().serve_forever(_POLL_S)
        finally:
            self.stop()

    def stop(self) -> None:
        """End every connection, and what was to happen late. Stopping twice is harmless."""
        self._stopping.set()
        for stage in self._stages.values():
            stage.cancel_late()
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()
            server.drop_all()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _open(self) -> _Server:
        self._stopping = threading.Event()
        server = self._server = _Server((self.host, self.port), self.converse, self._listener)
        self.port = server.server_address[1]
        return server

    def converse(self, sock: socket.socket) -> None:
        """Answer one client's requests until it or the server leaves."""
        connection = Connection(sock)
        try:
            while (incoming := connection.read()) is not None:
                if not self._serve(connection, incoming) or not incoming.keeps_alive:
                    return
        except GarbledRequest as error:
            connection.send(VendorAnswer(error.status, b"", {"Connection": "close"}))
        except OSError:
            return  # the client is gone: there is nobody to tell

    def _serve(self, connection: Connection, incoming: Incoming) -> bool:
        """Whether the connection lives on."""
        path, _, query = incoming.target.partition("?")
        if path == ROOT or path.startswith(ROOT + "/"):
            answer = control(self._stages, incoming.method, path, query, incoming.body)
            connection.send(answer, head_only=incoming.method == "HEAD")
            return True
        kind, _, rest = path[1:].partition("/")
        stage = self._stages.get(kind)
        if stage is None:
            connection.send(VendorAnswer(404, b'{"error":"There is no such vendor here."}'))
            return True
        call = VendorCall(incoming.method, "/" + rest, query, incoming.headers, incoming.body, self._clock())
        played = stage.play(call)
        if isinstance(played, InjectedFault):
            return befall(Scene(played, stage, call, connection, self._stopping))
        stage.note(call, played.status, len(played.body))
        connection.send(played, head_only=call.method == "HEAD")
        return True


class _Server(ThreadingTCPServer):
    """Threads and sockets; what is said on them is the sandbox's."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 512

    def __init__(
        self, address: tuple[str, int], converse: Callable[[socket.socket], None], listener: socket.socket | None
    ) -> None:
        self._converse = converse
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        # A handler is never made: finish_request is ours.
        super().__init__(address, BaseRequestHandler, bind_and_activate=listener is None)
        if listener is not None:
            self.socket.close()
            self.socket = listener
            self.server_address = listener.getsockname()

    def finish_request(self, request: Any, client_address: Any) -> None:  # noqa: ARG002  socketserver's signature
        with self._lock:
            self._open.add(request)
        try:
            self._converse(request)
        finally:
            with self._lock:
                self._open.discard(request)

    def drop_all(self) -> None:
        """Wake and end every connection; its own thread closes it."""
        with self._lock:
            for sock in self._open:
                _shut(sock)


def _shut(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it was gone already
