"""A host's addresses, found in a way that can be abandoned: the system's resolver takes no timeout."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from schemas.hosts import is_public, literal

SocketAddress = tuple[int, int, int, str, Any]
"""What ``socket.getaddrinfo`` gives: family, type, protocol, canonical name, socket address."""

Resolve = Callable[[str, int], list[SocketAddress]]


class OnlyPrivate(OSError):
    """A host has addresses, and none of them is on the public internet; the text names one of them."""


def by_system(host: str, port: int) -> list[SocketAddress]:
    """Every stream address of a host, in the system's order of preference. Raises ``OSError``."""
    return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))


class Resolver:
    """Look-ups that end in time. A literal address needs none; callers for one host share one look-up.

    A look-up that hangs keeps its thread until the system gives up; sharing bounds such threads to one per host.
    """

    def __init__(self, resolve: Resolve = by_system) -> None:
        self._resolve = resolve
        self._lock = threading.Lock()
        self._running: dict[tuple[str, int], Future[list[SocketAddress]]] = {}

    def addresses(self, host: str, port: int, wait_s: float) -> list[SocketAddress]:
        """Where to connect. Raises ``TimeoutError`` after ``wait_s`` seconds, ``OSError`` where there is no address."""
        if literal(host) is not None:
            return by_system(host, port)
        return self._shared(host, port).result(wait_s)

    def _shared(self, host: str, port: int) -> Future[list[SocketAddress]]:
        with self._lock:
            running = self._running.get((host, port))
            if running is None:
                running = self._running[host, port] = Future()
                threading.Thread(target=self._run, args=(host, port, running), name="resolver", daemon=True).start()
            return running

    def _run(self, host: str, port: int, running: Future[list[SocketAddress]]) -> None:
        found: list[SocketAddress] = []
        failed: OSError | None = None
        try:
            found = self._resolve(host, port)
        except OSError as error:
            failed = error
        except UnicodeError:
            failed = socket.gaierror("not a host name")
        finally:
            with self._lock:  # before anyone has the answer, so that who asks after that gets one of their own
                del self._running[host, port]
        if failed:
            running.set_exception(failed)
        else:
            running.set_result(found)


def public_ones(addresses: list[SocketAddress]) -> list[SocketAddress]:
    """Those on the public internet, in their order. Raises ``OnlyPrivate`` where there are others alone.

    What is checked is what a socket is opened to: a name that resolves to something else by then changes nothing.
    """
    public = [address for address in addresses if _is_public(_numeric(address))]
    if addresses and not public:
        raise OnlyPrivate(_numeric(addresses[0]))
    return public


def _is_public(numeric: str) -> bool:
    found = literal(numeric)
    return found is not None and is_public(found)


def _numeric(address: SocketAddress) -> str:
    return str(address[4][0])
