"""A story told to the played Order Desk through its adapter: every request that was made, and what the store holds."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from schemas.config import Secret
from schemas.delivery import Link, delivery_id
from schemas.event import Event
from schemas.loading import load_event
from schemas.order import Order
from schemas.outcome import Outcome
from schemas.providers.orderdesk import OrderDeskOptions
from tests.fakes.bodies import NOW, event_body, order_body
from tests.fakes.wire import exchange, open_account
from worker.providers.base import Job, Provider, Request
from worker.providers.orderdesk import OrderDesk
from worker.sandbox import orderdesk as played

AT = 1_795_000_000.0  # seconds; in November 2026


@dataclass
class Desk:
    """One account at one played store, and one order in it. ``requests`` are all it made, the newest last; ``before`` is
    what the store held before each of them."""

    provider: Provider
    vendor: played.SimulatedOrderDesk
    requests: list[Request] = field(default_factory=list)
    before: list[list[dict[str, Any]]] = field(default_factory=list)
    link: Link = field(default_factory=Link)
    order: Order | None = None

    def cast(self, event: Event) -> Outcome:
        """What comes of delivering an event, as a worker would: the link is kept, and the order as last accepted."""
        conversation = self.provider.operation(self.job(event)).converse()
        answer = None
        while True:
            try:
                request = next(conversation) if answer is None else conversation.send(answer)
            except StopIteration as end:
                outcome: Outcome = end.value
                self.link = outcome.link or self.link
                return outcome
            self.requests.append(request)
            self.before.append(self.vendor.orders())
            answer = exchange(request, self.vendor, at=AT)

    def save(self, changes: dict[str, Any] | None = None, kind: str = "order.created") -> dict[str, Any]:
        """The order as the store shows it, once a snapshot with these changes below ``data.order`` is delivered."""
        self.cast(snapshot(changes, kind))
        return self.held

    def job(self, event: Event) -> Job:
        self.order = event.data.order or self.order
        identity = delivery_id("orderdesk", event.source, event.id)
        key = self.provider.config.order_key.format(number=event.subject, source=event.source)
        return Job(identity, event, key, identity, self.link, self.order)

    @property
    def held(self) -> dict[str, Any]:
        """The one order that the store holds."""
        (order,) = self.vendor.orders()
        return order

    def bodies(self, method: str, end: str = "") -> list[Any]:
        """The bodies of the requests of this method whose path ends so."""
        sent = [one for one in self.requests if one.method == method and one.path.endswith(end)]
        return [json.loads(one.body) for one in sent]

    @property
    def steps(self) -> list[str]:
        return [f"{one.method} {one.path.partition('?')[0]}" for one in self.requests]


def open_desk(*, currency: str | None = None, order_key: str = "{number}", **options: Any) -> Desk:
    """A store that holds nothing; ``options`` are the account's."""
    keys = {"store_id": played.STORE_ID, "api_key": Secret(played.API_KEY)}
    account = open_account(OrderDesk, OrderDeskOptions(**keys, **options), currency=currency, order_key=order_key)
    return Desk(account, played.SimulatedOrderDesk(burst=1000, clock=lambda: AT))


def snapshot(changes: dict[str, Any] | None = None, kind: str = "order.created", **attributes: Any) -> Event:
    """A snapshot through the door; ``changes`` are below ``data.order``, ``attributes`` the event's own."""
    return load_event({**order_body(changes, kind), "id": f"e-{kind}", **attributes}, now=NOW)


def action(kind: str, changes: dict[str, Any] | None = None) -> Event:
    """An action through the door; ``changes`` are below the event."""
    return load_event(event_body(kind, {"id": f"e-{kind}", **(changes or {})}), now=NOW)


def at(tree: Any, path: str) -> Any:
    """What stands at a dotted path; a step in a list is a number."""
    for step in path.split("."):
        tree = tree[int(step)] if isinstance(tree, list) else tree[step]
    return tree
