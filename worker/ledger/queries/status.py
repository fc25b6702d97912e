"""The board: counts, gates, workers and the store itself, as ``status`` shows them."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from schemas.delivery import State
from schemas.outcome import Reason
from worker.ledger.provider_rows import Row, read_table
from worker.ledger.store.client import Store, shown, text
from worker.ledger.store.fitness import lost, settings_of
from worker.ledger.store.instants import instant
from worker.ledger.worker_facts import decode_facts

PAGE, LOOKED_THROUGH = 500, 5_000


class GateView(msgspec.Struct, frozen=True):
    """A gate as people see it: open, limited (below max_in_flight, or ``throttled`` by the provider), tripped, held or
    paused, and until when. ``next_probe_at`` is when a tripped or held one is tried next, ``None`` where that time has
    come and it is tried with the next order that is due.

    ``since`` is when it closed, and ``who`` paused it. ``last_…`` is the provider's last bad answer, scrubbed: where
    the gate is not open, what it is not open for; ``last_ok_at`` is when it last gave a good one, to the second.
    """

    state: str
    reason: str | None
    until: str | None
    since: str | None = None
    who: str | None = None
    next_probe_at: str | None = None
    last_message: str | None = None
    last_reason: str | None = None
    last_http_status: int | None = None
    last_at: str | None = None
    last_ok_at: str | None = None


class ProviderRow(msgspec.Struct, frozen=True):
    """``oldest_undelivered_s`` counts dead letters too, ``oldest_waiting_s`` only what will still be tried: ``None``
    also where it is behind so many dead letters that nobody looked. One that was ``removed`` is shown as long as it has
    deliveries that are not final."""

    provider: str
    kind: str
    delivered: int
    skipped: int
    superseded: int
    pending: int
    attempting: int
    parked: int
    dead: int
    discarded: int
    in_flight: int
    limit: int
    oldest_undelivered_s: float | None
    gate: GateView
    oldest_waiting_s: float | None = None
    removed: bool = False

    @property
    def waiting(self) -> int:
        """How many wait for their first try or their next; dead letters wait for a person, and do not count."""
        return self.pending + self.parked


class WorkerRow(msgspec.Struct, frozen=True):
    """A worker by its last beat, and what it said of itself (see ``facts``)."""

    name: str
    beat_age_s: float
    release: str = ""
    table: int = 0
    restarts: int = 0
    failing: tuple[str, ...] = ()
    leaves: dict[str, str] = {}


class StoreRefusal(msgspec.Struct, frozen=True):
    """Why a store takes nothing at present. ``word`` is the server's own, ``OOM`` where it is full."""

    word: str
    message: str
    shard: int = 0

    @property
    def stops_workers(self) -> bool:
        """Whether workers can do nothing, and not say either that they are there; at a full store they deliver on."""
        return self.word != "OOM" and not self.shard

    @property
    def sentence(self) -> str:
        """What it means for the ledger, and what to do: to be said before anything else."""
        of = " at a shard" if self.shard else ""  # the message names it
        return f"{'Nothing is accepted' if self.word == 'OOM' else 'Nothing goes on'}{of}: {self.message}"


def refusal_of(store: Store, shard: int = 0) -> StoreRefusal | None:
    """What a store refuses, if it does. Raises ``StoreUnreachable`` where it does not answer."""
    error = store.refusal()
    if error is None:
        return None
    word: str = getattr(error, "word", "")
    if not word:
        raise error
    return StoreRefusal(word, str(error), shard)


class StoreRow(msgspec.Struct, frozen=True):
    """``durability`` is ``disk``, or what is at risk."""

    url: str
    embedded: bool
    durability: str
    memory_bytes: int
    refusal: StoreRefusal | None = None


class IntakeRow(msgspec.Struct, frozen=True):
    """``letterbox`` is True where somebody reads the intake queue. ``queued`` counts the messages that wait in it, and
    ``oldest_s`` is how long the first of them has waited, as far as somebody saw it; both ``None`` where the broker
    cannot be asked, of which ``away`` says why. ``unread_lists`` are queues with calls of ours that nobody reads."""

    letterbox: bool
    refusals: int
    queued: int | None = None
    oldest_s: float | None = None
    unread_lists: tuple[str, ...] = ()
    away: str | None = None


class ShardRow(msgspec.Struct, frozen=True):
    """One store of a ledger that is split; nothing is known of one that does not answer, but ``away``: why."""

    shard: int
    url: str
    answers: bool
    durability: str | None = None
    memory_bytes: int | None = None
    away: str | None = None


class Status(msgspec.Struct, frozen=True):
    """``shards`` are there where the ledger is split."""

    store: StoreRow
    workers: list[WorkerRow]
    intake: IntakeRow
    providers: list[ProviderRow]
    shards: list[ShardRow] | msgspec.UnsetType = msgspec.UNSET


class Board:
    """Reads the whole board in a few round trips. Raises ``StoreUnreachable``."""

    def __init__(self, store: Store, *, embedded: bool = False) -> None:
        self.store = store
        self.embedded = embedded

    def status(self, intake_queue: str) -> Status:
        key, client = self.store.keys.key, self.store.client
        rows = [row for row in read_table(self.store).rows if not row.gone or self._has_any(row)]
        now_ms = self.store.now_ms()
        with self.store.errors():
            beats = client.zrange(key("workers"), 0, -1, withscores=True)
            told = client.hgetall(key("worker_facts"))
            letterbox = bool(client.exists(key("reader", queue=intake_queue)))
            refusals = int(client.zcard(key("refusals")))
        workers = [_worker(name, round((now_ms - beat) / 1000, 1), told.get(name, b"{}")) for name, beat in beats]
        providers = [self._provider(row, now_ms) for row in rows]
        return Status(self._store(), workers, IntakeRow(letterbox, refusals), providers)

    def durability(self) -> str:
        """``disk`` where an answer means that it is on disk, else what is at risk."""
        settings = settings_of(self.store)
        if not settings:
            return "unknown (it does not show its settings)"
        at_risk = lost(settings).removesuffix(" of accepted events")
        return f"memory ({at_risk} at risk)" if at_risk else "disk"

    def _has_any(self, row: Row) -> bool:
        with self.store.errors():
            return bool(self.store.client.zcard(self.store.keys.key("open", provider=row.name)))

    def _oldest_waiting(self, provider: str) -> list[tuple[bytes, float]]:
        """The oldest delivery that is no dead letter, and when it was accepted, among the oldest few thousand."""
        key, client = self.store.keys.key, self.store.client
        with self.store.errors():
            for start in range(0, LOOKED_THROUGH, PAGE):
                page = client.zrange(key("open", provider=provider), start, start + PAGE - 1, withscores=True)
                if not page:
                    return []
                died = client.zmscore(key("dead", provider=provider), [seq for seq, _ in page])
                if alive := [one for one, at in zip(page, died, strict=True) if at is None]:
                    return alive[:1]
        return []

    def _store(self) -> StoreRow:
        with self.store.errors():
            memory = int(self.store.client.info("memory")["used_memory"])
        shard = self.store.number
        return StoreRow(shown(self.store.url), self.embedded, self.durability(), memory, refusal_of(self.store, shard))

    def _provider(self, row: Row, now_ms: int) -> ProviderRow:
        key = self.store.keys.key
        with self.store.errors(), self.store.client.pipeline(transaction=False) as pipe:
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
            oldest_waiting_s=_age_s(self._oldest_waiting(row.name) if dead else oldest, now_ms),
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
