"""A vendor without a network: it answers by a rule that a test gives, and keeps every call and every order it took."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from schemas.delivery import Link
from schemas.order import Order
from schemas.outcome import Outcome, OutcomeKind
from worker.providers.base import Absent, Conversation, Found, Job, Lookup, OnUnknown, Operation, Provider
from worker.providers.http import LookedUp, Ran

Rule = Callable[[Job], Outcome]


@dataclass
class Vendor:
    """``rule`` answers each call. ``holds`` is order number → the grand total last saved there; ``done`` the ids of
    the events it took, in order; ``asked`` the order numbers of all calls, in order."""

    rule: Rule
    on_unknown: OnUnknown = "look_up"
    tests: bool | None = None
    holds: dict[str, Decimal] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


class Account(Provider):
    """An account at a ``Vendor``."""

    kind = "retargeting"

    def __init__(self, config: Any, vendor: Vendor) -> None:
        super().__init__(config, memory=None)  # type: ignore[arg-type]  # nothing of it is kept
        self.vendor = vendor

    def operation(self, job: Job) -> Operation:
        return Operation(
            "save", lambda: self._save(job), on_unknown=self.vendor.on_unknown, look_up=lambda: self._look(job)
        )

    def _save(self, job: Job) -> Conversation:
        vendor, number = self.vendor, job.event.subject
        vendor.asked.append(number)
        outcome = vendor.rule(job)
        if outcome.kind is OutcomeKind.ACCEPTED:
            vendor.done.append(job.event.id)
            if job.event.data.order:
                vendor.holds[number] = job.event.data.order.totals.grand
        return outcome
        yield

    def _look(self, job: Job) -> Lookup:
        self.vendor.asked.append(job.event.subject)
        return Found(Link(order_id=job.key)) if job.event.subject in self.vendor.holds else Absent()
        yield


class AtOnce:
    """Runs conversations that make no requests, in place of the driver: what they say is what came of it."""

    def converse(self, provider: Provider, conversation: Conversation, *_: Any, order: Order | None = None) -> Ran:
        return Ran(_returned(conversation), took_ms=3)

    def search(self, provider: Provider, search: Lookup, *, order: Order | None = None) -> LookedUp:
        return LookedUp(_returned(search), took_ms=3, calls=1)


def _returned(talk: Any) -> Any:
    try:
        next(talk)
    except StopIteration as end:
        return end.value
    raise AssertionError("it has made a request")
