"""``deliveries``: all that agree with the filters."""

from __future__ import annotations

import click

from schemas.delivery import Delivery
from worker.ops.cli import tables
from worker.ops.cli.filters import with_filters
from worker.ops.cli.output import Form, answer_all, counted, with_form
from worker.ops.cli.session import open_desk_to_read, settings
from worker.ops.desk.query import DeliveryQuery


def waiting(delivery: Delivery) -> str:
    """What a delivery waits for: the delivery before it in its lane, or the time of its next try."""
    if delivery.waiting_behind:
        return f"behind {delivery.waiting_behind}"
    return delivery.next_attempt_at or ""


COLUMNS: tables.Columns = {
    "id": lambda one: one.id,
    "provider": lambda one: one.provider,
    "source": lambda one: one.source,
    "order": lambda one: one.order,
    "type": lambda one: one.event_type,
    "state": lambda one: one.state.value,
    "reason": lambda one: one.reason,
    "attempts": lambda one: one.attempts,
    "waits": waiting,
    "updated": lambda one: one.updated_at,
    "message": lambda one: one.last_attempt.message if one.last_attempt else "",
}


@click.command
@with_filters()
@with_form
def deliveries(asked: DeliveryQuery, form: Form) -> None:
    """List deliveries that match all filters, newest first.

    "waits" is the time of the next try, or the delivery that this one waits for. --reason matches the reason of the
    present state or of the last attempt.
    """
    found = open_desk_to_read(settings()).deliveries(asked)
    if form is Form.TABLE:
        tables.show(counted(found, "No deliveries match."), COLUMNS)
    else:
        answer_all(found, form)
