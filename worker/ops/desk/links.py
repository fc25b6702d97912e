"""What we know of an order's ids at the providers, and a person's word on it, with a reason on record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from schemas.delivery import Link, order_digest
from schemas.principal import Principal
from worker.errors import NothingMatched, OrdercastError
from worker.ledger.links import KnownLink, Links
from worker.ledger.provider_rows import read_table
from worker.ledger.queries.orders import OrderStory
from worker.ops.desk.advice import Advice, BadRequest
from worker.ops.desk.desk import Desk


class BeingAttempted(OrdercastError):
    """The order is being attempted there now: say it again when the attempt has ended."""

    reason = "attempting"


class Linked(KnownLink, frozen=True, kw_only=True):
    """What is known of one order at one provider."""

    source: str
    order: str


@dataclass(frozen=True, slots=True)
class LinkCorrection:
    """A person's word on an order's ids at a provider: those to set, or that the order is not there (``ids`` is
    ``None``). Raises ``BadRequest`` where there is no reason."""

    ids: Link | None
    why: str
    by: Principal

    def __post_init__(self) -> None:
        if not self.why.strip():
            raise BadRequest("Say why: a correction goes on record.", Advice.SAY_WHY, field="why", deed="correction")

    def words(self) -> Iterator[str]:
        """What is set, in words for the record."""
        if self.ids is None:
            yield "not there"
            return
        named = {"order_id": self.ids.order_id, "contact_id": self.ids.contact_id}
        yield from (f"{name}={value}" for name, value in named.items() if value is not None)
        yield from (f"line {item}={line_id}" for item, line_id in self.ids.line_ids.items())


class OrderLinks:
    """Links for people. Every method raises ``StoreUnreachable``; all are safe to repeat."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.links = Links(desk.store)

    def all_of(self, story: OrderStory) -> list[KnownLink]:
        """What is known of this order, or in doubt, by provider in the order of the table."""
        names = [row.name for row in read_table(self.desk.store).rows]
        found = self.links.known(order_digest(story.source, story.order), names)
        return [one for one in found if one.link is not None or one.in_doubt_since is not None]

    def one(self, provider: str, number: str, source: str | None = None) -> Linked:
        """What is known of an order at one provider. Raises ``NothingMatched`` for an order, ``BadRequest`` for a
        provider that nobody knows, and where several sources have an order of this number."""
        self._check(provider)
        story = self.desk.order(number, source)
        if story is None:
            raise NothingMatched(f"There is no order {number}{f' at {source}' if source else ''}.")
        [known] = self.links.known(order_digest(story.source, story.order), [provider])
        fields: dict[str, Any] = msgspec.structs.asdict(known)
        return Linked(**fields, source=story.source, order=story.order)

    def correct(self, before: Linked, correction: LinkCorrection) -> Linked:
        """What is known after a person's word, which ends the doubt about the order's creation where it is an order id
        or that there is none. Raises ``BeingAttempted``: an attempt goes by the link it began with."""
        digest = order_digest(before.source, before.order)
        what = f"{before.provider} {before.source} {before.order}: {' '.join(correction.words())}"
        by, why = correction.by, correction.why
        word = self.links.correct(
            before.provider, digest, correction.ids, what=what, why=why, who=by.signed, request=by.request
        )
        if word == "attempting":
            raise BeingAttempted
        return self.one(before.provider, before.order, before.source)

    def _check(self, provider: str) -> None:
        known = [row.name for row in read_table(self.desk.store).rows]
        if provider not in known:
            raise BadRequest(f"The ledger has no provider {provider!r}; known are {', '.join(known) or 'none'}.")
