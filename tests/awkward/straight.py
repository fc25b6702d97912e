"""An event straight through an adapter into its simulated vendor, in this process: no HTTP, no store, a fresh account."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from schemas.delivery import Link
from schemas.loading import load_event
from schemas.outcome import Outcome, OutcomeKind
from tests.awkward.sums import Json
from tests.conformance.account import job_of
from tests.conformance.played import Played, play
from tests.fakes.bodies import NOW

KINDS = ("retargeting", "shopscript", "orderdesk", "openbizbox", "webhook")


@dataclass
class Delivered:
    """What came of it, every order that the vendor held then, and the vendor."""

    outcome: Outcome
    held: list[dict[str, Any]]
    played: Played

    @property
    def is_accepted(self) -> bool:
        return self.outcome.kind is OutcomeKind.ACCEPTED


def deliver(kind: str, event: Json, at: Played | None = None, link: Link | None = None) -> Delivered:
    """One event, at a vendor that holds nothing, or at one that is there already."""
    played = at or play(kind)
    loaded = load_event(event, now=NOW)
    job = replace(job_of(loaded, played.provider, link), order=loaded.data.order)
    outcome = played.run(played.provider.operation(job).converse())
    return Delivered(outcome, deepcopy(played.vendor.orders()), played)
