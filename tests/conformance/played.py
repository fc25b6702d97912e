"""A conversation held call by call against a fresh simulated vendor, in this process: it can be broken off anywhere."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

from schemas.delivery import Link
from schemas.event import Event
from schemas.outcome import Outcome, OutcomeKind
from tests.conformance.account import job_of, open_provider
from tests.conformance.rows import ROWS, Line
from tests.fakes.wire import exchange
from worker.providers.base import Absent, Found, Operation, Provider, Reply, Request
from worker.sandbox import load_vendors
from worker.sandbox.base import Vendor


@dataclass
class Played:
    """One kind's account and its vendor; ``heard`` are the calls so far with their answers."""

    kind: str
    vendor: Vendor
    provider: Provider
    heard: list[tuple[Request, Reply]] = field(default_factory=list)

    def operation(self, event: Event, link: Link | None = None) -> Operation:
        return self.provider.operation(job_of(event, self.provider, link))

    def run(self, conversation: Generator[Request, Reply, Any], at_most: int | None = None) -> Any:
        """What the conversation returns; ``None`` where it was broken off: the answer to call ``at_most`` never came."""
        answer: Reply | None = None
        calls = 0
        while True:
            try:
                request = next(conversation) if answer is None else conversation.send(answer)
            except StopIteration as end:
                return end.value
            answer = exchange(request, self.vendor, at=time.time())
            self.heard.append((request, answer))
            calls += 1
            if calls == at_most:
                conversation.close()
                return None

    def save(self, event: Event, link: Link | None = None) -> Outcome:
        """Deliver it to the end: what the vendor accepts, or what this kind does not send."""
        outcome = self.run(self.operation(event, link).converse())
        assert outcome.kind in {OutcomeKind.ACCEPTED, OutcomeKind.UNSUPPORTED}, outcome
        return outcome

    def settle_doubt(self, event: Event, link: Link | None = None) -> Outcome:
        """As a worker does after doubt: look up where that can be done, then save."""
        look_up = self.operation(event, link).look_up
        if look_up is not None:
            found = self.run(look_up())
            assert isinstance(found, Found | Absent), found
            link = found.link if isinstance(found, Found) else link
        return self.save(event, link)

    def lines(self) -> list[Line]:
        """The lines of the one order that is there."""
        [held] = self.vendor.orders()
        return sorted(ROWS[self.kind].lines(held))


def play(kind: str) -> Played:
    """An account at a vendor that holds nothing."""
    vendors = load_vendors(per_second=1e6, burst=1_000_000)
    vendor = next(vendor for vendor in vendors if vendor.kind == kind)
    return Played(kind, vendor, open_provider(kind, "http://127.0.0.1"))
