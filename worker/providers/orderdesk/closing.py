"""An order that is cancelled at Order Desk: it lies in the folder that the account has for status ``cancelled``.

Who moved it there decides what a later snapshot does. What people moved stays until the order's folder changes at our
side (see overlay.py); what a cancellation of ours moved is opened again by the first snapshot whose status has a folder
of its own. A move takes nothing but ids (page "Move Orders", 2018-04-30), so the mark of ours is in the link.
"""

from __future__ import annotations

import msgspec

from schemas.delivery import Link
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.orderdesk import HeldOrder

MOVED_INTO = "cancelled_into"  # of a link's notes: the folder that a cancellation of ours moved the order into


def closed(link: Link, folder_id: int) -> Link:
    """The link of an order that our cancellation has put into this folder, or found there."""
    return msgspec.structs.replace(link, notes={**link.notes, MOVED_INTO: str(folder_id)})


def is_closed_by_us(held: HeldOrder, link: Link) -> bool:
    """Whether the order lies where a cancellation of ours put it."""
    return bool(held.folder_id) and link.notes.get(MOVED_INTO) == held.folder_id


def while_closed(link: Link, folder_id: str) -> Link:
    """The link of an order that lies in this folder now: whoever moved it out ended our cancellation."""
    if link.notes.get(MOVED_INTO) in (None, folder_id):
        return link
    return msgspec.structs.replace(link, notes={name: text for name, text in link.notes.items() if name != MOVED_INTO})


def nothing_to_cancel(link: Link, message: str) -> Outcome:
    """A cancellation that finds it done, by whomever."""
    return Outcome(kind=OutcomeKind.ACCEPTED, reason=Reason.EXISTS, message=message, link=link)


def gone(link: Link) -> Outcome:
    """A cancellation of an order that is not there any more."""
    return nothing_to_cancel(link, f"Order {link.order_id} is not at Order Desk any more: nothing is left to cancel.")
