"""``dead``: dead letters, one by one or by cause."""

from __future__ import annotations

from typing import Any

import click

from schemas.cause import CauseState
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
    "state": lambda group: group.state.value,
    "count": lambda group: group.count,
    "replaying": lambda group: group.replaying or None,
    "ever": lambda group: group.ever,
    "taken by": lambda group: group.taken.who if group.taken else None,
    "first": lambda group: group.first_at,
    "last": lambda group: group.last_at,
    "fingerprint": lambda group: group.fingerprint,
    "for example": lambda group: group.sample.id,
    "message": lambda group: group.sample.message,
}
SHOWN = f"{CauseState.OPEN},{CauseState.REPLAYING}"
FILTERS = tuple(name for name in OPTIONS if name != "state")


class StatesType(click.ParamType[frozenset[CauseState]]):
    name = "states"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> frozenset[CauseState]:
        words = value.split(",") if isinstance(value, str) else value
        if unknown := [word for word in words if word not in list(CauseState)]:
            self.fail(f"{unknown[0]!r} is no state of a cause; these are: {', '.join(CauseState)}", param, ctx)
        return frozenset(map(CauseState, words))


@click.command
@with_filters(*FILTERS)
@click.option(
    "--group", is_flag=True, help="Show each cause and how many dead letters it has; with --provider, --reason."
)
@click.option(
    "--groups",
    "states",
    type=StatesType(),
    metavar="STATES",
    help=f"The same, of causes in these states, with commas between: {', '.join(CauseState)} (default {SHOWN}).",
)
@with_form
def dead(asked: DeliveryQuery, group: bool, states: frozenset[CauseState] | None, form: Form) -> None:
    """List dead letters that match all filters, newest first; with --group their causes.

    Then correct the cause and `ordercast replay` them, or `ordercast discard` them: by ID, or all of one cause with
    --fingerprint. `ordercast cause` shows one cause, and keeps what you say of it.
    """
    desk = open_desk_to_read(settings())
    shown = states or frozenset({CauseState.OPEN, CauseState.REPLAYING})
    by_cause = group or states is not None
    found, columns = (desk.groups(asked, shown), GROUPS) if by_cause else (desk.dead(asked), COLUMNS)
    if form is Form.TABLE:
        tables.show(counted(found, "No cause matches." if by_cause else "No dead letters match."), columns)
    else:
        answer_all(found, form)
