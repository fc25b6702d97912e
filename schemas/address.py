"""A server's address as people write it: ``scheme://user:password@host:port,host:port/path?option=value``.

What is wrong with one is a sentence that never repeats it, since it may hold a password.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

REDIS = frozenset({"redis", "rediss", "unix", "redis+socket"})
SECURE = frozenset({"rediss", "amqps"})
TLS_FILES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
EXAMPLES = {
    "redis": "redis://127.0.0.1:6379/0",
    "rediss": "rediss://:password@store.example:6380/0?ssl_ca_certs=/etc/ssl/own-ca.pem",
    "unix": "unix:///run/valkey/valkey.sock?db=0",
    "redis+socket": "redis+socket:///run/valkey/valkey.sock",
    "sentinel": "sentinel://:password@s1.example:26379,s2.example:26379/mymaster/0",
    "amqp": "amqp://user:password@rabbit.example:5672/ordercast",
    "amqps": "amqps://user:password@rabbit.example:5671/ordercast?ssl_ca_certs=/etc/ssl/own-ca.pem",
}
"""A right one of each scheme, and so the schemes there are."""

_PORTS = {"redis": 6379, "rediss": 6379, "sentinel": 26379, "amqp": 5672, "amqps": 5671}
_SAME = {"pyamqp": "amqp"}  # as Celery's own first steps write it
_OF_TLS = (*TLS_FILES, "ssl_cert_reqs")
_SAYS_TLS = (*_OF_TLS, "tls")
_OPTIONS = {
    "redis": (),
    "rediss": _OF_TLS,
    "unix": ("db",),
    "redis+socket": ("virtual_host",),
    "sentinel": (*_SAYS_TLS, "sentinel_username", "sentinel_password"),
    "amqp": (),
    "amqps": _OF_TLS,
}
_MANY = frozenset({"sentinel", "amqp"})
"""Who may have several hosts. Not amqps: kombu 5.7 would look for the first one's name in everyone's certificate."""
_HOST = re.compile(r"(\[[0-9A-Fa-f:.%]+\]|[^:\[\]@\s]+)(?::([0-9]{1,5}))?")


class BadAddress(ValueError):
    """An address that cannot be used; the text says what is wrong, and shows a right one."""


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """A server's address in its parts. ``userinfo`` and ``path`` are as they were written, percent-encoded still."""

    scheme: str
    userinfo: str
    hosts: tuple[tuple[str, int], ...]
    path: str
    options: Mapping[str, str]

    @property
    def user(self) -> str:
        return unquote(self.userinfo.partition(":")[0])

    @property
    def password(self) -> str:
        return unquote(self.userinfo.partition(":")[2])

    @property
    def socket_path(self) -> str:
        """The path of a Unix socket."""
        return "" if self.hosts else unquote(self.path)

    @property
    def is_redis(self) -> bool:
        """Whether a Redis or a Valkey answers there, itself or behind its Sentinels."""
        return self.scheme in REDIS or self.scheme == "sentinel"

    @property
    def is_secure(self) -> bool:
        return self.scheme in SECURE or (self.scheme == "sentinel" and any(name in self.options for name in _SAYS_TLS))

    @property
    def service(self) -> str:
        """The name under which the Sentinels know the master."""
        return unquote(self.path.split("/")[1]) if self.scheme == "sentinel" else ""

    @property
    def db(self) -> int:
        """The number of the database, of a Redis."""
        if self.hosts:
            written = self.path[1:].partition("/")[2] if self.service else self.path
        else:
            written = self.options.get("db") or self.options.get("virtual_host") or ""
        return int(written.strip("/") or 0)

    @property
    def shown(self) -> str:
        """The address as it may be printed: without user, password and options."""
        places = ",".join(f"{host}:{port}" for host, port in self.hosts)
        return f"{self.scheme}://{places}{self.path}"

    def __repr__(self) -> str:
        return f"Address({self.shown!r})"


def read_address(text: str) -> Address:
    """The parts of an address. Raises ``BadAddress`` with one sentence."""
    written = text.partition("://")[0].lower() if "://" in text else ""
    scheme = _SAME.get(written, written)
    if scheme not in EXAMPLES:
        raise BadAddress(f"must be an address such as {EXAMPLES['redis']}")
    if re.search(r"[\s\x00-\x1f\x7f]", text) or "#" in text:
        raise _bad(scheme, "must have no blanks and no #, which is %23 in a password")
    try:
        parts = urlsplit(text)
    except ValueError as fault:
        raise _bad(scheme, "has a host that cannot be read") from fault
    if "@" in parts.path + parts.query:
        raise _bad(scheme, "has an @ behind the host: in a password / is %2F, ? is %3F, @ is %40 and : is %3A")
    if ";" in text:
        raise _bad(scheme, "must name several hosts with commas, in one address")
    userinfo, _, places = parts.netloc.rpartition("@")
    found = Address(scheme, userinfo, _hosts(scheme, places), parts.path, _options(scheme, parts.query))
    _check_path(found)
    return found


def _hosts(scheme: str, places: str) -> tuple[tuple[str, int], ...]:
    if scheme in ("unix", "redis+socket"):
        if places:
            raise _bad(scheme, "must name a socket's path, which begins with / behind ://")
        return ()
    hosts = []
    for place in places.split(","):
        found = _HOST.fullmatch(place)
        if found is None or not 0 < int(found[2] or _PORTS[scheme]) < 65_536:  # noqa: PLR2004  ports end there
            raise _bad(scheme, "must name a host, and a port from 1 to 65535; in a password / is %2F and : is %3A")
        if not _is_name(found[1]):
            raise _bad(scheme, "must name a host without two dots in a row, whose parts have at most 63 characters")
        hosts.append((found[1], int(found[2] or _PORTS[scheme])))
    if len(hosts) > 1 and scheme not in _MANY:
        raise _bad(scheme, "must name one host: its name may resolve to several, and sentinel:// finds one that leads")
    return tuple(hosts)


def _is_name(host: str) -> bool:
    """Whether a host's name can be looked up at all: Python raises for any other, far from here."""
    try:
        host.encode("idna")
    except UnicodeError:
        return False
    return True


def _options(scheme: str, query: str) -> dict[str, str]:
    known = _OPTIONS[scheme]
    options = dict(parse_qsl(query, keep_blank_values=True))
    if not options.keys() <= set(known):
        raise _bad(scheme, f"may have the options {', '.join(known)} and no other" if known else "may have no options")
    if options.get("ssl_cert_reqs", "required") not in ("required", "CERT_REQUIRED"):
        raise _bad(scheme, "must not turn the certificate's check off: name your own authority with ssl_ca_certs")
    if any(name in options and not options[name] for name in TLS_FILES):
        raise _bad(scheme, "has an ssl_ option without a path")
    if options.get("tls", "1") not in ("1", "true", "yes"):
        raise _bad(scheme, "may say tls=1, or nothing of it")
    return options


def _check_path(address: Address) -> None:
    """A database is a number; a socket has a path; Sentinel wants the name of its service."""
    path, scheme = address.path, address.scheme
    number = r"(/[0-9]{0,5}/?)?"
    if scheme in ("redis", "rediss") and not re.fullmatch(number, path):
        raise _bad(scheme, "must end with the number of a database, or with nothing behind the host")
    if scheme == "sentinel" and not re.fullmatch(rf"/[^/]+{number}", path):
        raise _bad(scheme, "must name the service that the Sentinels watch, and perhaps a database")
    if scheme in ("unix", "redis+socket"):
        if len(path) < 2:  # noqa: PLR2004  more than the /
            raise _bad(scheme, "must name a socket's path, which begins with / behind ://")
        if not re.fullmatch(r"/?[0-9]{0,5}", address.options.get("db", address.options.get("virtual_host", ""))):
            raise _bad(scheme, "must have a number for its database")


def _bad(scheme: str, what: str) -> BadAddress:
    return BadAddress(f"{what}, such as {EXAMPLES[scheme]}")
