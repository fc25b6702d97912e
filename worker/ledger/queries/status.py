"""What the status of the ledger is made of: counts, gates, workers and the stores themselves."""

from __future__ import annotations

import msgspec


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


class ScheduleRow(msgspec.Struct, frozen=True):
    """The reconciliations of a provider that are begun on a schedule: when the last one was begun, and for what the
    next one ``waits``, where it is due: ``paused``, ``held``, ``tripped``, ``job j12``, ``shard_away``, ``not_asked``.

    ``job`` is the last one that is over: how many orders it ``asked`` for, and how many of them were ``missing`` at the
    vendor, ``different``, or ``sent_again`` because they were the one or the other.
    """

    provider: str
    begun_at: str | None = None
    waits: str | None = None
    job: str | None = None
    ended_at: str | None = None
    asked: int = 0
    missing: int = 0
    different: int = 0
    sent_again: int = 0


class Status(msgspec.Struct, frozen=True):
    """``shards`` are there where the ledger is split, ``schedules`` where a reconciliation was begun on a schedule."""

    store: StoreRow
    workers: list[WorkerRow]
    intake: IntakeRow
    providers: list[ProviderRow]
    shards: list[ShardRow] | msgspec.UnsetType = msgspec.UNSET
    schedules: list[ScheduleRow] | msgspec.UnsetType = msgspec.UNSET
