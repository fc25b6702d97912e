"""Where an order goes as a whole: into the folder of the cancelled, or away. Either may be sent again at no harm."""

from __future__ import annotations

from schemas.delivery import Link
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.orderdesk import HeldOrder, read_list, read_text
from worker.providers.base import Absent, Conversation, Job, Lookup, Settled
from worker.providers.orderdesk.answers import accepted, rejected, said_by
from worker.providers.orderdesk.calls import Answer, Calls
from worker.providers.orderdesk.closing import closed, gone, nothing_to_cancel
from worker.providers.orderdesk.find import known_id, link_to, seek_order
from worker.providers.orderdesk.overlay import Fields


def move(calls: Calls, job: Job, folder_id: int) -> Conversation:
    """The order moved to the folder of the cancelled. What a 2xx tells of this one order counts, not its ``status``;
    one that is gone, or lies there, is as it shall be."""
    order_id = yield from known_id(calls, job)
    if isinstance(order_id, Outcome):
        return order_id
    if not (order_id.isascii() and order_id.isdecimal()):
        message = f"Order Desk moves orders by whole numbers, and {order_id} is none: correct the order's refs."
        return rejected(Reason.UNKNOWN_ORDER, message)
    answer = yield from calls.move_order(int(order_id), folder_id)
    if isinstance(answer, Outcome) and answer.reason is not Reason.UNKNOWN_ORDER:
        return answer
    told = _told({} if isinstance(answer, Outcome) else answer, order_id)
    link = link_to(job, order_id)
    if said_by(told).startswith("Order Moved"):
        lay_there = read_text(told.get("original_folder_id")) == str(folder_id)
        return _lay_there(link, folder_id) if lay_there else accepted(closed(link, folder_id))
    held = yield from calls.get_order(order_id)
    if isinstance(held, Outcome):
        return gone(link) if held.reason is Reason.UNKNOWN_ORDER else held
    if held.folder_id == str(folder_id):
        return _lay_there(link, folder_id)
    return answer if isinstance(answer, Outcome) else _left(held, said_by(told))


def _told(answer: Answer, order_id: str) -> Fields:
    """What is told of this order. Only "Order Moved …" is documented (page "Move Orders", 2018-04-30), so whatever else
    is told, or nothing, is held against the order itself."""
    results = read_list(answer.get("results"))
    return next((part for part in results if read_text(part.get("order_id")) == order_id), {})


def _lay_there(link: Link, folder_id: int) -> Outcome:
    message = f"Order {link.order_id} lies in the folder for cancelled orders ({folder_id}) already."
    return nothing_to_cancel(closed(link, folder_id), message)


def _left(held: HeldOrder, message: str) -> Outcome:
    said = f": {message}" if message else ""
    advice = "see whether that folder exists and takes it, then replay this"
    return rejected(Reason.REJECTED, f"Order Desk left order {held.id} in folder {held.folder_id}{said}; {advice}.")


def delete(calls: Calls, job: Job) -> Conversation:
    """The order deleted; one that is gone already is as it shall be."""
    order_id = yield from known_id(calls, job)
    if isinstance(order_id, Outcome):
        return order_id
    answer = yield from calls.delete_order(order_id)
    link = link_to(job, order_id)
    if not isinstance(answer, Outcome):
        return accepted(link)
    if answer.reason is not Reason.UNKNOWN_ORDER:
        return answer
    message = f"Order {order_id} was not at Order Desk any more."
    return Outcome(kind=OutcomeKind.ACCEPTED, reason=Reason.EXISTS, message=message, link=link)


def see_deleted(calls: Calls, job: Job) -> Lookup:
    """Whether the order is gone. Asked only of an order whose id is not known: another is simply deleted again."""
    held = yield from seek_order(calls, job)
    if isinstance(held, Outcome):
        return held
    return Absent() if held else Settled(f"Order Desk holds no order {job.key} of ours any more.")
