"""``order``: one order × all providers."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click
import msgspec

from schemas.delivery import Delivery, State
from worker.errors import NothingMatched, StoreUnreachable
from worker.ledger.audit import Deed
from worker.ledger.links import KnownLink
from worker.ledger.queries.orders import DeliveryStory, OrderStory, PastAttempt
from worker.ledger.queries.refusals import Refusal
from worker.ops.cli import link, record, refusals, tables
from worker.ops.cli.output import Form, OfOrder, answer, say, with_form
from worker.ops.cli.session import open_desk_to_read, settings
from worker.ops.cli.timeline import show_timeline
from worker.ops.desk.links import OrderLinks

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

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
    "message": lambda pair: pair[1].message,
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
REFUSED = {title: shows for title, shows in refusals.COLUMNS.items() if title not in ("source", "order")}
OF_REFUSED = "Refused under this number:"
Parts = list[tuple[Sequence[Any], tables.Columns]]
TRIES = {title: shows for title, shows in ATTEMPTS.items() if title not in ("delivery", "provider")}


@click.command(cls=OfOrder)
@click.argument("number")
@click.option("--source", metavar="SOURCE", help="Which source, if several have an order of this number.")
@click.option("--timeline", "as_timeline", is_flag=True, help="As a matrix and a line of time instead.")
@with_form
def order(number: str, source: str | None, as_timeline: bool, form: Form) -> None:
    """Show one order at all providers: its events, the state of each delivery, what it waits for and when it is tried
    next, the providers' own ids, the last 30 attempts of each delivery, what people did, and events of this order that
    were refused.

    --timeline tells the same as one line of time over all providers, the oldest first, with the state of each event at
    each provider before it. `ordercast replay --order NUMBER --why TEXT` replays only what failed of it.
    """
    desk = open_desk_to_read(settings())
    story = desk.order(number, source)
    try:
        refused = desk.refused_of(number, source or (story.source if story else None))
    except StoreUnreachable as error:  # a shard that the order is not on
        if story is None:
            raise
        refused = []
        say(f"What was refused of it is not shown: {error}")
    if story is None and not refused:
        at = f" at {source}" if source else ""
        raise NothingMatched(f"There is no order {number}{at}, and nothing of that number was refused.")
    if as_timeline and story is not None:
        show_timeline(desk, story, refused, form)
        return
    if form is not Form.TABLE:
        answer(_document(story, number, refused), form)
        return
    if story is None:
        click.echo(f"Nothing of order {number} was accepted; this was refused:")
        tables.show(refused, REFUSED)
        return
    told = Told(story, OrderLinks(desk).all_of(story), desk.deeds_on(story), refused)
    told.draw() if sys.stdout.isatty() else told.write()


def _document(story: OrderStory | None, number: str, refused: list[Refusal]) -> dict[str, Any]:
    """The order as JSON, ``refusals`` beside it where something of it was refused."""
    nothing: dict[str, Any] = {
        "source": None,
        "order": number,
        "revision": None,
        "status": None,
        "events": [],
        "deliveries": [],
    }
    shown = nothing if story is None else msgspec.to_builtins(story)
    return {**shown, "refusals": refused} if refused else shown


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


@dataclass(frozen=True, slots=True)
class Told:
    """All that there is to tell of one order."""

    story: OrderStory
    links: list[KnownLink]
    deeds: list[Deed]
    refused: list[Refusal]

    def write(self) -> None:
        """A table of each sort of row, for a pipe."""
        click.echo(headline(self.story))
        attempts = [(one, attempt) for one in self.story.deliveries for attempt in one.history]
        parts: Parts = [
            *self._events(),
            (self.story.deliveries, delivery_columns(self.story)),
            (self.links, link.COLUMNS),
            (attempts, ATTEMPTS),
            *self._people(),
        ]
        for rows, columns in parts:
            if rows:
                click.echo()
                if columns is REFUSED:
                    click.echo(OF_REFUSED)
                tables.show(rows, columns)
        for sentence in self._sentences():
            click.echo(sentence)

    def draw(self) -> None:
        """For a terminal: the events, then a block for each provider, then what people did."""
        printer, story = tables.console(), self.story
        printer.print(headline(story), style="bold", markup=False)
        self._draw(printer, self._events())
        for sentence in self._sentences():
            printer.print(sentence, markup=False)
        for provider in dict.fromkeys(one.provider for one in story.deliveries):
            printer.print()
            own = [one for one in story.deliveries if one.provider == provider]
            known = next((one for one in self.links if one.provider == provider), None)
            for part in block(provider, own, known, story, printer.width):
                printer.print(part)
        self._draw(printer, self._people())

    def _draw(self, printer: Console, parts: Parts) -> None:
        for rows, columns in parts:
            if rows:
                printer.print()
                if columns is REFUSED:
                    printer.print(OF_REFUSED, style="bold")
                printer.print(tables.table(rows, columns, printer.width))

    def _events(self) -> Parts:
        events = self.story.events
        return [(events, EVENTS), ([(event, remark) for event in events for remark in event.remarks], REMARKS)]

    def _people(self) -> Parts:
        return [(self.deeds, record.COLUMNS), (self.refused, REFUSED)]

    def _sentences(self) -> Iterator[str]:
        """What is to be known of an event beside its row."""
        wanted = {one.event_id for one in self.story.deliveries}
        for event in self.story.events:
            if event.erased_at:
                yield f"The customer in event {event.id} was erased on {event.erased_at}: nothing of it is sent now."
            if event.id not in wanted:
                yield f"No provider wanted event {event.id}: it is kept, and was delivered to nobody."


def block(
    provider: str, own: Iterable[DeliveryStory], known: KnownLink | None, story: OrderStory, width: int
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


def _ids(known: KnownLink | None) -> str:
    """The ids of an order there, in words."""
    if known is None:
        return ""
    said = {
        "order there": known.link.order_id if known.link else None,
        "contact": known.link.contact_id if known.link else None,
        "lines": link.lines(known) or None,
        "in doubt since": None if known.restarted_at else known.in_doubt_since,
        "looked for before anything is sent, since the store was restarted at": known.restarted_at,
    }
    return "  " + tables.terse(", ".join(f"{name} {value}" for name, value in said.items() if value))
