"""Why a server does not answer, in plain words, and what to do about it: the one place that words it."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator
from pathlib import PurePath
from typing import NamedTuple

from redis.exceptions import TimeoutError as NoAnswer
from redis.sentinel import MasterNotFoundError

from schemas.address import Address


class Place(NamedTuple):
    """A server as people know it: what it is to us, its address, and the setting that names it."""

    what: str
    address: Address
    setting: str

    @property
    def name(self) -> str:
        """How a sentence about it begins; the only mention of the address in it."""
        return f"{self.what} at {self.address.shown}"


START = "Start it, or correct {setting}."
EMBEDDED = "It is the embedded one, which starts again by itself; valkey.log in [store] dir says what befell it."
_ROUTE = "Mend the network or the firewall between, or correct {setting}."
_GONE = (
    "it closed the connection",
    (
        "Start it where it has stopped, or read its log; correct {setting} where that is another program's port, or one"
        " {tls}."
    ),
)
_NO_ROUTE = "there is no route to it", _ROUTE
_BY_NUMBER: dict[int | None, tuple[str, str]] = {
    errno.ECONNREFUSED: ("connection refused", START),
    errno.ENETUNREACH: _NO_ROUTE,
    errno.EHOSTUNREACH: _NO_ROUTE,
    errno.EPERM: ("a firewall on this machine forbids the connection", _ROUTE),
    errno.ECONNRESET: _GONE,
    errno.ECONNABORTED: _GONE,
    errno.EPIPE: _GONE,
    errno.EMFILE: ("this process has too many open files", "Raise its limit (ulimit -n), and start it again."),
    errno.ENFILE: ("this machine has too many open files", "Raise its limit (fs.file-max)."),
}
_TLS_FILES = "Correct ssl_ca_certs, ssl_certfile or ssl_keyfile in {setting}."
_CLOSED = ("Connection closed by server", "Server unexpectedly closed connection")
"""What redis-py and py-amqp say where the other side hung up without a word."""


def silence(error: BaseException, place: Place) -> str:
    """What it means that no answer came: the address once, why, and what to do. Without a password or a user."""
    why, advice = _why(error, place.address)
    if _is_embedded(place.address):
        advice = EMBEDDED
    plain = {"rediss": "redis", "amqps": "amqp"}
    return f"{place.name} does not answer: {why}. " + advice.format(
        setting=place.setting,
        plain=plain.get(place.address.scheme, place.address.scheme),
        tls="without TLS" if place.address.is_secure else "for TLS",
    )


def _is_embedded(address: Address) -> bool:
    """Whether it is the store that came along, by its socket's name: nobody has started it, or written its address."""
    from worker.embedded.place import SOCKET  # noqa: PLC0415  commands at a server need nothing of it

    return PurePath(address.socket_path).name == SOCKET


def _why(error: BaseException, address: Address) -> tuple[str, str]:
    causes = list(_causes(error))
    found = (why for cause in causes if (why := _why_of(cause, address)))
    return next(found, None) or (_said(causes, address), START)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what led to it: redis-py says in words only what the socket said by number."""
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _why_of(cause: BaseException, address: Address) -> tuple[str, str] | None:
    match cause:
        case MasterNotFoundError():
            return (
                f"no Sentinel there that answers knows a living master called {address.service}",
                "Start the Sentinels and the master, or correct {setting}.",
            )
        case ssl.SSLError():
            return _why_of_tls(cause)
        case socket.gaierror():
            return _why_of_name(cause)
        case NoAnswer() | TimeoutError():
            return "it timed out", "See whether it hangs or is overloaded. " + _ROUTE
        case FileNotFoundError() | PermissionError():
            return _why_of_file(cause, address)
        case OSError() if cause.errno in _BY_NUMBER:
            return _BY_NUMBER[cause.errno]
    return _GONE if str(cause).startswith(_CLOSED) else None


def _why_of_tls(cause: ssl.SSLError) -> tuple[str, str]:
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate cannot be trusted ({cause.verify_message.rstrip('.')})", (
            "Use the host name that is in it, and name its authority with ssl_ca_certs=/path/of/ca.pem, in {setting}."
        )
    if isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return _GONE
    reason = cause.reason or ""
    if reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"):
        return "it does not speak TLS there", (
            "Name the port at which it does in {setting}, or ask for none with {plain}:// there."
        )
    if reason.endswith("CERTIFICATE_REQUIRED"):
        return "it wants to see a certificate", "Name yours with ssl_certfile and ssl_keyfile in {setting}."
    said = reason.replace("_", " ").lower() or "no reason is given"
    return f"TLS failed ({said})", "Read its log, or correct the port or the files for TLS in {setting}."


def _why_of_name(cause: socket.gaierror) -> tuple[str, str]:
    if cause.errno == socket.EAI_AGAIN:
        return "the name of its host cannot be looked up now", (
            "Mend this machine's name service, or correct the host in {setting}."
        )
    return "the name of its host is not known", "Correct the host in {setting}, or make the name known to this machine."


def _why_of_file(cause: OSError, address: Address) -> tuple[str, str]:
    """A socket's path, or a file of TLS: nothing else is opened on the way."""
    is_absent = isinstance(cause, FileNotFoundError)
    if not address.hosts:
        if is_absent:
            return "there is no such socket", START
        return "this user may not open the socket", "Give the user the right to write to it, or correct {setting}."
    if not address.is_secure or cause.errno == errno.EPERM:
        return _BY_NUMBER[errno.EPERM]
    how = "is not there" if is_absent else "may not be read by this user"
    return f"a file for TLS that its address names {how}", _TLS_FILES


def _said(causes: list[BaseException], address: Address) -> str:
    """The words of an error that is not among those known, without the address that redis-py has in them."""
    system = next((one.strerror for one in causes if isinstance(one, OSError) and one.strerror), None)
    said = str(system or causes[0])
    for place in (*(f"{host.strip('[]')}:{port}" for host, port in address.hosts), address.socket_path):
        said = said.replace(place, "it") if place else said
    return said.strip().rstrip(".") or type(causes[0]).__name__
