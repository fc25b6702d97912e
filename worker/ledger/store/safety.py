"""Whether the store keeps what it is told, as a worker sees and says it."""

from __future__ import annotations

from worker.clock import Clock, uptime_s
from worker.ledger.store.client import Store
from worker.ledger.store.fitness import Fitness, fitness
from worker.log import get as get_logger

LOOK_S = 60.0

log = get_logger("ordercast.store")


class Safety:
    """Says what is unsafe about the store when that begins, and again when it changes. ``durability`` is what the
    configuration asks for."""

    def __init__(self, store: Store, durability: str, clock: Clock = uptime_s) -> None:
        self.store = store
        self.durability = durability
        self._clock = clock
        self._looked_s: float | None = None
        self._told: list[str] = []

    def look(self) -> None:
        """Once a minute. Raises ``StoreUnreachable``."""
        now_s = self._clock()
        if self._looked_s is not None and now_s - self._looked_s < LOOK_S:
            return
        dangers = dangers_of(fitness(self.store), self.durability)
        self._looked_s = now_s
        if dangers == self._told:
            return
        self._told = dangers
        if dangers:
            log.warning("store.unsafe", shard=self.store.number, message=" ".join(dangers))
        else:
            log.warning("store.secured", shard=self.store.number, message="The store keeps what it is told again.")


def dangers_of(found: Fitness, durability: str) -> list[str]:
    """What may be lost, a sentence each, beyond what the configuration puts up with."""
    dangers = []
    is_put_up_with = durability == "memory" and found.settings.get("appendonly") == "yes"
    if found.lost and not is_put_up_with:
        dangers.append(f"A crash of the store loses {found.lost}: {found.cure} there.")
    if found.is_cluster:
        dangers.append("The store is a node of a cluster: when its slots move, the ledger does not follow.")
    return dangers
