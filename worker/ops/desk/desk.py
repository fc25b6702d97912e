"""What ops handle, as iterables with verbs. No rule stands above it: the command line and the console ask and show."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec

from schemas.cause import CauseState, DeadGroup
from schemas.config import Config, ProviderConfig
from schemas.delivery import Delivery, State, order_digest
from schemas.gate import CLOSED
from schemas.principal import Principal, is_by
from worker.errors import OrdercastError
from worker.jobs.work import JobTools
from worker.ledger.audit import Audit, Deed
from worker.ledger.gates import pause_gate, resume_gate
from worker.ledger.job_lists import NoJob
from worker.ledger.provider_rows import read_table
from worker.ledger.queries.activity import Activity, Minute
from worker.ledger.queries.causes import EVERY_STATE, Causes
from worker.ledger.queries.deliveries import OPEN_STATES, Deliveries
from worker.ledger.queries.ledger_status import LedgerStatus
from worker.ledger.queries.orders import DeliveryStory, Orders, OrderStory
from worker.ledger.queries.paging import Cursor, Page
from worker.ledger.queries.refusals import KeptRefusal, Refusal, RefusalFilter, Refusals
from worker.ledger.queries.shard_status import refusal_of
from worker.ledger.queries.status import GateView, Status
from worker.ledger.remarks import RemarkCount, Remarks
from worker.ledger.store.client import Store, shown
from worker.ledger.store.instants import earlier, instant
from worker.messages import INTAKE_QUEUE
from worker.ops.desk.advice import Advice, BadRequest, Wording
from worker.ops.desk.bulk import Bulk, Call
from worker.ops.desk.causes import CauseDesk
from worker.ops.desk.concerning import Touched, concerns
from worker.ops.desk.ids import whole_id
from worker.ops.desk.intake_depth import STATUS_S, IntakeLook
from worker.ops.desk.jobs import JobDesk
from worker.ops.desk.provider_table import ProviderTable
from worker.ops.desk.query import DeliveryQuery, Moment
from worker.ops.desk.rehearsal import RehearsalDesk
from worker.ops.desk.second_order import SecondOrders
from worker.ops.desk.sentences import provider_sentence
from worker.ops.desk.timeline import TimelineEntry, timeline
from worker.providers.base import Provider

if TYPE_CHECKING:
    from worker.providers.http import Driver


RECORDED_MS = 60_000
"""A deed goes on record before it is done: the one that made an order's event may be so much older than that event."""


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A configured provider without its secrets. ``rate`` is in calls; ``gate`` is there where the store answers and
    knows the provider, ``broken`` says why its kind cannot be loaded."""

    provider: str
    kind: str
    base_url: str
    sources: tuple[str, ...]
    events: tuple[str, ...]
    max_in_flight: int
    rate: dict[str, float] | None
    gate: GateView | None = None
    broken: str | None = None


class Desk:
    """Where people work: lists, one order, the board, and what can be undone. Every method raises
    ``StoreUnreachable``.

    ``call`` is told which providers want a runner, ``wording`` says what to do in the face's words. ``file`` is the
    configuration's, where it has one; ``embedded`` says that the store is the one that comes along.
    """

    def __init__(
        self, store: Store, config: Config, call: Call, wording: Wording, *, file: str = "", embedded: bool = False
    ) -> None:
        self.wording = wording
        self.applying = ProviderTable(store, config, wording, file=file)
        self.store = store
        self.config = config
        self.ledger_status = LedgerStatus(store, embedded=embedded)
        self.intake = IntakeLook(config, store)
        self.bulk = Bulk(store, config, call, wording)
        self.causes = CauseDesk(store)
        self.rehearsals = RehearsalDesk(store, self.bulk.correcting, self._providers)
        self.second_orders = SecondOrders(store, self.bulk.correcting)
        self.jobs = JobDesk(JobTools(store, call, self._providers, _driver, config.limits.max_pending))

    def status(self, look_s: float = STATUS_S) -> Status:
        """The board, with what waits at the broker; nothing is known of that where the broker cannot be asked. For
        ``look_s`` seconds lists are looked for that nobody reads; the next call goes on from there."""
        board = self.ledger_status.read(INTAKE_QUEUE)
        try:
            depth = self.intake.depth(look_s)
        except OrdercastError as error:
            away = str(error) if self.config.store.broker_url else None  # else the board has said so of the store
            return msgspec.structs.replace(board, intake=msgspec.structs.replace(board.intake, away=away))
        names = tuple(one.name for one in depth.unread)
        intake = msgspec.structs.replace(board.intake, queued=depth.queued, oldest_s=depth.oldest_s, unread_lists=names)
        return msgspec.structs.replace(board, intake=intake)

    def activity(self, minutes: int) -> list[Minute]:
        """What happened in each of the last minutes, of up to two days."""
        return Activity(self.store).last(minutes)

    def strangeness(self) -> str | None:
        """What to know before believing the status: that the store takes nothing at present, or that the ledger works
        by another configuration than this."""
        if refusal := refusal_of(self.store):
            return refusal.sentence
        return self.applying.strangeness()

    def deliveries(self, asked: DeliveryQuery) -> Iterator[Delivery]:
        """What was asked for, newest first. Raises ``BadRequest`` for a provider that nobody knows."""
        self._check_listed(asked.provider)
        found = Deliveries(self.store).listed(asked.filter(self.store.now_ms()))
        return islice(found, asked.limit)

    def delivery_page(self, asked: DeliveryQuery, cursor: str | None = None, limit: int = 50) -> Page[Delivery]:
        """A page of the same, from behind the cursor of the page before. Raises ``BadRequest``, ``BadCursor``."""
        self._check_listed(asked.provider)
        begin = Cursor.read(cursor) if cursor else None
        return Deliveries(self.store).page(asked.filter(self.store.now_ms()), begin, limit=asked.limit or limit)

    def delivery(self, written: str) -> DeliveryStory | None:
        """One delivery with its attempts, by its id or the beginning of it. Raises ``BadRequest`` where several begin
        so."""
        deliveries = Deliveries(self.store)
        wanted = whole_id(deliveries, written)
        [found] = deliveries.find([wanted])
        if found is None:
            return None
        story = Orders(self.store).story(order_digest(found.event.source, found.event.subject))
        return next((one for one in story.deliveries if one.id == wanted), None)

    def dead(self, asked: DeliveryQuery) -> Iterator[Delivery]:
        """The dead letters among what was asked for."""
        return self.deliveries(replace(asked, state=State.DEAD))

    def groups(self, asked: DeliveryQuery, states: Collection[CauseState] = EVERY_STATE) -> Iterator[DeadGroup]:
        """Dead letters by cause. Raises ``BadRequest`` where more is asked of them than provider and reason."""
        if replace(asked, provider=None, reason=None, limit=None) != DeliveryQuery():
            raise BadRequest("Groups go by provider and reason only.", Advice.GROUP_FILTERS)
        self._check_listed(asked.provider)
        found = Causes(self.store).listed(asked.provider, states)
        return islice((g for g in found if asked.reason in (None, g.reason, g.attempt_reason)), asked.limit)

    def refusals(self, asked: DeliveryQuery, *, with_body: bool = False) -> Iterator[KeptRefusal]:
        """What could not be accepted, newest first, by source, order, reason and time; with its body where asked."""
        bounds = asked.bounds_ms(self.store.now_ms())
        wanted = RefusalFilter(asked.source, asked.order, asked.reason, *bounds)
        return islice(Refusals(self.store).listed(wanted, with_body=with_body), asked.limit)

    def refusal_page(self, asked: DeliveryQuery, cursor: str | None = None, limit: int = 50) -> Page[KeptRefusal]:
        """A page of the same without bodies, from behind the cursor of the page before. Raises ``BadCursor``."""
        wanted = RefusalFilter(asked.source, asked.order, asked.reason, *asked.bounds_ms(self.store.now_ms()))
        begin = Cursor.read(cursor) if cursor else None
        return Refusals(self.store).page(wanted, begin, limit=asked.limit or limit, with_body=False)

    def remarks(self, source: str | None, days: int) -> list[RemarkCount]:
        """How often events of the last days were repaired at the door, by source and place."""
        return [one for one in Remarks(self.store).by_source(days) if source in (None, one.source)]

    def order(self, number: str, source: str | None = None) -> OrderStory | None:
        """An order with all that happened to it, ``None`` where there is none. Raises ``BadRequest`` where several
        sources have one of that number."""
        orders = Orders(self.store)
        named = orders.named(number, source)
        if len(named) > 1:
            known = ", ".join(one for one, _ in named)
            message = f"Order {number} exists at {known}: say which."
            raise BadRequest(message, Advice.ORDER_SOURCE, field="source", number=number, known=known)
        return orders.story(named[0][1]) if named else None

    def deeds(self, since: Moment | None = None, until: Moment | None = None, who: str | None = None) -> Iterator[Deed]:
        """What people did, newest first; by ``who`` at whichever face."""
        asked = DeliveryQuery(since=since, until=until)
        since_ms, until_ms = asked.bounds_ms(self.store.now_ms())
        for deed in Audit(self.store).deeds():
            if since_ms is not None and deed.at < instant(since_ms):
                return
            if (who is None or is_by(deed.who, who)) and (until_ms is None or deed.at <= instant(until_ms)):
                yield deed

    def deeds_on(self, story: OrderStory) -> list[Deed]:
        """What people did that concerns an order, oldest first; of what was done to many at once by a job that no
        longer knows to which, what may have been done to it."""
        since = earlier(story.deliveries[0].created_at, RECORDED_MS) if story.deliveries else ""
        touched = self._touched()
        return [deed for deed in self.deeds() if deed.at >= since and concerns(deed, story, touched)][::-1]

    def _touched(self) -> Touched:
        @cache
        def touched(job_id: str) -> Collection[str] | None:
            try:
                results = [one for one, _ in self.jobs.lists.results(job_id)]
                return results if sum(self.jobs.job(job_id).results.values()) <= len(results) else None
            except NoJob:
                return None

        return touched

    def timeline(self, story: OrderStory, refused: Iterable[Refusal] | None = None) -> list[TimelineEntry]:
        """All that happened to an order, the oldest first. ``refused`` is what was refused of its number, where that
        is known already."""
        told = self.refused_of(story.order, story.source) if refused is None else refused
        is_open = any(one.state in OPEN_STATES for one in story.deliveries)
        return timeline(story, self.deeds_on(story), told, self.closed() if is_open else {})

    def closed(self) -> dict[str, str]:
        """A sentence for each provider that gets nothing at present: why, since when, and when it is tried next."""
        rows = self.ledger_status.read(INTAKE_QUEUE).providers
        return {row.provider: provider_sentence(row) for row in rows if row.gate.state in CLOSED}

    def refused_of(self, number: str, source: str | None = None) -> list[Refusal]:
        """What was refused of an order's number, newest first. A refused body may not have told its source."""
        found = Refusals(self.store).listed(RefusalFilter(order=number))
        return [one.shown for one in found if source is None or one.shown.source in (None, source)]

    def gates(self) -> dict[str, GateView]:
        """The gate of every provider in the ledger."""
        return {row.provider: row.gate for row in self.ledger_status.read(INTAKE_QUEUE).providers}

    def pause(self, provider: str, *, by: Principal, why: str) -> GateView | None:
        """Let no lane through until somebody resumes. Raises ``BadRequest`` for a provider that nobody knows."""
        self._check(provider)
        pause_gate(self.store, provider, who=by.signed, why=why, at_ms=self.store.now_ms(), request=by.request)
        return self.gates().get(provider)

    def resume(self, provider: str, *, by: Principal, why: str) -> bool:
        """Open a provider's gate, whatever closed it. False where it was open. Raises as ``pause`` does."""
        self._check(provider)
        return resume_gate(self.store, provider, who=by.signed, why=why, request=by.request)

    def _providers(self) -> dict[str, Provider]:
        """The accounts that can be worked, by this configuration."""
        from worker.providers import make_providers  # noqa: PLC0415  for the jobs that ask a vendor
        from worker.providers.memory import ProcessMemory  # noqa: PLC0415

        return make_providers(self.config.providers.values(), ProcessMemory())[0]

    def _check_listed(self, provider: str | None) -> None:
        """A provider that was removed is known still: it has deliveries."""
        if provider is not None and provider not in [row.name for row in read_table(self.store).rows]:
            self._check(provider)

    def know(self, providers: Iterable[str]) -> None:
        """Raises ``BadRequest`` where one of them is not in the ledger's table."""
        known = [row.name for row in read_table(self.store).rows if not row.gone]
        for provider in providers:
            if provider not in known:
                raise BadRequest(
                    f"There is no provider {provider!r} in the ledger: there is {', '.join(known) or 'none'}."
                )

    def _check(self, provider: str) -> None:
        rows = {row.name: row for row in read_table(self.store).rows}
        names = dict.fromkeys([*rows, *self.config.providers])
        known = [name for name in names if name not in rows or not rows[name].gone]
        if provider not in known:
            raise BadRequest(f"There is no provider {provider!r}; known are {', '.join(known) or 'none'}.")


def _driver() -> Driver:
    from worker.providers.http import Driver  # noqa: PLC0415  brings requests along, which most commands do not need

    return Driver()


def accounts(config: Config, gates: dict[str, GateView] | None = None) -> list[Account]:
    """The configured providers, with their gates where these are known."""
    return [_account(one, (gates or {}).get(one.name)) for one in config.providers.values()]


def _account(config: ProviderConfig, gate: GateView | None) -> Account:
    rate: Any = config.rate and msgspec.to_builtins(config.rate)
    return Account(
        provider=config.name,
        kind=config.kind,
        base_url=shown(config.base_url) if config.base_url else "",
        sources=config.sources,
        events=config.events,
        max_in_flight=config.max_in_flight,
        rate=rate,
        gate=gate,
        broken=config.broken,
    )
