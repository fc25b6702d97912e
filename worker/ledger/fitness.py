"""What the store's server is, and how it is set: whether it keeps what a ledger needs kept."""

from __future__ import annotations

from typing import Any

import msgspec
from redis.exceptions import ResponseError

from worker.ledger.connection import Store, text

LEAST = {"redis": (7, 0), "valkey": (7, 2)}
SETTINGS = ("appendonly", "appendfsync", "maxmemory-policy")


class Fitness(msgspec.Struct, frozen=True):
    """A server and its settings; ``settings`` is empty where it does not show them. ``sources`` are all that ever sent
    an event."""

    server: str
    version: str
    settings: dict[str, str]
    sources: list[str]

    @property
    def is_recent(self) -> bool:
        parts = tuple(int(part) for part in self.version.split(".")[:2] if part.isdecimal())
        return parts >= LEAST[self.server]

    @property
    def is_on_disk(self) -> bool:
        """Whether an answer means that it is on disk."""
        return self.settings.get("appendonly") == "yes" and self.settings.get("appendfsync") == "always"


def fitness(store: Store) -> Fitness:
    """How fit the store is. Raises ``StoreUnreachable``."""
    with store.errors():
        told: dict[str, Any] = store.client.info("server")
        sources = sorted(text(source) for source in store.client.smembers(store.keys.key("sources")))
        try:
            settings: dict[str, str] = store.client.config_get(*SETTINGS)
        except ResponseError:
            settings = {}  # a rented server may not show them
    server = "valkey" if told.get("server_name") == "valkey" or "valkey_version" in told else "redis"
    return Fitness(server, str(told.get(f"{server}_version", "0")), settings, sources)
