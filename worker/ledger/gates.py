"""What the tick does at each provider's gate, shard by shard; and what people do there, in all shards at once."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

import msgspec

from schemas.gate import CLOSED, GateNews
from schemas.outcome import Reason
from worker.errors import StoreFull
from worker.ledger.store.client import Store, text
from worker.ledger.store.shards import Shards
from worker.ledger.worker_facts import WorkerFacts, encode_facts
from worker.policy.plan import Plan

FULL_MS = 5_000
PAUSED_MS = 60_000
NOTHING_SAID = WorkerFacts()

_decode_news = msgspec.json.Decoder(GateNews).decode


@dataclass(frozen=True, slots=True)
class Woken:
    """What one tick found at a provider: lanes made ready, attempts lost, runners to call."""

    woken: int
    lost: int
    calls: int


class Gates:
    """The traffic control of all providers in one shard. Every method raises ``StoreUnreachable`` and is safe to
    repeat."""

    def __init__(self, shard: Store) -> None:
        self.shard = shard

    def tick(self, provider: str, limit: int, *, seen_ms: int | None = None) -> Woken:
        """Put back the lanes whose attempt was lost, wake what is due, and say how many runners to call.

        ``seen_ms`` is the store's clock as this round saw it: where it is another by now, nothing is put back.
        """
        seen = "" if seen_ms is None else seen_ms
        lost = len(self.shard.run("reap", provider, Reason.WORKER_LOST.value, seen))
        woken, calls = self.shard.run("wake", provider, limit)
        return Woken(woken=int(woken), lost=lost, calls=int(calls))

    def shift(self, jump_ms: int, plans: Iterable[Plan]) -> bool:
        """Move every lease, registration, due time and closing time by what the store's clock has jumped. False where
        another worker has."""
        leases = [part for plan in plans for part in (plan.provider, round(plan.lease_s * 1000))]
        return bool(self.shard.run("shift", jump_ms, *leases))

    def beat(self, worker: str, facts: WorkerFacts = NOTHING_SAID, *, even_ms: int | None = None) -> int:
        """Show that a worker is alive, and what it says of itself; one not heard of for an hour is forgotten. Gives the
        version of the provider table.

        ``even_ms`` is the store's clock at a look that found that it had not jumped, or whose jump was moved.
        """
        return int(self.shard.run("beat", worker, encode_facts(facts), *([] if even_ms is None else [even_ms])))

    def hasten(self, provider: str) -> bool:
        """Make the next probe due now. False where the provider is not held for its credentials."""
        return bool(self.shard.run("hasten", provider))

    def news(self) -> list[GateNews]:
        """What has changed at the gates and nobody has told yet, in order; from now on it counts as told. Of a gate
        that changes again and again six in ten minutes, and what they leave out in sum."""
        return [_decode_news(text) for text in self.shard.run("news")]

    def measure(self, cap_bytes: int = 2 * 1024**3) -> None:
        """Close the door while the store uses more memory than its cap: 80 % of maxmemory, or ``cap_bytes``.

        A store that has none left for the note accepts nothing either.
        """
        with suppress(StoreFull), self.shard.errors():
            memory = self.shard.client.info("memory")
            cap = memory["maxmemory"] * 0.8 or cap_bytes
            if memory["used_memory"] > cap:
                self.shard.client.set(self.shard.keys.key("full"), "memory_cap", px=FULL_MS)


def closed_for_ms(shard: Store, provider: str) -> int:
    """How long a gate is closed for yet in a shard, paused, held or tripped; a minute where a person is to resume it, 0
    where it is open."""
    with shard.errors():
        paused, *till = shard.client.hmget(
            shard.keys.key("gate", provider=provider), "paused", "held_until", "tripped", "wait_until"
        )
    if paused:
        return PAUSED_MS
    latest = max((float(text(one)) for one in till if one), default=0.0)
    return max(0, round(latest - shard.now_ms())) if latest else 0


def closed_by(shard: Store, provider: str) -> str:
    """What keeps a gate closed in a shard: ``paused``, ``held`` or ``tripped``; empty where it is open."""
    with shard.errors():
        told = shard.client.hmget(shard.keys.key("gate", provider=provider), CLOSED)
    return next((state for state, said in zip(CLOSED, told, strict=True) if said), "")


def pause_gate(store: Store, provider: str, *, who: str, why: str, at_ms: int, request: str = "") -> bool:
    """Let no lane of a provider through, in any shard, until a person resumes. False where nothing changed.

    Where a shard does not answer the others have done it when this raises ``StoreUnreachable``; it is safe to repeat.
    """
    told = json.dumps({"who": who, "why": why, "at": at_ms})
    return any(Shards(store).each(lambda shard: bool(shard.run("pause", provider, told, why, who, request))))


def resume_gate(store: Store, provider: str, *, who: str, why: str, request: str = "") -> bool:
    """Open the gate in every shard, whatever closed it: a pause, a hold or a breaker. False where it was open. Raises
    as ``pause_gate`` does."""
    return any(Shards(store).each(lambda shard: bool(shard.run("pause", provider, "", why, who, request))))
