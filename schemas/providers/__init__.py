"""The kinds of provider: where each one's settings are described, and what holds where a configuration is silent.

A kind that comes from outside is an entry point of the group ``ordercast.providers``: its name is the kind, its object
the adapter class, which carries ``options_schema`` beside the class attributes of every adapter (``default_base_url``,
``default_rate``, ``default_max_in_flight``, ``is_log``).
"""

from __future__ import annotations

import traceback
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import PurePath
from typing import Any

import msgspec
from marshmallow import Schema

from schemas.config import Rate

ENTRY_POINT_GROUP = "ordercast.providers"


class KindBroken(Exception):
    """A kind from outside that cannot be loaded, or whose adapter is not as one has to be. Its text is a sentence that
    says where, and what to do; not in the fault's own words where it ``knew_secrets``, for they may be among them."""

    def __init__(
        self, kind: str, fault: BaseException, package: str = "its package", *, knew_secrets: bool = False
    ) -> None:
        self.kind = kind
        place = _place_of(fault)
        said = "" if knew_secrets else _words_of(fault)
        todo = f"Mend or reinstall {package}, and restart the workers."
        super().__init__(f"The kind {kind!r} cannot be used: {place}{f' ({said})' if said else ''}. {todo}")


class Defaults(msgspec.Struct, frozen=True):
    """What a kind takes where the configuration says nothing. ``base_url`` is None where every account has its own.

    ``is_log``: every event is wanted (``Provider.is_log``); the ledger, which asks no adapter, goes by this.
    ``is_asked``: its vendor can be asked for an order, as far as that is known without an account.
    """

    base_url: str | None = None
    rate: Rate | None = None
    max_in_flight: int = 8
    is_log: bool = False
    is_asked: bool = True


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
    "retargeting": Defaults(base_url="https://retargeting.biz/api/1.0", is_asked=False),
    "shopscript": Defaults(),
    "orderdesk": Defaults(
        base_url="https://app.orderdesk.me/api/v2", rate=Rate(per_second=3, burst=18), max_in_flight=3
    ),
    "openbizbox": Defaults(rate=Rate(per_second=2, burst=10)),
    "webhook": Defaults(is_log=True, is_asked=False),
}


def kinds() -> list[str]:
    """Every kind that a provider may have: ours in their written order, then those from outside."""
    outside = {entry.name for entry in entry_points(group=ENTRY_POINT_GROUP)}
    return [*OPTIONS, *sorted(outside - OPTIONS.keys())]


def options_schema(kind: str) -> type[Schema]:
    """The schema of a kind's own settings. Raises ``KeyError`` for a kind that nobody brought, ``KindBroken``."""
    if kind in OPTIONS:
        found: type[Schema] = getattr(import_module(f"schemas.providers.{kind}"), OPTIONS[kind])
        return found
    return _used(kind)[0]


def defaults(kind: str) -> Defaults:
    """What a kind takes where the configuration says nothing. Raises as ``options_schema`` does."""
    return DEFAULTS[kind] if kind in DEFAULTS else _used(kind)[1]


def outside(kind: str) -> Any:
    """The adapter class of a kind that comes from outside. Raises ``KeyError`` for a kind that nobody brought, and
    ``KindBroken`` whatever its module does when it is imported."""
    for entry in entry_points(group=ENTRY_POINT_GROUP, name=kind):
        try:
            return entry.load()
        except (Exception, SystemExit) as fault:
            raise KindBroken(kind, fault, _package(entry)) from fault
    raise KeyError(kind)


def _used(kind: str) -> tuple[type[Schema], Defaults]:
    """What the configuration reads of an adapter from outside."""
    adapter = outside(kind)
    try:
        schema: type[Schema] = adapter.options_schema
        schema()
        rate = adapter.default_rate
        return schema, Defaults(
            base_url=adapter.default_base_url,
            rate=Rate(per_second=rate[0], burst=rate[1]) if rate else None,
            max_in_flight=adapter.default_max_in_flight,
            is_log=adapter.is_log,
        )
    except Exception as fault:
        raise KindBroken(kind, fault) from fault


def _package(entry: EntryPoint) -> str:
    found = getattr(entry, "dist", None)
    return f"its package ({found.name} {found.version})" if found else "its package"


def _place_of(fault: BaseException) -> str:
    """``SyntaxError in box.py line 3``."""
    if isinstance(fault, SyntaxError):
        file, line = fault.filename, fault.lineno
    else:
        frames = [one for one in traceback.extract_tb(fault.__traceback__) if not one.filename.startswith("<")]
        file, line = (frames[-1].filename, frames[-1].lineno) if frames else (None, None)
    return type(fault).__name__ + (f" in {PurePath(file).name} line {line}" if file else "")


def _words_of(fault: BaseException) -> str:
    return fault.msg if isinstance(fault, SyntaxError) else str(fault)[:200]
