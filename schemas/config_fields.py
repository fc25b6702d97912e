"""The field types of ordercast.toml. As in ``fields``, an error is a sentence and does not repeat the value."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from ipaddress import ip_address
from math import isfinite
from typing import Any
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo

from marshmallow import ValidationError

from schemas.address import EXAMPLES, BadAddress, read_address
from schemas.event import EventType
from schemas.fields import OneOf, Plain
from schemas.principal import PERSONAL, Role


class CountField(Plain[int]):
    """A whole number from ``least`` on."""

    def __init__(self, least: int = 1, **options: Any) -> None:
        super().__init__(**options)
        self.least = least

    def read(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < self.least:
            raise ValidationError(f"must be a whole number from {self.least} on")
        return value


class Measure(Plain[float]):
    """A number, whole or not, from ``least`` on; above zero where there is no ``least``."""

    def __init__(self, least: float | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.least = least

    def read(self, value: Any) -> float:
        says = "above 0" if self.least is None else f"from {self.least:g} on"
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            raise ValidationError(f"must be a number {says}")
        if value < self.least if self.least is not None else value <= 0:
            raise ValidationError(f"must be a number {says}")
        return value


class Patterns(Plain[tuple[str, ...]]):
    """A list of texts, in which ``*`` stands for any text; at least one."""

    def read(self, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not value or not all(isinstance(text, str) and text for text in value):
            raise ValidationError('must be a list of texts, such as ["shop/*"]')
        return tuple(value)


class EventPatterns(Patterns):
    """Patterns of event types, of which each matches one at least."""

    def read(self, value: Any) -> tuple[str, ...]:
        patterns = super().read(value)
        if not all(any(fnmatchcase(kind, pattern) for kind in EventType) for pattern in patterns):
            raise ValidationError(f"must match kinds of event, which are {', '.join(EventType)}")
        return patterns


class OrderKey(Plain[str]):
    """How our order is named at a provider: a text with ``{number}`` in it, perhaps ``{source}``."""

    def read(self, value: Any) -> str:
        if not isinstance(value, str) or "{number}" not in value:
            raise ValidationError("must be a text with {number} in it")
        if re.search(r"[{}]", value.replace("{number}", "").replace("{source}", "")):
            raise ValidationError("may use {number} and {source}, and no other braces")
        return value


class ServerUrl(Plain[str]):
    """The address of a server, of one of these schemes; the first one is the example."""

    def __init__(self, *schemes: str, **options: Any) -> None:
        super().__init__(**options)
        self.schemes = schemes

    def read(self, value: Any) -> str:
        try:
            address = read_address(value if isinstance(value, str) else "")
        except BadAddress as fault:
            raise ValidationError(str(fault)) from fault
        if address.scheme not in self.schemes:
            known = ", ".join(f"{scheme}://" for scheme in self.schemes)
            raise ValidationError(f"must be an address that starts with {known}, such as {EXAMPLES[self.schemes[0]]}")
        return str(value)


class ServerUrls(Plain[tuple[str, ...]]):
    """A list of such addresses; as one text, with blanks between them."""

    def __init__(self, *schemes: str, **options: Any) -> None:
        super().__init__(**options)
        self.inner = ServerUrl(*schemes)

    def read(self, value: Any) -> tuple[str, ...]:
        addresses = value.split() if isinstance(value, str) else value
        if not isinstance(addresses, list):
            raise ValidationError(f'must be a list of addresses, such as ["{EXAMPLES[self.inner.schemes[0]]}"]')
        return tuple(self.inner.read(address) for address in addresses)


class TimeZone(Plain[str]):
    """The name of a time zone that this machine has."""

    def read(self, value: Any) -> str:
        try:
            return ZoneInfo(value if isinstance(value, str) else "").key
        except (OSError, ValueError, LookupError) as cause:
            raise ValidationError("must be a time zone of the tz database, such as Europe/Copenhagen") from cause


class WordsField(Plain[tuple[str, ...]]):
    """A text without blanks, or a list of them; as one text, with blanks between them."""

    def __init__(self, example: str, **options: Any) -> None:
        super().__init__(**options)
        self.example = example

    def read(self, value: Any) -> tuple[str, ...]:
        words = value.split() if isinstance(value, str) else value
        if not isinstance(words, list) or not all(isinstance(word, str) and word.split() == [word] for word in words):
            raise ValidationError(f'must be a text without blanks, such as "{self.example}", or a list of such texts')
        return tuple(words)


class ListenAt(Plain[str]):
    """Where the embedded store listens: an address of this machine that no other can reach, and a port."""

    def read(self, value: Any) -> str:
        if value == "off":
            return "off"
        parts = split_url(f"//{value}") if isinstance(value, str) else None
        if parts is None or not parts.hostname or parts.port is None or re.search(r"[\s@/?#]", value):
            raise ValidationError('must be "127.0.0.1:PORT", where port 0 is any free one, or "off"')
        if not is_loopback(parts.hostname) or parts.hostname.endswith("localhost"):
            raise ValidationError(
                'must be an address that only this machine reaches, such as "127.0.0.1:6390"; for producers on other'
                " machines run a Valkey of your own and name it as [store] url"
            )
        return str(value)


class RoleField(OneOf):
    """What a person may do at the desk."""

    def __init__(self, **options: Any) -> None:
        super().__init__(PERSONAL, **options)

    def read(self, value: Any) -> Role:
        return Role(super().read(value))


class BaseUrl(Plain[str]):
    """A provider's address: http or https, a host, no credentials and no fragment."""

    def read(self, value: Any) -> str:
        parts = split_url(value) if isinstance(value, str) else None
        if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValidationError("must be an address that starts with https://")
        if parts.username is not None or parts.password is not None:
            raise ValidationError("must not carry credentials: they have settings of their own")
        if parts.fragment or re.search(r"[\s\x00-\x1f\x7f]", value):
            raise ValidationError("must have no # and no blanks")
        return str(value)


def split_url(text: str) -> SplitResult | None:
    """The parts of an address, None where it cannot be read as one."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return None
    return parts


def is_loopback(host: str) -> bool:
    """Whether a host is this very machine, as far as its name tells."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
