"""A ledger on a real store for tests: a hand-set clock, small events, attempts that end as told."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from schemas.config import ProviderConfig
from schemas.delivery import Attempt, Delivery, Link, State
from schemas.event import Cancellation, Event, EventData, EventType, event_digest
from schemas.order import Item, Order, Totals
from schemas.outcome import Outcome, OutcomeKind, Reason, Verdict, VerdictKind
from worker.ledger.claims import Claim, Claimed
from worker.ledger.gates import Gates, pause_gate, resume_gate
from worker.ledger.intake import Arrival, Intake, Receipt
from worker.ledger.lanes import Finished, Runner
from worker.ledger.provider_table import apply_table
from worker.ledger.queries.dead_letters import DeadLetters
from worker.ledger.queries.deliveries import Deliveries, Filter
from worker.ledger.queries.events import Events
from worker.ledger.queries.ledger_status import LedgerStatus
from worker.ledger.queries.status import ProviderRow
from worker.ledger.store.client import Store
from worker.policy.plan import Plan, plan_of

SOURCE = "shop/one"
AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


def order_of(number: str = "1001", grand: str = "10") -> Order:
    total, zero = Decimal(grand), Decimal(0)
    return Order(
        number=number,
        currency="DKK",
        placed_at=AT,
        items=[Item(id="1", name="Glue", quantity=Decimal(1), unit_price=total)],
        totals=Totals(
            grand=total, items=total, shipping=zero, handling=zero, tax=zero, discount=zero, fees=zero, rebates=zero,
            rounding=zero,
        ),
    )  # fmt: skip


def snapshot(event_id: str = "e1", number: str = "1001", revision: int | None = None, **more: Any) -> Event:
    kind = EventType.CREATED if event_id.endswith("1") else EventType.UPDATED
    data = EventData(order=more.pop("order", None) or order_of(number, more.pop("grand", "10")))
    fields = {"id": event_id, "source": SOURCE, "type": kind, "subject": number, "time": AT, "data": data}
    return Event(**(fields | {"revision": revision} | more))


def action(event_id: str = "a1", number: str = "1001", **more: Any) -> Event:
    data = EventData(cancellation=Cancellation(reason="changed my mind"))
    fields = {"id": event_id, "source": "shop/one", "type": EventType.CANCELLED, "subject": number, "time": AT}
    return Event(**(fields | {"data": data} | more))


ACCEPTED = Outcome(kind=OutcomeKind.ACCEPTED, reason=Reason.SAVED, http_status=200, calls=1, link=Link(order_id="77"))
UNAVAILABLE = Outcome(kind=OutcomeKind.UNAVAILABLE, reason=Reason.SERVER_ERROR, http_status=500, calls=1)
UNKNOWN = Outcome(kind=OutcomeKind.UNKNOWN, reason=Reason.NO_ANSWER, calls=1, may_have_been_done=True)
REJECTED = Outcome(kind=OutcomeKind.REJECTED, reason=Reason.NO_PRODUCT, calls=1, message="No product 'A-1'.")
NO_ORDER = Outcome(kind=OutcomeKind.REJECTED, reason=Reason.UNKNOWN_ORDER, calls=1, message="There is no such order.")
UNAUTHORIZED = Outcome(kind=OutcomeKind.UNAUTHORIZED, reason=Reason.CREDENTIALS, http_status=401, calls=1)

DOWN = Outcome(
    kind=OutcomeKind.UNAVAILABLE, reason=Reason.SERVER_ERROR, http_status=503, calls=1, message="503 from desk.example"
)
DENIED = Outcome(
    kind=OutcomeKind.UNAUTHORIZED, reason=Reason.CREDENTIALS, http_status=401, calls=1, message="Invalid API key"
)

DELIVER = Verdict(kind=VerdictKind.SETTLE, reason=Reason.SAVED, state="delivered")
UNWANTED = Outcome(kind=OutcomeKind.UNSUPPORTED, reason=Reason.NO_EMAIL)
SKIP = Verdict(kind=VerdictKind.SETTLE, reason=Reason.NO_EMAIL, state="skipped")
BURY = Verdict(kind=VerdictKind.BURY, reason=Reason.REJECTED)
BURY_UNKNOWN = Verdict(kind=VerdictKind.BURY, reason=Reason.UNKNOWN, in_doubt=True)

HOLD = Verdict(kind=VerdictKind.HOLD, reason=Reason.CREDENTIALS, wait_s=1)


def park(wait_s: float = 5, *, in_doubt: bool = False) -> Verdict:
    return Verdict(kind=VerdictKind.PARK, reason=Reason.SERVER_ERROR, wait_s=wait_s, spends_try=True, in_doubt=in_doubt)


class Ledger:
    """One ledger with providers named as given, and a shorthand for each thing a test does to it."""

    def __init__(self, url: str | tuple[str, ...], *names: str, **settings: Any) -> None:
        self.store = self.open(*((url,) if isinstance(url, str) else url))
        self.configs = {
            name: ProviderConfig(name=name, kind="retargeting", base_url="http://127.0.0.1", options=None, **settings)
            for name in names or ("one",)
        }
        self.plans: dict[str, Plan] = {name: plan_of(config) for name, config in self.configs.items()}
        for shard in self.store.shards:
            seconds, micros = shard.client.time()
            shard.client.hsetnx(shard.keys.key("epoch"), "slow_from", seconds * 1_000_000 + micros)
        self.furnish()

    def open(self, url: str) -> Store:
        return Store(url)

    def furnish(self) -> None:
        apply_table(self.store, self.configs, "digest")
        self.intake = Intake(self.store)
        self.gates = Gates(self.store)
        self.dead = DeadLetters(self.store)
        self.records = Deliveries(self.store)
        self.events = Events(self.store)
        self.board = LedgerStatus(self.store)

    def accept(self, *events: Event) -> list[Receipt]:
        return self.intake.accept([Arrival(event, event_digest(event)) for event in events])[0]

    def calls(self, *events: Event) -> list[str]:
        return self.intake.accept([Arrival(event, event_digest(event)) for event in events])[1]

    def runner(self, name: str = "one") -> Runner:
        return Runner(self.store, self.plans[name])

    def claim(self, name: str = "one") -> Claim:
        claimed = self.runner(name).begin()
        assert isinstance(claimed, Claim), claimed
        return claimed

    def nothing(self, name: str = "one") -> Claimed:
        claimed = self.runner(name).begin()
        assert not isinstance(claimed, Claim), claimed
        return claimed

    def finish(self, claim: Claim, outcome: Outcome, verdict: Verdict, name: str = "one", **more: Any) -> Claimed:
        """End an attempt by a runner that leaves at once."""
        return self.runner(name).finish(claim, ended(claim, outcome, verdict, **more), last=True)

    def deliver(self, name: str = "one") -> Claim:
        claim = self.claim(name)
        self.finish(claim, ACCEPTED, DELIVER, name)
        return claim

    def tick(self, name: str = "one") -> None:
        self.gates.tick(name, self.plans[name].max_in_flight)

    def pause(self, name: str, *, who: str, why: str, at_ms: int) -> bool:
        return pause_gate(self.store, name, who=who, why=why, at_ms=at_ms)

    def resume(self, name: str, *, who: str, why: str) -> bool:
        return resume_gate(self.store, name, who=who, why=why)

    def advance(self, seconds: float) -> None:
        """Set the ledger's clock forward by hand. By itself it runs ten times slower than the machine's."""
        self.store.client.hincrby(self.store.keys.key("epoch"), "clock", round(seconds * 1000))

    def set_clock(self, at_ms: float) -> None:
        """Set the ledger's clock to this instant."""
        self.advance((at_ms - self.store.now_ms()) / 1000)

    def deliveries(self, **wanted: Any) -> list[Delivery]:
        if "state" in wanted:
            wanted["state"] = State(wanted["state"])
        return list(self.records.listed(Filter(**wanted)))

    def states(self, **wanted: Any) -> dict[str, str]:
        """Event id → state, for one provider."""
        return {d.event_id: d.state.value for d in self.deliveries(**wanted)}

    def row(self, name: str = "one") -> ProviderRow:
        return next(row for row in self.board.read("q").providers if row.provider == name)


def ended(claim: Claim, outcome: Outcome, verdict: Verdict, **more: Any) -> Finished:
    attempt = Attempt(
        number=claim.number,
        at_ms=claim.started_ms,
        took_ms=7,
        outcome=outcome.kind.value,
        reason=outcome.reason.value,
        http_status=outcome.http_status,
        message=outcome.message,
    )
    return Finished(outcome=outcome, verdict=verdict, attempt=attempt, **({"fingerprint": "f1"} | more))
