"""The kinds of provider: where each one's settings are described, and what holds where a configuration is silent.

A kind that comes from outside is an entry point of the group ``ordercast.providers``: its name is the kind, its object
the adapter class, which carries ``options_schema`` beside the class attributes of every adapter (``default_base_url``,
``default_rate``, ``default_max_in_flight``, ``is_log``).
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

import msgspec
from marshmallow import Schema

from schemas.config import Rate

ENTRY_POINT_GROUP = "ordercast.providers"


class Defaults(msgspec.Struct, frozen=True):
    """What a kind takes where the configuration says nothing. ``base_url`` is None where every account has its own.

    ``is_log``: every event is wanted (``Provider.is_log``); the ledger, which asks no adapter, goes by this.
    """

    base_url: str | None = None
    rate: Rate | None = None
    max_in_flight: int = 8
    is_log: bool = False


OPTIONS = {
    "retargeting": "RetargetingOptionsSchema",
    "shopscript": "ShopScriptOptionsSchema",
    "orderdesk": "OrderDeskOptionsSchema",
    "openbizbox": "OpenBizBoxOptionsSchema",
    "webhook": "WebhookOptionsSchema",
}
"""The kinds that come along, and the name of each one's schema in ``schemas.providers.<kind>``. Names, not classes:
a process loads the kinds that its configuration uses, and no other."""

DEFAULTS = {
    "retargeting": Defaults(base_url="https://retargeting.biz/api/1.0"),
    "shopscript": Defaults(),
    "orderdesk": Defaults(
        base_url="https://app.orderdesk.me/api/v2", rate=Rate(per_second=3, burst=18), max_in_flight=3
    ),
    "openbizbox": Defaults(rate=Rate(per_second=2, burst=10)),
    "webhook": Defaults(is_log=True),
}


def kinds() -> list[str]:
    """Every kind that a provider may have: ours in their written order, then those from outside."""
    outside = {entry.name for entry in entry_points(group=ENTRY_POINT_GROUP)}
    return [*OPTIONS, *sorted(outside - OPTIONS.keys())]


def options_schema(kind: str) -> type[Schema]:
    """The schema of a kind's own settings. Raises ``KeyError`` for a kind that nobody brought."""
    if kind in OPTIONS:
        found: type[Schema] = getattr(import_module(f"schemas.providers.{kind}"), OPTIONS[kind])
        return found
    outside: type[Schema] = _outside(kind).options_schema
    return outside


def defaults(kind: str) -> Defaults:
    """What a kind takes where the configuration says nothing. Raises ``KeyError`` for a kind that nobody brought."""
    if kind in DEFAULTS:
        return DEFAULTS[kind]
    adapter = _outside(kind)
    rate = adapter.default_rate
    return Defaults(
        base_url=adapter.default_base_url,
        rate=Rate(per_second=rate[0], burst=rate[1]) if rate else None,
        max_in_flight=adapter.default_max_in_flight,
        is_log=adapter.is_log,
    )


def _outside(kind: str) -> Any:
    for entry in entry_points(group=ENTRY_POINT_GROUP, name=kind):
        return entry.load()
    raise KeyError(kind)
