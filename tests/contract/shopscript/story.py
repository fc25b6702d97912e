"""A story told to the played shop through its adapter: what the shop was sent, read as it reads it."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from schemas.delivery import Link, delivery_id
from schemas.event import Event
from schemas.loading import load_event
from schemas.order import Order
from schemas.outcome import Outcome
from tests.fakes.bodies import NOW, event_body, order_body
from tests.fakes.shop import account
from tests.fakes.wire import run
from worker.providers.base import Job, Operation
from worker.sandbox.base import VendorAnswer, VendorCall
from worker.sandbox.form import read_form
from worker.sandbox.shopscript import SimulatedShopScript

KNOWN = {
    "items.0.product_id": "71", "items.0.variant_id": "701", "items.1.product_id": "72", "items.1.variant_id": "702",
}  # fmt: skip
AT = 1_795_000_000.0  # seconds; in November 2026
MANY_VARS = 100_000


class Watched(SimulatedShopScript):
    """A played shop that remembers what it was called with."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.calls: list[VendorCall] = []
        self._orders.contacts.by_id["55"] = {}  # one that the producers know

    def answer(self, call: VendorCall) -> VendorAnswer:
        self.calls.append(call)
        return super().answer(call)

    def asked(self, method: str) -> list[VendorCall]:
        """The calls of one method, the oldest first."""
        return [call for call in self.calls if call.path.endswith(f"/{method}")]


@dataclass
class Story:
    """One order at one played shop. ``options`` are the account's; the link is kept from event to event."""

    options: dict[str, Any] = field(default_factory=dict)
    shop: Watched = field(default_factory=Watched)
    link: Link = field(default_factory=Link)
    order: Order | None = None
    key: str = "1001"

    def operation(self, event: Event) -> Operation:
        self.order = event.data.order or self.order
        identity = delivery_id("shopscript", event.source, event.id)
        return account(**self.options).operation(Job(identity, event, self.key, identity, self.link, self.order))

    def cast(self, event: Event) -> Outcome:
        """What comes of delivering an event, as a worker would."""
        outcome: Outcome = run(self.operation(event).converse(), self.shop, clock=lambda: AT)
        self.link = outcome.link or self.link
        return outcome

    def save(self, changes: dict[str, Any] | None = None, event_type: str = "order.created") -> dict[str, str]:
        """The form of the save that a snapshot with these changes below ``data.order`` comes to."""
        before = len(self.shop.asked("shop.order.save"))
        outcome = self.cast(snapshot(changes, event_type))
        saves = self.shop.asked("shop.order.save")[before:]
        form = form_of(saves[0])
        chooses_stocks = event_type == "order.created" and any(name.endswith("[stock_id]") for name in form)
        assert len(saves) == 1 + chooses_stocks, outcome  # stocks are chosen by an edit right after the create
        return form

    def update(self, changes: dict[str, Any] | None = None) -> dict[str, str]:
        return self.save(changes, "order.updated")

    @property
    def held(self) -> dict[str, Any]:
        """The one order that the shop holds."""
        [held] = self.shop.orders()
        return held


def snapshot(changes: dict[str, Any] | None = None, event_type: str = "order.created") -> Event:
    """An order of two lines that the shop knows; ``changes`` are dotted paths below ``data.order``, None leaves out."""
    wanted = {path: deepcopy(value) for path, value in (KNOWN | (changes or {})).items() if value is not None}
    return load_event(order_body(wanted, event_type), totals="off", now=NOW)


def action(event_type: str, changes: dict[str, Any] | None = None) -> Event:
    """An action event; ``changes`` are dotted paths."""
    return load_event(event_body(event_type, changes), now=NOW)


def form_of(call: VendorCall) -> dict[str, str]:
    """The variables of a form by their names in brackets, as PHP read them."""
    return dict(_flat(read_form(call.body, MANY_VARS)))


def _flat(branch: dict[str, Any], within: str = "") -> Any:
    for key, leaf in branch.items():
        name = f"{within}[{key}]" if within else key
        if isinstance(leaf, dict):
            yield from _flat(leaf, name)
        else:
            yield name, leaf
