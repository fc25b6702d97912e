"""How one shard of the ledger stands: counts, gates, workers and the store itself."""

from __future__ import annotations

import json
from typing import Any

from schemas.delivery import State
from schemas.outcome import Reason
from worker.ledger.provider_rows import Row, read_table
from worker.ledger.queries.status import (
    GateView,
    IntakeRow,
    ProviderRow,
    Status,
    StoreRefusal,
    StoreRow,
    WorkerRow,
)
from worker.ledger.store.client import Store, shown, text
from worker.ledger.store.fitness import lost, settings_of
from worker.ledger.store.instants import instant
from worker.ledger.worker_facts import decode_facts

PAGE, LOOKED_THROUGH = 500, 5_000


def read_shard(shard: Store, intake_queue: str, *, embedded: bool = False) -> Status:
    """How one shard stands, in a few round trips. Raises ``StoreUnreachable``."""
    key, client = shard.keys.key, shard.client
    rows = [row for row in read_table(shard).rows if not row.gone or _has_any(shard, row)]
    now_ms = shard.now_ms()
    with shard.errors():
        beats = client.zrange(key("workers"), 0, -1, withscores=True)
        told = client.hgetall(key("worker_facts"))
        letterbox = bool(client.exists(key("reader", queue=intake_queue)))
        refusals = int(client.zcard(key("refusals")))
    workers = [_worker(name, round((now_ms - beat) / 1000, 1), told.get(name, b"{}")) for name, beat in beats]
    providers = [_provider(shard, row, now_ms) for row in rows]
    return Status(_store(shard, embedded=embedded), workers, IntakeRow(letterbox, refusals), providers)


def durability_of(shard: Store) -> str:
    """``disk`` where an answer means that it is on disk, else what is at risk."""
    settings = settings_of(shard)
    if not settings:
        return "unknown (it does not show its settings)"
    at_risk = lost(settings).removesuffix(" of accepted events")
    return f"memory ({at_risk} at risk)" if at_risk else "disk"


def refusal_of(shard: Store) -> StoreRefusal | None:
    """What a store refuses, if it does. Raises ``StoreUnreachable`` where it does not answer."""
    error = shard.refusal()
    if error is None:
        return None
    word: str = getattr(error, "word", "")
    if not word:
        raise error
    return StoreRefusal(word, str(error), shard.number)


def _has_any(shard: Store, row: Row) -> bool:
    with shard.errors():
        return bool(shard.client.zcard(shard.keys.key("open", provider=row.name)))


def _oldest_waiting(shard: Store, provider: str) -> list[tuple[bytes, float]]:
    """The oldest delivery that is no dead letter, and when it was accepted, among the oldest few thousand."""
    key, client = shard.keys.key, shard.client
    with shard.errors():
        for start in range(0, LOOKED_THROUGH, PAGE):
            page = client.zrange(key("open", provider=provider), start, start + PAGE - 1, withscores=True)
            if not page:
                return []
            died = client.zmscore(key("dead", provider=provider), [seq for seq, _ in page])
            if alive := [one for one, at in zip(page, died, strict=True) if at is None]:
                return alive[:1]
    return []


def _store(shard: Store, *, embedded: bool) -> StoreRow:
    with shard.errors():
        memory = int(shard.client.info("memory")["used_memory"])
    return StoreRow(shown(shard.url), embedded, durability_of(shard), memory, refusal_of(shard))


def _provider(shard: Store, row: Row, now_ms: int) -> ProviderRow:
    key = shard.keys.key
    with shard.errors(), shard.client.pipeline(transaction=False) as pipe:
        pipe.hgetall(key("counts", provider=row.name))
        pipe.hgetall(key("gate", provider=row.name))
        pipe.hlen(key("claims", provider=row.name))
        pipe.zrange(key("open", provider=row.name), 0, 0, withscores=True)
        pipe.zcard(key("open", provider=row.name))
        pipe.zcard(key("dead", provider=row.name))
        counts, gate, in_flight, oldest, still_open, dead = pipe.execute()
    counted = {text(state): int(count) for state, count in counts.items()} | {"attempting": in_flight, "dead": dead}
    ended = sum(counted.get(state, 0) for state in ("skipped", "superseded", "discarded"))
    counted["delivered"] = counted.pop("accepted", 0) - still_open - ended
    counted["pending"] = still_open - dead - in_flight - counted.get("parked", 0)
    told = {text(name): text(value) for name, value in gate.items()}
    limit = min([row.limit, *(int(told[name]) for name in ("limit", "lent") if name in told)])
    return ProviderRow(
        provider=row.name,
        kind=row.kind,
        in_flight=in_flight,
        limit=limit,
        oldest_undelivered_s=_age_s(oldest, now_ms),
        oldest_waiting_s=_age_s(_oldest_waiting(shard, row.name) if dead else oldest, now_ms),
        removed=row.gone,
        gate=_gate(told, limit, row.limit, now_ms),
        **{state.value: counted.get(state.value, 0) for state in State},
    )


def _age_s(oldest: list[tuple[bytes, float]], now_ms: int) -> float | None:
    return round((now_ms - oldest[0][1]) / 1000, 1) if oldest else None


def _worker(name: bytes, beat_age_s: float, told: bytes) -> WorkerRow:
    facts = decode_facts(told)
    return WorkerRow(text(name), beat_age_s, facts.release, facts.table, facts.restarts, facts.failing, facts.leaves)


def _gate(told: dict[str, Any], limit: int, most: int, now_ms: int) -> GateView:
    said = _said(told)
    if "paused" in told:
        by = json.loads(told["paused"])
        return GateView("paused", by["why"], None, since=_since(told, by.get("at")), who=by.get("who"), **said)
    closed = [(state, told[at]) for state, at in (("held", "held_until"), ("tripped", "tripped")) if state in told]
    if closed:
        [state, till_ms], *_ = closed
        why, till = told.get("held", Reason.TROUBLE.value), instant(till_ms)
        probe = till if float(till_ms) > now_ms else None
        return GateView(state, why, till, since=_since(told), next_probe_at=probe, **said)
    if now_ms < float(told.get("wait_until", 0)):
        return GateView("limited", "throttled", instant(float(told["wait_until"])), **said)
    return GateView("limited" if limit < most else "open", None, None, **said)


def _since(told: dict[str, Any], at_ms: int | None = None) -> str | None:
    """When a gate closed: a pause by its own time, for it may have been closed before."""
    closed = at_ms or told.get("closed_at")
    return instant(closed) if closed else None


def _said(told: dict[str, Any]) -> dict[str, Any]:
    """The provider's last bad answer and its last good one, as ``GateView`` names them."""
    said: dict[str, Any] = {"last_ok_at": instant(told["ok_at"]) if "ok_at" in told else None}
    if "answer" in told:
        at_ms, _, reason, http_status, message = json.loads(told["answer"])
        said |= {"last_message": message, "last_reason": reason, "last_http_status": http_status}
        said["last_at"] = instant(at_ms)
    return said
