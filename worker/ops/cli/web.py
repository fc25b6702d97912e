"""``web``: serves the desk."""

from __future__ import annotations

import click

from worker.ops.cli.output import say
from worker.ops.cli.session import settings


@click.command
def web() -> None:
    """Serve the desk's pages and the HTTP API at [web] listen, until Ctrl-C or SIGTERM.

    `ordercast up` serves them too. While nobody can log in, it prints a link for the first admin, good once.
    """
    from worker.ops.web.serving import serve  # noqa: PLC0415  Flask and gunicorn are for this command alone

    serve(settings(), click.get_current_context().find_root().obj, say)
