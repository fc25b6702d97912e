"""How Order Desk reads what it is sent and writes what it shows: PHP's way with texts, numbers and maps.

Source: the answers on the vendor's pages "Orders" and "Order Items" (2018-04-30).
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

Json = dict[str, Any]


class Refused(Exception):
    """The vendor does no such thing. Its text is the vendor's message."""


def utc_text(at: float) -> str:
    """A second as the vendor writes it, in UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")


def amount(value: object) -> Decimal:
    """A number, sent as number or text; what is none is 0, as PHP has it."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return Decimal(0)
    return number if number.is_finite() else Decimal(0)


def as_sent(value: object) -> Decimal | str:
    """An amount, a text where it came as one: the pages show a price both as ``"10"`` and as 19."""
    return value if isinstance(value, str) and value == f"{amount(value):f}" else amount(value)


def text(value: object) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value)


def json_map(value: object) -> Json:
    """A map; a list is one by place, as PHP reads it."""
    if isinstance(value, list):
        return {str(place): entry for place, entry in enumerate(value)}
    return dict(value) if isinstance(value, dict) else {}


def objects(value: object) -> list[Json]:
    """The objects of a list, or of a map by whatever name."""
    return [part for part in json_map(value).values() if isinstance(part, dict)]


def plain(value: Any) -> Any:
    """As PHP writes it: an empty map is ``[]``, a decimal is a number."""
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()} or []
    if isinstance(value, list):
        return [plain(part) for part in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
