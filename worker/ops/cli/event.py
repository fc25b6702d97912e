"""``event``: an event as it was accepted, whole."""

from __future__ import annotations

import click

from worker.ops.cli.output import Form, say, with_form
from worker.ops.cli.session import open_desk_to_read, principal, settings
from worker.ops.desk.bodies import Bodies


@click.command
@click.argument("named", metavar="ID")
@click.option("--source", metavar="SOURCE", help="Which source, if several sent an event of this id.")
@click.option(
    "--edited", "is_edited", is_flag=True, help="Of a delivery: the corrected event that an edited replay sent last."
)
@with_form
def event(named: str, source: str | None, is_edited: bool, form: Form) -> None:  # noqa: ARG001  JSON in every form
    """Print a whole event as JSON: by its own id, by the id of a delivery (8 characters are enough), or by the id of a
    refusal.

    The event names customers, so the record shows who looked. To correct it, edit it in a file and send it with
    `ordercast replay ID --edit FILE --why TEXT`.
    """
    body = Bodies(open_desk_to_read(settings()).store).of(named, source=source, by=principal(), is_edited=is_edited)
    click.echo(body.text)
    if body.edited and not is_edited:
        say(f"An edited replay was sent in its place to {', '.join(body.edited)}: --edited prints that one.")
