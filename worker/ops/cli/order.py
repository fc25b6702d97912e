"""``order``: one order × all providers."""

from __future__ import annotations

from collections.abc import Sequence

import click

from schemas.delivery import Delivery, State
from worker.errors import NothingMatched
from worker.ledger.links import Known
from worker.ledger.orders import OrderStory
from worker.ops.cli import link, tables
from worker.ops.cli.manners import Form, answer, with_form
from worker.ops.cli.session import open_desk, settings
from worker.ops.linking import Linking

EVENTS: tables.Columns = {
    "event": lambda event: event.id,
    "type": lambda event: event.type,
    "time": lambda event: event.time,
    "revision": lambda event: event.revision,
    "edited": lambda event: "yes" if event.original else "",
}
ATTEMPTS: tables.Columns = {
    "delivery": lambda pair: pair[0].id,
    "provider": lambda pair: pair[0].provider,
    "attempt": lambda pair: pair[1].number,
    "at": lambda pair: pair[1].at,
    "took ms": lambda pair: pair[1].took_ms,
    "outcome": lambda pair: pair[1].outcome,
    "reason": lambda pair: pair[1].reason,
    "HTTP": lambda pair: pair[1].http_status,
    "message": lambda pair: pair[1].message,
}


@click.command
@click.argument("number")
@click.option("--source", metavar="SOURCE", help="Where several sources have an order of this number: which.")
@with_form
def order(number: str, source: str | None, form: Form) -> None:
    """Show one order at all providers: its events, what became of each, what waits behind what and when the next try
    is, the providers' own ids, and every attempt that is kept (at most 30 a delivery)."""
    desk = open_desk(settings())
    story = desk.order(number, source)
    if story is None:
        at = f" at {source}" if source else ""
        raise NothingMatched(f"There is no order {number}{at}.")
    if form is Form.TABLE:
        _print(story, Linking(desk).all_of(story))
    else:
        answer(story, form)


def delivery_columns(story: OrderStory) -> tables.Columns:
    """What became of each event at each provider; other deliveries of the order are told by their events."""
    events = {one.id: f"{one.event_type} {one.event_id}" for one in story.deliveries}
    died = {one.id: f", dead since {one.updated_at}" for one in story.deliveries if one.state is State.DEAD}

    def waits(one: Delivery) -> str:
        if one.waiting_behind:
            head = one.waiting_behind
            return f"behind {events.get(head, head)}{died.get(head, '')}"
        return f"next try {one.next_attempt_at}" if one.next_attempt_at else ""

    return {
        "delivery": lambda one: one.id,
        "provider": lambda one: one.provider,
        "event": lambda one: events[one.id],
        "state": lambda one: one.state.value,
        "reason": lambda one: one.reason,
        "in doubt": lambda one: "yes" if one.in_doubt else "",
        "waits": waits,
        "superseded by": lambda one: events.get(one.superseded_by, one.superseded_by),
    }


def _print(story: OrderStory, links: list[Known]) -> None:
    revision = "" if story.revision is None else f", revision {story.revision}"
    status = f", {story.status}" if story.status else ""
    click.echo(f"Order {story.order} of {story.source}{revision}{status}")
    attempts = [(one, attempt) for one in story.deliveries for attempt in one.history]
    told: list[tuple[Sequence[object], tables.Columns]] = [
        (story.events, EVENTS),
        (story.deliveries, delivery_columns(story)),
        (links, link.COLUMNS),
        (attempts, ATTEMPTS),
    ]
    for rows, columns in told:
        if rows:
            click.echo()
            tables.show(rows, columns)
    wanted = {one.event_id for one in story.deliveries}
    for event in story.events:
        if event.id not in wanted:
            click.echo(f"No provider wanted event {event.id}: it is kept, and was delivered to nobody.")
