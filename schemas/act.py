"""What an action does, by the name that its producer gave it: a refund's id, an invoice's number.

A shop and its payment provider may tell of one act under two event ids. What the second one must say like the first is
the money: the whole order, the amount, or the lines with their quantities and amounts. Why, whether goods go back into
stock, whom it notifies and when it happened may differ, and then the first telling holds.
"""

from __future__ import annotations

from decimal import Decimal
from hashlib import sha256

import msgspec

from schemas.event import Event, Refund


class Act(msgspec.Struct, frozen=True):
    """``path`` is where the event names it, ``says`` what a second event of it must say too: words for people, and
    behind a ``#`` a digest where the words do not say everything."""

    name: str
    path: str
    says: str = ""

    @property
    def shown(self) -> str:
        """Its name in quotes, as long as a sentence takes."""
        return repr(self.name[:_SHOWN_CHARS])


_SHOWN_CHARS = 64


def act_of(event: Event) -> Act | None:
    """What the event does; ``None`` where it is a snapshot, or an action without a name."""
    refund, invoice = event.data.refund, event.data.invoice
    if refund is not None and refund.id:
        return Act(refund.id, "data.refund.id", _money(refund))
    if invoice is not None and invoice.number:
        return Act(invoice.number, "data.invoice.number")
    return None


def unlike(act: Act, event_id: str, said: str) -> str:
    """The sentence that refuses an act whose first event, of that id, said something else."""
    told, tells = said.partition("#")[0], act.says.partition("#")[0]
    if told == tells:
        tells = "the same sum for other lines"
    return (
        f"Refund {act.shown} of this order was accepted before as event {event_id!r}, with {told}; this event says "
        f"{tells}. Send the same amount and lines, or another refund id where it is another refund. Where the first "
        "was wrong and is not done, correct its deliveries: `ordercast replay ID --edit FILE`."
    )


def _money(refund: Refund) -> str:
    if refund.whole:
        return "the whole order"
    if refund.amount is not None:
        return f"an amount of {_plain(refund.amount)}"
    lines = sorted((line.item_id, _plain(line.quantity), _plain(line.amount)) for line in refund.lines)
    amounts = [line.amount for line in refund.lines if line.amount is not None]
    lines_said = f"{len(lines)} line{'' if len(lines) == 1 else 's'}"
    sum_said = f" of {_plain(sum(amounts, Decimal(0)))} in all" if len(amounts) == len(lines) else ""
    return f"{lines_said}{sum_said}#{sha256(msgspec.json.encode(lines)).hexdigest()[:16]}"


def _plain(amount: Decimal | None) -> str:
    """An amount in its shortest spelling; none and zero are the same."""
    return f"{amount.normalize():f}" if amount else ""
