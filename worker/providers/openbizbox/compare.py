"""What a saved order comes to: its lines and its sum beside what was sent, and the link to it."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from schemas.delivery import Link
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.openbizbox import HeldOrder
from worker.providers.openbizbox.body import Wanted
from worker.providers.openbizbox.differences import differences, remarks
from worker.providers.openbizbox.ones import with_ones
from worker.providers.openbizbox.positions import Positions, kept_by_the_shop, positions_of
from worker.providers.openbizbox.tally import link_to

NAMED = 5  # so many differences are told one by one


def link_of(held: HeldOrder, wanted: Wanted, known: Link, positions: Positions | None = None) -> Link:
    """The link to an order that was read, with its lines as far as they are ours."""
    places = positions_of(wanted, held.products, known.line_ids) if positions is None else positions
    lines = {
        item_id: line_id
        for item_id, index in zip(wanted.lines.item_ids, places, strict=True)
        if index is not None and (line_id := held.products[index].id)
    }
    notes = with_ones(known.notes, wanted.lines.sold)
    return link_to(held, msgspec.structs.replace(known, line_ids=lines, notes=notes))


def judged(wanted: Wanted, held: HeldOrder, known: Link, reason: Reason, told: Iterable[str] = ()) -> Outcome:
    """Accepted where the shop holds what was sent, with a remark where ``told`` or the order itself says what is
    otherwise; ``rejected`` with every difference where its lines are others. Either way the link."""
    positions = positions_of(wanted, held.products, known.line_ids)
    link = link_of(held, wanted, known, positions)
    found = {index for index in positions if index is not None}
    kept = sum(kept_by_the_shop(line, known.line_ids) for index, line in enumerate(held.products) if index not in found)
    differing = differences(wanted, held, positions, kept)
    if differing:
        return _differs(held, differing, link)
    said = [*told, *remarks(wanted, held)]
    return Outcome(
        kind=OutcomeKind.ACCEPTED, reason=Reason.REMARK if said else reason, message=" ".join(said), link=link
    )


def _differs(held: HeldOrder, differing: list[str], link: Link) -> Outcome:
    more = f"; and {len(differing) - NAMED} more" if len(differing) > NAMED else ""
    named = "; ".join(differing[:NAMED]) + more
    message = f"The shop's order {held.id} is not what was sent: {named}. Compare it by hand."
    kind, reason = OutcomeKind.REJECTED, Reason.DIFFERS
    return Outcome(kind=kind, reason=reason, message=message, link=link, may_have_been_done=True)
