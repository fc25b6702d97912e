"""One order at its vendor beside what we have of it, in one word. Asks; changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from schemas.delivery import Link
from schemas.event import Event
from schemas.outcome import Outcome, OutcomeKind
from schemas.sighting import Absent, Found
from worker.providers.base import Difference, Job, Provider, Read
from worker.providers.conversation import begun, operation_of
from worker.providers.lookup import is_not_there
from worker.providers.preparing import job_of
from worker.providers.scrub import scrub

if TYPE_CHECKING:
    from worker.providers.http import Driver

TOLD = 5
"""So many differences are told one by one, of more it is said how many."""


class Compared(NamedTuple):
    """``same``, ``missing``, ``different``, ``unanswered`` or ``cannot_tell``, and what people are told of it.
    ``asked`` is the vendor's id that it was asked for; empty where it was searched for. ``stays`` says that no heal
    mends any of it."""

    word: str
    message: str = ""
    asked: str = ""
    stays: bool = False


@dataclass(frozen=True, slots=True)
class Comparing:
    """Orders of one account, asked for one at a time."""

    provider: Provider
    driver: Driver

    def compared(self, event: Event, link: Link | None) -> Compared:
        """How the vendor holds the order of a snapshot. Never raises for what the vendor does."""
        job = job_of(self.provider, event, link)
        asked = job.link.order_id or ""
        held = self._held(asked) if asked else None
        if held is None or is_not_there(held):
            return self._searched(job, asked)
        if isinstance(held, Outcome):
            return Compared("unanswered", self._scrubbed(held.message or held.reason.value, job), asked)
        return self._judged(job, held, asked)

    def _held(self, order_id: str) -> Read | Outcome:
        return self.driver.read(self.provider, self.provider.questions["order"].ask(order_id, {}, None))

    def _searched(self, job: Job, asked: str) -> Compared:
        """It is not under the id that we know, or we know none: so it is looked for by our key."""
        unlinked = replace(job, link=Link())
        operation = operation_of(self.provider, unlinked)
        if operation.look_up is None:
            return Compared("cannot_tell", "Its vendor cannot be asked for an order that has no link.", asked)
        seen = self.driver.search(self.provider, begun(operation.look_up), order=job.order).sighting
        if isinstance(seen, Absent):
            gone = f"The vendor has no order {asked} any more." if asked else "The vendor has no such order."
            return Compared("missing", gone, asked)
        if isinstance(seen, Outcome):
            word = "unanswered" if seen.kind in _PASSES else "cannot_tell"
            return Compared(word, self._scrubbed(seen.message or seen.reason.value, job), asked)
        if not isinstance(seen, Found) or seen.link.order_id is None:
            return Compared("cannot_tell", "A search at the vendor tells nothing certain.", asked)
        found = seen.link.order_id
        if asked and found != asked:
            number = job.event.subject
            return Compared(
                "cannot_tell",
                f"The vendor has no order {asked} any more, and holds order {found} as ours: see whether it is that "
                f"one and say so: ordercast link {self.provider.config.name} {number} --order-id {found}.",
                asked,
            )
        held = self._held(found)
        if isinstance(held, Outcome):
            return Compared("unanswered", self._scrubbed(held.message or held.reason.value, job), asked)
        return self._judged(replace(job, link=seen.link), held, asked)

    def _judged(self, job: Job, held: Read, asked: str) -> Compared:
        differences = self.provider.compare(job, held.tree)
        if differences is None:
            return Compared("cannot_tell", "What the vendor holds cannot be compared.", asked)
        if not differences:
            return Compared("same", "", asked)
        stays = all(one.stays for one in differences)
        return Compared("different", self._scrubbed(_listed(differences), job), asked, stays)

    def _scrubbed(self, message: str, job: Job) -> str:
        return scrub(message, self.provider.secrets, job.order)


_PASSES = frozenset({OutcomeKind.THROTTLED, OutcomeKind.UNAUTHORIZED, OutcomeKind.UNAVAILABLE, OutcomeKind.UNREADABLE})


def _listed(differences: Sequence[Difference]) -> str:
    told = [one.message for one in differences[:TOLD]]
    if len(differences) > TOLD:
        told.append(f"And {len(differences) - TOLD} more.")
    told += [f"Cannot be healed: {reason}" for reason in dict.fromkeys(one.stays for one in differences) if reason]
    return " ".join(told)
