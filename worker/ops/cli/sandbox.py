"""``sandbox``: the simulated vendors alone, for trying a configuration on."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import TYPE_CHECKING

import click

from schemas.config_fields import split_url
from worker.ops.cli.output import Form, answer, say, with_form

if TYPE_CHECKING:
    from worker.sandbox.server import Sandbox

LISTEN = "127.0.0.1:8721"


@click.command
@click.option("--listen", default=LISTEN, show_default=True, metavar="HOST:PORT", help="Where to serve; port 0: any.")
@with_form
def sandbox(listen: str, form: Form) -> None:
    """Simulate the vendors over HTTP until interrupted, as strict as the real ones: Order Desk allows 3 calls a
    second.

    Each vendor is at /KIND, followed by its own paths, and accepts the keys that are printed beside it. GET
    /_sandbox/KIND/orders and /calls show what it holds and which requests it got. POST /_sandbox/KIND/faults injects
    faults, with a body such as {"do": "status", "status": 503, "times": 3}; DELETE /_sandbox/KIND/faults removes them.
    DELETE /_sandbox deletes everything.
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
        say("Ended. What the vendors held is gone.")


def _tell(running: Sandbox, form: Form) -> None:
    from worker.ops.local.sandbox_process import test_keys  # noqa: PLC0415  the vendors are loaded when they are played
    from worker.sandbox import BASE_PATHS  # noqa: PLC0415

    urls, keys = {kind: running.base_url(kind) for kind in BASE_PATHS}, test_keys()
    if form is not Form.TABLE:
        answer({"url": running.url, "kinds": urls, "keys": keys}, form)
        return
    click.echo(f"Simulated vendors at {running.url}. Stop them with Ctrl-C.")
    for kind, url in urls.items():
        click.echo(f"  {kind:<12} {url:<44} {', '.join(f'{name} {key}' for name, key in keys[kind].items())}")


def _place(listen: str) -> tuple[str, int]:
    parts = split_url(f"//{listen}")
    if parts is None or not parts.hostname or parts.port is None:
        raise click.UsageError(f"{listen!r} is no place to listen at: write HOST:PORT, such as {LISTEN}.")
    return parts.hostname, parts.port


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)
