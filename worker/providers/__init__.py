"""The kinds of provider that can be configured: the written list, and those that come from outside by entry point."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points

from schemas.config import ProviderConfig
from schemas.providers import ENTRY_POINT_GROUP
from worker.providers.base import Memory, Provider

KINDS = {
    "retargeting": "Retargeting",
    "shopscript": "ShopScript",
    "orderdesk": "OrderDesk",
    "openbizbox": "OpenBizBox",
    "webhook": "Webhook",
}
"""Each kind's adapter class in ``worker.providers.<kind>``."""


def adapter(kind: str) -> type[Provider]:
    """The adapter class of a kind. Raises ``KeyError`` for a kind that nobody brought."""
    if kind in KINDS:
        found: type[Provider] = getattr(import_module(f"worker.providers.{kind}"), KINDS[kind])
        return found
    for entry in entry_points(group=ENTRY_POINT_GROUP, name=kind):
        outside: type[Provider] = entry.load()
        return outside
    raise KeyError(kind)


def make_provider(config: ProviderConfig, memory: Memory) -> Provider:
    """The configured account, ready to say what an event comes to at it."""
    return adapter(config.kind)(config, memory)
