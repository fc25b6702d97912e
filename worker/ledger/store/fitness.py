"""What the store's server is, and how it is set: whether it keeps what a ledger needs kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from worker.errors import StoreUnreachable
from worker.ledger.store.client import Store, text

LEAST = {"redis": (7, 0), "valkey": (7, 2)}
SETTINGS = ("appendonly", "appendfsync", "maxmemory-policy", "save")
NOT_SHOWN = ("ERR", "NOPERM")


class Fitness(msgspec.Struct, frozen=True):
    """A server and its settings; ``settings`` is empty where it does not show them. ``sources`` are all that ever sent
    an event, none where the server does not say."""

    server: str
    version: str
    settings: dict[str, str]
    sources: list[str]
    is_replica: bool = False
    is_cluster: bool = False

    @property
    def is_recent(self) -> bool:
        parts = tuple(int(part) for part in self.version.split(".")[:2] if part.isdecimal())
        return parts >= LEAST[self.server]

    @property
    def is_on_disk(self) -> bool:
        """Whether an answer means that it is on disk."""
        return bool(self.settings) and not self.lost

    @property
    def lost(self) -> str:
        """What a crash of the server loses, in words; empty where it loses nothing, or nobody can tell."""
        return lost(self.settings)

    @property
    def keeps_nothing(self) -> bool:
        """Whether nothing at all is ever written to its disk."""
        return self.lost == EVERYTHING

    @property
    def cure(self) -> str:
        """What to set, so that a crash loses nothing."""
        is_appended = self.settings.get("appendonly") == "yes"
        return "set appendfsync always" if is_appended else "set appendonly yes and appendfsync always"


EVERYTHING = "everything"


def lost(settings: Mapping[str, str]) -> str:
    """What a crash of a server with these settings loses; empty where it loses nothing, or none are known."""
    if not settings:
        return ""
    if settings.get("appendonly") != "yes":
        return EVERYTHING if settings.get("save") == "" else "everything since the last snapshot"
    return "" if settings.get("appendfsync") == "always" else "up to 1 s of accepted events"


def settings_of(store: Store) -> dict[str, str]:
    """The server's settings that matter to a ledger; none where it does not show them, as a rented one may not. Raises
    ``StoreUnreachable``."""
    try:
        with store.errors():
            shown: dict[str, str] = store.client.config_get(*SETTINGS)
            return shown
    except StoreUnreachable as error:
        if error.word not in NOT_SHOWN:
            raise
        return {}


def fitness(store: Store) -> Fitness:
    """How fit the store is. Raises ``StoreUnreachable``."""
    with store.errors():
        told: dict[str, Any] = {**store.client.info("server"), **store.client.info("replication")}
        told |= store.client.info("cluster")
    server = "valkey" if told.get("server_name") == "valkey" or "valkey_version" in told else "redis"
    return Fitness(
        server,
        str(told.get(f"{server}_version", "0")),
        settings_of(store),
        _sources(store),
        is_replica=told.get("role") == "slave",
        is_cluster=told.get("cluster_enabled") == 1,
    )


def _sources(store: Store) -> list[str]:
    try:
        with store.errors():
            return sorted(text(source) for source in store.client.smembers(store.keys.key("sources")))
    except StoreUnreachable as error:
        if not error.word:
            raise
        return []
