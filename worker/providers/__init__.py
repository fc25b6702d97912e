"""The kinds of provider that can be configured: the written list, and those that come from outside by entry point."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module

from schemas.config import ProviderConfig
from schemas.providers import KindBroken, outside
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
    """The adapter class of a kind. Raises ``KeyError`` for a kind that nobody brought, ``KindBroken``."""
    if kind in KINDS:
        found: type[Provider] = getattr(import_module(f"worker.providers.{kind}"), KINDS[kind])
        return found
    brought: type[Provider] = outside(kind)
    return brought


def make_provider(config: ProviderConfig, memory: Memory) -> Provider:
    """The configured account, ready to say what an event comes to at it. Raises ``KindBroken`` where its kind comes
    from outside, and cannot be loaded or makes no account of this configuration."""
    made = adapter(config.kind)
    if config.kind in KINDS:
        return made(config, memory)
    try:
        account = made(config, memory)
        account.test()  # asked of every account, by a worker that starts
    except Exception as fault:
        raise KindBroken(config.kind, fault, knew_secrets=True) from fault
    return account


def make_providers(configs: Iterable[ProviderConfig], memory: Memory) -> tuple[dict[str, Provider], dict[str, str]]:
    """The accounts by their names; and of those whose kind is broken, or whose secrets cannot be read, the sentence
    that says why."""
    made, broken = {}, {}
    for config in configs:
        if config.locked:
            broken[config.name] = f"{config.locked}."
            continue
        try:
            made[config.name] = make_provider(config, memory)
        except KindBroken as fault:
            broken[config.name] = str(fault)
    return made, broken
