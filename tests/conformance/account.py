"""An account of one kind at its played vendor: what a worker would do with it, over real HTTP."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.request import Request, urlopen

from schemas.config import ProviderConfig, Timeout
from schemas.delivery import Link, delivery_id
from schemas.event import Event
from schemas.outcome import Outcome, OutcomeKind, Reason
from tests.conformance.rows import ROWS, Line, Row
from tests.fakes.wire import ShortMemory
from worker.providers import make_provider
from worker.providers.base import Absent, Found, Job, LookupResult, Operation, Provider
from worker.providers.http import Driver
from worker.sandbox.server import Sandbox

PATIENT = Timeout(connect_s=5, read_s=10, total_s=20)
HASTY = Timeout(connect_s=0.5, read_s=0.5, total_s=0.6)

TOLD_CHARS = 600


def open_provider(kind: str, base_url: str, options: Any = None, timeout: Timeout = PATIENT) -> Provider:
    config = ProviderConfig(
        name=kind, kind=kind, base_url=base_url, options=options or ROWS[kind].options, timeout=timeout
    )
    return make_provider(config, ShortMemory())


def job_of(event: Event, provider: Provider, link: Link | None = None) -> Job:
    """The job that a worker makes of an event."""
    identity = delivery_id(provider.config.name, event.source, event.id)
    return Job(identity, event, key=event.subject, idempotency_key=identity, link=link or Link())


@dataclass
class Account:
    """One kind's account. ``base_url`` points at the sandbox unless it is set to another place."""

    kind: str
    sandbox: Sandbox
    driver: Driver
    base_url: str = ""
    options: Any = None
    timeout: Timeout = PATIENT
    made: Provider | None = field(default=None, repr=False)

    @property
    def row(self) -> Row:
        return ROWS[self.kind]

    @property
    def provider(self) -> Provider:
        if self.made is None:
            base_url = self.base_url or self.sandbox.base_url(self.kind)
            self.made = open_provider(self.kind, base_url, self.options, self.timeout)
        return self.made

    def operation(self, event: Event, link: Link | None = None) -> Operation:
        return self.provider.operation(job_of(event, self.provider, link))

    def deliver(self, event: Event, link: Link | None = None) -> Outcome:
        """What comes of one attempt, checked for what every outcome must be."""
        ran = self.driver.converse(self.provider, self.operation(event, link).converse(), order=event.data.order)
        return lawful(ran.outcome)

    def save(self, event: Event, link: Link | None = None) -> Link:
        """Deliver it well; what was learned of the order there, or what was known."""
        outcome = self.deliver(event, link)
        assert outcome.kind is OutcomeKind.ACCEPTED, outcome
        return outcome.link or link or Link()

    def look_up(self, event: Event, link: Link | None = None) -> LookupResult:
        look_up = self.operation(event, link).look_up
        assert look_up is not None
        found = self.driver.search(self.provider, look_up(), order=event.data.order).sighting
        return lawful(found) if isinstance(found, Outcome) else found

    def settle_doubt(self, event: Event, link: Link | None = None) -> Outcome:
        """The attempt after one that left doubt: looked up first where the operation can be."""
        if self.operation(event, link).on_unknown == "look_up":
            found = self.look_up(event, link)
            assert isinstance(found, Found | Absent), found
            link = found.link if isinstance(found, Found) else link
        return self.deliver(event, link)

    def fault(self, effect: str, **more: Any) -> None:
        """Have the vendor err as told, with the next call that fits."""
        body = json.dumps({"do": effect, **more}).encode()
        with urlopen(Request(f"{self.sandbox.url}/_sandbox/{self.kind}/faults", body)) as answer:
            assert answer.status == 201

    def fault_save(self, effect: str, **more: Any) -> None:
        """Have the vendor err as told with every call that changes something."""
        self.fault(effect, times=None, match={"mutating": True}, **more)

    def clear_faults(self) -> None:
        with urlopen(Request(f"{self.sandbox.url}/_sandbox/{self.kind}/faults", method="DELETE")) as answer:
            assert answer.status == 204

    def orders(self) -> list[dict[str, Any]]:
        return self.sandbox.vendor(self.kind).orders()

    def lines(self) -> list[Line]:
        """The lines of the one order that is there."""
        [held] = self.orders()
        return sorted(self.row.lines(held))


def lawful(outcome: Outcome) -> Outcome:
    """The outcome, where it is as any must be: words of the closed lists, one line for people, doubt only with a call."""
    assert isinstance(outcome.kind, OutcomeKind)
    assert isinstance(outcome.reason, Reason)
    if outcome.kind is not OutcomeKind.ACCEPTED:
        assert outcome.message
    assert outcome.message == "" or outcome.message.endswith((".", "?")), outcome.message
    assert "\n" not in outcome.message
    assert len(outcome.message) <= TOLD_CHARS
    assert outcome.calls or not outcome.may_have_been_done
    assert not (outcome.kind is OutcomeKind.UNAVAILABLE and outcome.may_have_been_done), (
        "unavailable is surely not done"
    )
    assert outcome.wait_s is None or 0 <= outcome.wait_s <= 3600
    return outcome
