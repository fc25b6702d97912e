"""The demo's story: orders are cast while vendors fail, dead letters stay, the cause is put right, all is replayed."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import msgspec

from schemas.delivery import State
from schemas.principal import Face, Principal, Role
from worker.errors import OrdercastError
from worker.intake.admission import open_admission
from worker.ledger.intake import open_intake
from worker.ledger.queries.deliveries import Deliveries, Filter
from worker.ledger.queries.progress import EventProgress
from worker.ledger.queries.status import Status
from worker.ops.demo.events import REFUSED_NAME, demo_events
from worker.ops.demo.promise import PromiseReport, check_promise
from worker.ops.demo.sandbox_client import SandboxClient
from worker.ops.desk.bulk import BulkAction
from worker.ops.desk.desk import Desk
from worker.ops.desk.query import DeliveryQuery
from worker.ops.local.machine import Machine

BATCH = 10
LOOK_S = 0.1
CHAPTER_S = 60.0

QUICK: Mapping[str, Any] = {
    "timeout": {"connect_s": 1, "read_s": 1, "total_s": 1},
    "settle_s": 1,
    "retry": {"first_s": 0.3, "factor": 2, "cap_s": 2, "give_up_after_s": 3600},
    "gate": {"trip_after": 5, "cool_down_s": 0.5, "cool_down_cap_s": 2, "probe_s": 1},
    "max_in_flight": 8,
}
"""How the demo's providers are configured: what is in doubt is known within seconds."""

PATHS = {
    "retargeting": "*/order/save.json",
    "shopscript": "*/shop.order.save",
    "orderdesk": "*/orders",
    "openbizbox": "*/orders.json",
    "webhook": "*",
}
"""The call of each vendor that makes an order."""

REFUSAL = f"Orders of {REFUSED_NAME} are blocked."
REFUSALS = {
    "retargeting": {"version": "1.0", "status": "400", "message": "Bad Request", "error": REFUSAL},
    "shopscript": {"error": "invalid_param", "error_description": REFUSAL},
    "orderdesk": {"status": "error", "message": REFUSAL},
    "openbizbox": REFUSAL,
    "webhook": {"error": REFUSAL},
}
"""How each vendor says that it will not have an order."""

TROUBLES: tuple[tuple[int, Mapping[str, Any]], ...] = (
    (5, {"do": "status", "status": 500, "times": 8}),
    (7, {"do": "reset_after", "times": 5}),
    (11, {"do": "status", "status": 429, "headers": {"Retry-After": "1"}, "times": 3}),
)
"""What goes wrong besides, each at every n-th call: errors, an order taken whose answer is lost, a throttle."""


class DemoStuck(OrdercastError):
    """The demo did not come to its end in time."""

    reason = "demo_stuck"


class ProviderStory(msgspec.Struct, frozen=True):
    """What came of the orders at one provider. ``retried`` counts attempts after the first, replays not among them;
    ``held`` is how many orders the vendor has at the end."""

    provider: str
    delivered: int
    skipped: int
    superseded: int
    retried: int
    dead_lettered: int
    replayed: int
    held: int


class DemoReport(msgspec.Struct, frozen=True):
    """What came of it all. ``as_promised``: nothing is lost, doubled, out of order or left dead, and at every provider
    something had gone wrong."""

    as_promised: bool
    events: int
    took_s: float
    providers: list[ProviderStory]
    promise: PromiseReport


def _letters(dead: Counter[str]) -> str:
    return "1 dead letter" if dead.total() == 1 else f"{dead.total()} dead letters"


@dataclass
class Story:
    """One run. ``show`` is told at every look what is going on, and how the board stands.

    Raises ``KeyboardInterrupt`` where somebody wants an end, ``DemoStuck`` where a chapter takes longer than a minute.
    """

    machine: Machine
    desk: Desk
    played: SandboxClient
    show: Callable[[str, Status], None]
    _deliveries: list[str] = field(default_factory=list)
    _promised: list[str] = field(default_factory=list)
    _replayed: Counter[str] = field(default_factory=Counter)

    def run(self) -> DemoReport:
        began_s = time.monotonic()
        self._until(lambda: self.machine.is_ready() and self.played.is_up(), "Starting the store, vendors and workers")
        self._break()
        self._cast()
        self._until(self._over(), "Delivering; every vendor fails now and then, and refuses one buyer")
        dead = self._dead_letters()
        for kind in PATHS:
            self.played.repair(kind)
        self._replay()
        self._until(self._over(), f"The vendors are put right, {_letters(dead)} replayed")
        return self._report(dead, began_s)

    def _break(self) -> None:
        for kind, path in PATHS.items():
            match = {"method": "POST", "path": path, "body_contains": REFUSED_NAME}
            status = 422 if kind == "webhook" else 400
            body = json.dumps(REFUSALS[kind])
            self.played.break_with(kind, do="status", status=status, body=body, times=None, match=match)
            for every, trouble in TROUBLES:
                self.played.break_with(kind, **trouble, match={"method": "POST", "path": path, "every": every})

    def _cast(self) -> None:
        config = self.desk.config
        admission = open_admission(open_intake(self.desk.store, config), config, self.desk.bulk.call)
        events = demo_events()
        while batch := list(islice(events, BATCH)):
            for receipt in admission.admit(batch):
                self._promised += receipt.deliveries
                self._deliveries += receipt.deliveries[:1]
            self._look("Casting orders", 0.0)

    def _over(self) -> Callable[[], bool]:
        watching = EventProgress(self.desk.store)
        watching.follow(self._deliveries)

        def is_over() -> bool:
            watching.look()
            return watching.is_over

        return is_over

    def _until(self, is_so: Callable[[], bool], what: str) -> None:
        give_up_s = time.monotonic() + CHAPTER_S
        while not is_so():
            if time.monotonic() > give_up_s:
                raise DemoStuck(f"{what}: this has taken more than {CHAPTER_S:g} s.")
            self._look(what, LOOK_S)

    def _look(self, what: str, wait_s: float) -> None:
        self.machine.look(wait_s)
        if self.machine.wakeup.asked is not None:
            raise KeyboardInterrupt
        self.show(what, self.desk.status())

    def _dead_letters(self) -> Counter[str]:
        return Counter(delivery.provider for delivery in self.desk.dead(DeliveryQuery()))

    def _replay(self) -> None:
        providers = {delivery.id: delivery.provider for delivery in self.desk.dead(DeliveryQuery())}
        why, asked = "The vendors take these orders again.", DeliveryQuery(state=State.DEAD)
        undo = BulkAction("replay", Principal("demo", Role.ADMIN, Face.CLI), asked=asked, why=why)
        for item in self.desk.bulk.run(self.desk.bulk.select(undo)):
            self._replayed[providers[item.id]] += item.is_done

    def _report(self, dead: Counter[str], began_s: float) -> DemoReport:
        keys = {name: provider.order_key for name, provider in self.desk.config.providers.items()}
        promise = check_promise(self.desk.store, self.played, keys, self._promised)
        providers = list(self._providers(dead))
        had_trouble = all(one.dead_lettered and one.replayed and one.retried for one in providers)
        return DemoReport(
            as_promised=promise.is_kept and not promise.dead and had_trouble,
            events=len(self._deliveries),
            took_s=round(time.monotonic() - began_s, 1),
            providers=providers,
            promise=promise,
        )

    def _providers(self, dead: Counter[str]) -> Iterator[ProviderStory]:
        extra: Counter[str] = Counter()
        for delivery in Deliveries(self.desk.store).listed(Filter()):
            extra[delivery.provider] += max(0, delivery.attempts - 1)
        for row in self.desk.status().providers:
            yield ProviderStory(
                provider=row.provider,
                delivered=row.delivered,
                skipped=row.skipped,
                superseded=row.superseded,
                retried=max(0, extra[row.provider] - self._replayed[row.provider]),
                dead_lettered=dead[row.provider],
                replayed=self._replayed[row.provider],
                held=len(self.played.orders(row.kind)),
            )
