"""``sandbox``: the played vendors alone, for trying a configuration on."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import TYPE_CHECKING

import click

from schemas.config_fields import split_url
from worker.ops.cli.manners import Form, answer, with_form

if TYPE_CHECKING:
    from worker.sandbox.server import Sandbox

LISTEN = "127.0.0.1:8721"


@click.command
@click.option("--listen", default=LISTEN, show_default=True, metavar="HOST:PORT", help="Where to serve; port 0: any.")
@with_form
def sandbox(listen: str, form: Form) -> None:
    """Play the vendors over HTTP until interrupted, as strictly as they are: Order Desk takes 3 calls a second.

    Each vendor is under /KIND with its own paths behind it. GET /_sandbox/KIND/orders and /calls show what it holds
    and was asked; POST /_sandbox/KIND/faults makes things go wrong; DELETE /_sandbox forgets everything.
    """
    from worker.sandbox import load_vendors  # noqa: PLC0415  the vendors are loaded when they are played
    from worker.sandbox.server import Sandbox  # noqa: PLC0415

    running = Sandbox(load_vendors(), *_place(listen))
    try:
        running.start()
    except OSError as error:
        raise click.ClickException(f"{listen} cannot be had ({error.strerror}): say another with --listen.") from error
    signal.signal(signal.SIGTERM, _leave)
    try:
        _tell(running, form)
        threading.Event().wait()
    finally:
        running.stop()


def _tell(running: Sandbox, form: Form) -> None:
    from worker.sandbox import BASE_PATHS  # noqa: PLC0415

    urls = {kind: running.base_url(kind) for kind in BASE_PATHS}
    if form is not Form.TABLE:
        answer({"url": running.url, "kinds": urls}, form)
        return
    click.echo(f"Vendors are played at {running.url}; stop them with Ctrl-C.")
    for kind, url in urls.items():
        click.echo(f"  {kind:<12} {url}")


def _place(listen: str) -> tuple[str, int]:
    parts = split_url(f"//{listen}")
    if parts is None or not parts.hostname or parts.port is None:
        raise click.UsageError(f"{listen!r} is no place to listen at: write HOST:PORT, such as {LISTEN}.")
    return parts.hostname, parts.port


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)
