"""``deliveries``: all that agree with the filters."""

from __future__ import annotations

import click

from schemas.delivery import Delivery, State
from schemas.outcome import Reason
from worker.ops.asked import Asked
from worker.ops.cli import tables
from worker.ops.cli.filters import with_filters
from worker.ops.cli.manners import Form, answer_all, counted, with_form
from worker.ops.cli.session import open_desk, settings


def waiting(delivery: Delivery) -> str:
    """What a delivery waits for: the delivery before it in its lane, or the time of its next try."""
    if delivery.waiting_behind:
        return f"behind {delivery.waiting_behind}"
    return delivery.next_attempt_at or ""


def cause(reason: str | None, attempt_reason: str | None) -> str | None:
    """The word that says most: a rejection's own (``no_product``), which the filters know too."""
    return attempt_reason if reason == Reason.REJECTED and attempt_reason else reason


def reason(delivery: Delivery) -> str | None:
    return cause(delivery.reason, delivery.last_attempt.reason if delivery.last_attempt else None)


def message(delivery: Delivery) -> str:
    """What the provider said last, where that is why it waits or died."""
    last = delivery.last_attempt
    if last is None or delivery.state not in (State.PARKED, State.DEAD):
        return ""
    status = f"HTTP {last.http_status}" if last.http_status else ""
    return ": ".join(filter(None, [status, last.message]))


COLUMNS: tables.Columns = {
    "id": lambda one: one.id,
    "provider": lambda one: one.provider,
    "source": lambda one: one.source,
    "order": lambda one: one.order,
    "type": lambda one: one.event_type,
    "state": lambda one: one.state.value,
    "reason": reason,
    "attempts": lambda one: one.attempts,
    "waits": waiting,
    "updated": lambda one: one.updated_at,
    "message": message,
}


@click.command
@with_filters()
@with_form
def deliveries(asked: Asked, form: Form) -> None:
    """List deliveries that agree with every filter, newest first.

    "waits" is the next try of a parked delivery, or the delivery it stands behind. A reason is that of the present
    state or of the last attempt.
    """
    found = open_desk(settings()).deliveries(asked)
    if form is Form.TABLE:
        tables.show(counted(found, "No delivery agrees."), COLUMNS)
    else:
        answer_all(found, form)
