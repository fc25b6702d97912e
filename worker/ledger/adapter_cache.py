"""Short-lived things of adapters, shared by all processes: tokens, look-up tables."""

from __future__ import annotations

from contextlib import suppress
from typing import Protocol

from worker.errors import StoreFull, StoreUnreachable
from worker.ledger.store.client import Store


class _Near(Protocol):
    """A memory of this process."""

    def recall(self, name: str) -> str | None: ...

    def keep(self, name: str, value: str, ttl_s: float) -> None: ...

    def keep_first(self, name: str, value: str, ttl_s: float) -> str: ...

    def forget(self, name: str) -> None: ...


class AdapterCache:
    """Texts by name, each until its time is over: near first, then in the store.

    Open on purpose: where the store is away or full the near memory alone is used, since all of it can be made again.
    Another process may hold what this one has forgotten, until its own time for it is over.
    """

    def __init__(self, store: Store, near: _Near) -> None:
        self.store = store.shards[0]
        self.near = near

    def recall(self, name: str) -> str | None:
        return self.near.recall(name) or self._fetched(name)

    def keep(self, name: str, value: str, ttl_s: float) -> None:
        self.near.keep(name, value, ttl_s)
        with suppress(StoreUnreachable, StoreFull), self.store.errors():
            self.store.client.set(self._key(name), value, px=max(1, round(ttl_s * 1000)))

    def keep_first(self, name: str, value: str, ttl_s: float) -> str:
        """What is kept under the name: the value, unless any process has kept one before."""
        known = self.recall(name)
        if known is not None:
            return known
        with suppress(StoreUnreachable, StoreFull), self.store.errors():
            self.store.client.set(self._key(name), value, px=max(1, round(ttl_s * 1000)), nx=True)
        return self._fetched(name) or self.near.keep_first(name, value, ttl_s)

    def forget(self, name: str) -> None:
        """Forget what this process knew; what another one has kept in its place meanwhile stays, and is recalled."""
        known = self.near.recall(name)
        self.near.forget(name)
        with suppress(StoreUnreachable), self.store.errors():
            kept = self.store.client.get(self._key(name))
            if known is None or kept == known.encode():
                self.store.client.delete(self._key(name))

    def _fetched(self, name: str) -> str | None:
        with suppress(StoreUnreachable), self.store.errors(), self.store.client.pipeline(transaction=False) as pipe:
            pipe.get(self._key(name)).pttl(self._key(name))
            value, left_ms = pipe.execute()
            if value is None or left_ms <= 0:
                return None
            kept: str = value.decode()
            self.near.keep(name, kept, left_ms / 1000)
            return kept
        return None

    def _key(self, name: str) -> str:
        return self.store.keys.key("memory", slot=name)
