"""``order``: one order × all providers."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from schemas.delivery import Delivery, State
from worker.errors import NothingMatched
from worker.ledger.audit import Deed
from worker.ledger.links import Known
from worker.ledger.orders import DeliveryStory, OrderStory, PastAttempt
from worker.ops.cli import link, record, tables
from worker.ops.cli.manners import Form, OfOrder, answer, with_form
from worker.ops.cli.session import open_desk, settings
from worker.ops.linking import Linking

if TYPE_CHECKING:
    from rich.console import RenderableType

EVENTS: tables.Columns = {
    "event": lambda event: event.id,
    "type": lambda event: event.type,
    "time": lambda event: event.time,
    "revision": lambda event: event.revision,
    "edited": lambda event: "yes" if event.original else "",
}
REMARKS: tables.Columns = {
    "repaired in event": lambda pair: pair[0].id,
    "path": lambda pair: pair[1].path,
    "remark": lambda pair: pair[1].message,
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
TRIES = {title: shows for title, shows in ATTEMPTS.items() if title not in ("delivery", "provider")}


@click.command(cls=OfOrder)
@click.argument("number")
@click.option("--source", metavar="SOURCE", help="Where several sources have an order of this number: which.")
@with_form
def order(number: str, source: str | None, form: Form) -> None:
    """Show one order at all providers: its events, what became of each, what waits behind what and when the next try
    is, the providers' own ids, every attempt that is kept (at most 30 a delivery), and what people did about it."""
    desk = open_desk(settings())
    story = desk.order(number, source)
    if story is None:
        at = f" at {source}" if source else ""
        raise NothingMatched(f"There is no order {number}{at}.")
    if form is not Form.TABLE:
        answer(story, form)
        return
    links, deeds = Linking(desk).all_of(story), desk.deeds_on(story)
    if sys.stdout.isatty():
        _draw(story, links, deeds)
    else:
        _print(story, links, deeds)


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


def headline(story: OrderStory) -> str:
    revision = "" if story.revision is None else f", revision {story.revision}"
    status = f", {story.status}" if story.status else ""
    return f"Order {story.order} of {story.source}{revision}{status}"


def _print(story: OrderStory, links: list[Known], deeds: list[Deed]) -> None:
    """A table of each sort of row, for a pipe."""
    click.echo(headline(story))
    attempts = [(one, attempt) for one in story.deliveries for attempt in one.history]
    told: list[tuple[Sequence[object], tables.Columns]] = [
        (story.events, EVENTS),
        ([(event, remark) for event in story.events for remark in event.remarks], REMARKS),
        (story.deliveries, delivery_columns(story)),
        (links, link.COLUMNS),
        (attempts, ATTEMPTS),
        (deeds, record.COLUMNS),
    ]
    for rows, columns in told:
        if rows:
            click.echo()
            tables.show(rows, columns)
    wanted = {one.event_id for one in story.deliveries}
    for event in story.events:
        if event.id not in wanted:
            click.echo(f"No provider wanted event {event.id}: it is kept, and was delivered to nobody.")


def _draw(story: OrderStory, links: list[Known], deeds: list[Deed]) -> None:
    """For a terminal: the events, then a block for each provider, then what people did."""
    printer = tables.console()
    printer.print(headline(story), style="bold", markup=False)
    if story.events:
        printer.print()
        printer.print(tables.table(story.events, EVENTS, printer.width))
    for provider in dict.fromkeys(one.provider for one in story.deliveries):
        printer.print()
        own = [one for one in story.deliveries if one.provider == provider]
        known = next((one for one in links if one.provider == provider), None)
        for part in block(provider, own, known, story, printer.width):
            printer.print(part)
    if deeds:
        printer.print()
        printer.print(tables.table(deeds, record.COLUMNS, printer.width))


def block(
    provider: str, own: Iterable[DeliveryStory], known: Known | None, story: OrderStory, width: int
) -> Iterator[RenderableType]:
    """What became of an order at one provider: its ids there, each delivery, and beneath it each attempt."""
    from rich.padding import Padding  # noqa: PLC0415  only a terminal needs it
    from rich.text import Text  # noqa: PLC0415

    columns = {title: shows for title, shows in delivery_columns(story).items() if title != "provider"}
    yield Text(provider, style="bold").append(_ids(known), style="not bold")
    for one in own:
        cells = {title: tables.terse(shows(one)) for title, shows in columns.items()}
        line = Text(overflow="fold").append(f"{cells['event']}  ")
        line.append(cells["state"], tables.STYLES.get(cells["state"], ""))
        line.append(f": {cells['reason']}" if cells["reason"] else "")
        more = [f"{title} {cells[title]}" for title in ("in doubt", "superseded by") if cells[title]]
        line.append("".join(f", {text}" for text in (cells["waits"], *more) if text)).append(f"  ({cells['delivery']})")
        yield Padding(line, (0, 0, 0, 2), expand=False)
        tries: list[tuple[DeliveryStory, PastAttempt]] = [(one, attempt) for attempt in one.history]
        if tries:
            yield Padding(tables.table(tries, TRIES, width - tables.INDENT), (0, 0, 0, tables.INDENT), expand=False)


def _ids(known: Known | None) -> str:
    """The ids of an order there, in words."""
    if known is None:
        return ""
    said = {
        "order there": known.link.order_id if known.link else None,
        "contact": known.link.contact_id if known.link else None,
        "lines": link.lines(known) or None,
        "in doubt since": known.in_doubt_since,
    }
    return "  " + tables.terse(", ".join(f"{name} {value}" for name, value in said.items() if value))
