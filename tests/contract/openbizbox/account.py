"""An account at a played shop: what we send is read as the vendor's PHP reads it, and what it answers is its own."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from schemas.config import Secret
from schemas.delivery import Link
from schemas.event import Event, EventType
from schemas.order import Order
from schemas.outcome import Outcome, OutcomeKind
from schemas.providers.openbizbox import OpenBizBoxOptions
from tests.fakes.snapshots import job, snapshot
from tests.fakes.wire import exchange, open_account
from worker.providers.base import Provider
from worker.providers.openbizbox import OpenBizBox
from worker.sandbox.openbizbox import SimulatedOpenBizBox as Shop
from worker.sandbox.openbizbox.php import read_json

ABSENT = "absent"
NOW = 1_796_000_000.0


@dataclass(frozen=True)
class Sent:
    """One request for orders: ``body`` as PHP reads it, ``None`` where there is none."""

    method: str
    path: str
    body: Any


@dataclass
class Account:
    """``sent`` are the requests that were made of the shop's orders, but for those that read."""

    provider: Provider
    shop: Shop
    sent: list[Sent] = field(default_factory=list)
    reads: int = 0

    def deliver(self, event: Event, link: Link | None = None, of: Order | None = None) -> Outcome:
        """One attempt. ``of`` is the order as it was last accepted, where the event carries none."""
        of = event.data.order or of
        conversation = self.provider.operation(replace(job(event, link=link), order=of)).converse()
        answer = None
        while True:
            try:
                request = next(conversation) if answer is None else conversation.send(answer)
            except StopIteration as end:
                return end.value
            if request.method == "GET":
                self.reads += 1
            elif "/orders" in request.path:
                self.sent.append(Sent(request.method, request.path, read_json(request.body) if request.body else None))
            answer = exchange(request, self.shop, at=NOW)

    def save(self, of: Order, link: Link | None = None, kind: EventType = EventType.CREATED) -> Link:
        """Deliver a snapshot well; what is known of the order from then on."""
        outcome = self.deliver(snapshot(of, kind=kind), link)
        assert outcome.kind is OutcomeKind.ACCEPTED, outcome
        return outcome.link or link or Link()

    @property
    def last(self) -> Sent:
        return self.sent[-1]

    @property
    def held(self) -> dict[str, Any]:
        """The one order that is there."""
        [order] = self.shop.orders()
        return order


def account(shop: Shop | None = None, **options: Any) -> Account:
    secrets = {"client_id": "test-client", "client_secret": Secret("test-openbizbox-secret")}
    provider = open_account(OpenBizBox, OpenBizBoxOptions(**secrets, **options))
    settings = {name: options[name] for name in ("prices", "timezone") if name in options}
    return Account(provider, shop or Shop(**settings))


def created(of: Order, **options: Any) -> Any:
    """The body of the create that an order comes to."""
    opened = account(**options)
    opened.save(of)
    return opened.sent[0].body


def at(tree: Any, path: str) -> Any:
    """What a dotted path leads to: ``lines.products.0.price``."""
    for step in path.split("."):
        key = int(step) if step.isdecimal() else step
        if not isinstance(tree, dict) or key not in tree:
            return ABSENT
        tree = tree[key]
    return tree
