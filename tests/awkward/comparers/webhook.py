"""A webhook's receiver beside the event. Source: docs/fields/webhook.md: the order as accepted, its totals complete."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from tests.awkward.differences import Difference
from tests.awkward.sums import Json, sums_of

_FINE = Decimal("0.0000001")


def differences(event: Json, held: Json) -> Iterator[Difference]:
    order = event["data"]["order"]
    if (held["source"], held["key"]) != (event["source"], event["subject"]):
        yield Difference("key", f"key: {held['source']} {held['key']!r} is held")
    wanted = order | {"totals": sums_of(order).__dict__}
    yield from _apart(wanted, held["order"], "order")


def _apart(wanted: Any, held: Any, path: str) -> Iterator[Difference]:
    if isinstance(wanted, dict) and isinstance(held, dict):
        for name in sorted(wanted.keys() | held.keys()):
            yield from _apart(wanted.get(name), held.get(name), f"{path}.{name}")
    elif isinstance(wanted, list) and isinstance(held, list) and len(wanted) == len(held):
        for place, (ours, theirs) in enumerate(zip(wanted, held, strict=True)):
            yield from _apart(ours, theirs, f"{path}.{place}")
    elif not _is_same(wanted, held):
        yield Difference("body", f"{path}: {held!r} is held, not {wanted!r}", sums=None)


def _is_same(wanted: Any, held: Any) -> bool:
    """Equal, or equal as amounts: one may be written with more zeros. What is left out is empty, false or zero."""
    if wanted == held or (not wanted and not held):
        return True
    try:
        return abs(Decimal(str(wanted or 0)) - Decimal(str(held or 0))) <= _FINE
    except InvalidOperation:
        return False
