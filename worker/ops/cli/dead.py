"""``dead``: dead letters, one by one or by cause."""

from __future__ import annotations

import click

from worker.ops.cli import tables
from worker.ops.cli.filters import OPTIONS, with_filters
from worker.ops.cli.output import Form, answer_all, counted, with_form
from worker.ops.cli.session import open_desk_to_read, settings
from worker.ops.desk.query import DeliveryQuery

COLUMNS: tables.Columns = {
    "id": lambda one: one.id,
    "provider": lambda one: one.provider,
    "source": lambda one: one.source,
    "order": lambda one: one.order,
    "type": lambda one: one.event_type,
    "reason": lambda one: one.last_attempt.reason if one.last_attempt else one.reason,
    "attempts": lambda one: one.attempts,
    "died": lambda one: one.updated_at,
    "message": lambda one: one.last_attempt.message if one.last_attempt else "",
}
GROUPS: tables.Columns = {
    "provider": lambda group: group.provider,
    "reason": lambda group: group.attempt_reason or group.reason,
    "count": lambda group: group.count,
    "first": lambda group: group.first_at,
    "last": lambda group: group.last_at,
    "fingerprint": lambda group: group.fingerprint,
    "for example": lambda group: group.sample.id,
    "message": lambda group: group.sample.message,
}
FILTERS = tuple(name for name in OPTIONS if name != "state")


@click.command
@with_filters(*FILTERS)
@click.option(
    "--group", is_flag=True, help="Show each cause and how many dead letters it has; with --provider, --reason."
)
@with_form
def dead(asked: DeliveryQuery, group: bool, form: Form) -> None:
    """List dead letters that match all filters, newest first; with --group their causes.

    Then correct the cause and `ordercast replay` them, or `ordercast discard` them: by ID, or all of one cause with
    --fingerprint.
    """
    desk = open_desk_to_read(settings())
    found, columns = (desk.groups(asked), GROUPS) if group else (desk.dead(asked), COLUMNS)
    if form is Form.TABLE:
        tables.show(counted(found, "No dead letters match."), columns)
    else:
        answer_all(found, form)
