"""``cause``: what letters died of, and what people say of it."""

from __future__ import annotations

import click

from schemas.cause import DeadGroup
from worker.ledger.cause_marks import CauseDeed
from worker.ops.cli import tables
from worker.ops.cli.dead import GROUPS
from worker.ops.cli.filters import MOMENT
from worker.ops.cli.output import Form, answer, with_form
from worker.ops.cli.session import open_desk, open_desk_to_read, principal, settings
from worker.ops.desk.causes import CauseDesk
from worker.ops.desk.query import Moment

COLUMNS: tables.Columns = {
    **GROUPS,
    "reopened": lambda group: group.reopened_at,
    "times": lambda group: group.reopenings or None,
    "ignored by": lambda group: group.ignored.who if group.ignored else None,
    "until": lambda group: group.ignored.until if group.ignored else None,
    "why": lambda group: group.ignored.why if group.ignored else None,
}
NOTES: tables.Columns = {
    "at": lambda note: note.at,
    "who": lambda note: note.who,
    "note": lambda note: note.text,
}


@click.command
@click.argument("provider")
@click.argument("fingerprint")
@click.option("--note", metavar="TEXT", help="Keep this text with it, of at most 500 characters.")
@click.option("--take", "deed", flag_value=CauseDeed.TAKE, type=CauseDeed, help="Say that you see to it.")
@click.option("--release", "deed", flag_value=CauseDeed.RELEASE, type=CauseDeed, help="Say that nobody does any more.")
@click.option(
    "--ignore",
    "deed",
    flag_value=CauseDeed.IGNORE,
    type=CauseDeed,
    help="Leave it out of `dead --group`: for good, or as --until and --more say.",
)
@click.option("--reopen", "deed", flag_value=CauseDeed.REOPEN, type=CauseDeed, help="Ignore it no more.")
@click.option("--until", type=MOMENT, metavar="WHEN", help="Ignore it until then: RFC 3339, or a date (UTC).")
@click.option("--more", type=click.IntRange(min=1), metavar="N", help="Ignore it until so many more have died of it.")
@click.option("--why", default="", metavar="TEXT", help="Goes on record. Required with --ignore.")
@with_form
def cause(  # noqa: PLR0917  click gives them by name
    provider: str,
    fingerprint: str,
    note: str | None,
    deed: CauseDeed | None,
    until: Moment | None,
    more: int | None,
    why: str,
    form: Form,
) -> None:
    """Show a cause of dead letters; write a note to it, take it, or ignore it. `ordercast dead --group` lists them.

    The beginning of a FINGERPRINT is enough. A cause closes by itself when its letters are delivered or discarded,
    and opens again when a letter dies of it.
    """
    if deed is not CauseDeed.IGNORE and (until or more):
        raise click.UsageError("--until and --more go with --ignore.")
    if until and until.is_span:
        raise click.UsageError("--until takes a date, or an instant such as 2026-11-21T09:30:00Z.")
    changes = deed or note is not None
    desk = (open_desk(settings()) if changes else open_desk_to_read(settings())).causes
    found = _changed(desk, desk.find(provider, fingerprint), note, deed, until, more, why)
    if form is not Form.TABLE:
        answer(found, form)
        return
    tables.show([found], COLUMNS)
    tables.show(found.notes, NOTES)


def _changed(  # noqa: PLR0917  as many as the command has
    desk: CauseDesk,
    found: DeadGroup,
    note: str | None,
    deed: CauseDeed | None,
    until: Moment | None,
    more: int | None,
    why: str,
) -> DeadGroup:
    """The cause with what was said of it."""
    named, by = (found.provider, found.fingerprint), principal()
    if deed is CauseDeed.IGNORE:
        found = desk.ignore(*named, by=by, why=why, until=until, more=more)
    elif deed:
        found = desk.mark(*named, deed, by=by, why=why)
    return found if note is None else desk.note(*named, note, by=by, why=why)
