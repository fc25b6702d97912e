"""``link``: the provider's own ids for an order, shown and corrected."""

from __future__ import annotations

import click

from schemas.delivery import Link
from worker.ledger.links import KnownLink
from worker.ops.cli import tables
from worker.ops.cli.output import Form, OfOrder, answer, say, with_form
from worker.ops.cli.session import open_desk, principal, settings
from worker.ops.desk.links import LinkCorrection, Linked, OrderLinks


def lines(one: KnownLink) -> str:
    """The ids of the lines, as ``--line`` takes them."""
    return " ".join(f"{item}={line_id}" for item, line_id in one.link.line_ids.items()) if one.link else ""


COLUMNS: tables.Columns = {
    "provider": lambda one: one.provider,
    "order there": lambda one: one.link.order_id if one.link else None,
    "contact": lambda one: one.link.contact_id if one.link else None,
    "lines": lines,
    "in doubt since": lambda one: one.in_doubt_since,
}


def _filled(_: click.Context, option: click.Parameter, value: str | None) -> str | None:
    if value is not None and not value.strip():
        raise click.BadParameter("An id is not empty; --none says that the order is not there.", param=option)
    return value


def _pairs(_: click.Context, option: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """``ITEM=ID`` by item. Our item ids may have a ``=``, so that the last one counts."""
    pairs = [value.rpartition("=") for value in values]
    wrong = [value for value, (item, _, line_id) in zip(values, pairs, strict=True) if not (item and line_id)]
    if wrong:
        raise click.BadParameter(f"{wrong[0]!r} is not ITEM=ID: our item's id, then theirs.", param=option)
    return {item: line_id for item, _, line_id in pairs}


@click.command(cls=OfOrder)
@click.argument("provider")
@click.argument("number", metavar="ORDER")
@click.option("--source", metavar="SOURCE", help="Which source, if several have an order of this number.")
@click.option(
    "--order-id", metavar="ID", callback=_filled, help="The id of the order there. Ends the doubt whether it exists."
)
@click.option("--contact-id", metavar="ID", callback=_filled, help="The customer's id there.")
@click.option(
    "--line", "line_ids", multiple=True, metavar="ITEM=ID", callback=_pairs, help="Our item's id, and the line's there."
)
@click.option("--none", "is_none", is_flag=True, help="The order is not there: forget the link and the doubt.")
@click.option("--why", default="", metavar="TEXT", help="Goes on record. Required if something is changed.")
@with_form
def link(  # noqa: PLR0917  click gives them by name
    provider: str,
    number: str,
    source: str | None,
    order_id: str | None,
    contact_id: str | None,
    line_ids: dict[str, str],
    is_none: bool,
    why: str,
    form: Form,
) -> None:
    """Show the ids of an order at a provider, or correct them.

    Ids that you do not name stay as they are. With another --order-id, the line ids and the adapter's notes are
    dropped, since they belong to the order that was linked before. Nothing is sent: the next event of the order uses
    the new link, and so does `ordercast replay`. While an attempt of this order runs at this provider, the command is
    refused (exit code 1).
    """
    ids = Link(order_id=order_id, contact_id=contact_id, line_ids=line_ids)
    if is_none and ids != Link():
        raise click.UsageError("--none says that the order is not there: it goes with no id.")
    if why and not is_none and ids == Link():
        raise click.UsageError("Say what to correct: --order-id, --contact-id, --line or --none.")
    linking = OrderLinks(open_desk(settings()))
    found = linking.one(provider, number, source)
    if is_none or ids != Link():
        found = linking.correct(found, LinkCorrection(None if is_none else ids, why, principal()))
    _print(found, form)


def _print(found: Linked, form: Form) -> None:
    if form is not Form.TABLE:
        answer(found, form)
    elif found.link is None and found.in_doubt_since is None:
        say(f"Nothing is known of order {found.order} at {found.provider}: its next snapshot creates it there.")
    else:
        tables.show([found], COLUMNS)
