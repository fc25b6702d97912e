"""``event``: an event as it was accepted, whole."""

from __future__ import annotations

import click

from worker.ops.cli.output import Form, say, with_form
from worker.ops.cli.session import open_desk_to_read, principal, settings
from worker.ops.desk.bodies import Bodies


@click.command
@click.argument("named", metavar="ID")
@click.option("--source", metavar="SOURCE", help="Where several sources sent an event of this id: which.")
@click.option("--edited", "is_edited", is_flag=True, help="Of a delivery: what an edited replay sent last instead.")
@with_form
def event(named: str, source: str | None, is_edited: bool, form: Form) -> None:  # noqa: ARG001  JSON in every form
    """Print an event whole, as JSON: by its own id, by a delivery's id (8 characters are enough), or by a refusal's.

    It names customers, so that who looked goes on record. Correct it in a file, and send it with
    `ordercast replay ID --edit FILE --why TEXT`.
    """
    body = Bodies(open_desk_to_read(settings()).store).of(named, source=source, by=principal(), is_edited=is_edited)
    click.echo(body.text)
    if body.edited and not is_edited:
        say(f"An edited replay was sent in its place to {', '.join(body.edited)}: --edited prints that one.")
