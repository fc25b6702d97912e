"""``pause`` and ``resume``: a provider's gate by hand."""

from __future__ import annotations

import click

from worker.ledger.queries.status import GateView
from worker.ops.cli.output import Form, answer, say, with_form
from worker.ops.cli.session import open_desk, principal, settings
from worker.ops.cli.status import gate_words


@click.command
@click.argument("provider")
@click.option("--why", required=True, metavar="TEXT", help="Goes on record, and is shown by status.")
@with_form
def pause(provider: str, why: str, form: Form) -> None:
    """Send nothing to a provider until somebody resumes it. Attempts that have begun are finished."""
    gate = open_desk(settings()).pause(provider, by=principal(), why=why)
    if form is Form.TABLE:
        say(f"{provider} is {gate_words(gate) or 'paused'}")
    else:
        answer({"provider": provider, "gate": gate}, form)


@click.command
@click.argument("provider")
@click.option("--why", required=True, metavar="TEXT", help="Goes on record.")
@with_form
def resume(provider: str, why: str, form: Form) -> None:
    """Open a provider again, whatever closed it: a pause, a hold for refused credentials, or its circuit breaker."""
    desk = open_desk(settings())
    was_closed = desk.resume(provider, by=principal(), why=why)
    gate = desk.gates().get(provider)
    if form is Form.TABLE:
        say(f"{provider} is {gate_words(gate) or 'open'}" if was_closed else _was_open(provider, gate))
    else:
        answer({"provider": provider, "changed": was_closed, "gate": gate}, form)


def _was_open(provider: str, gate: GateView | None) -> str:
    if gate is None or gate.state != "limited":
        return f"{provider} is already open."
    return f"{provider} is already open. Fewer attempts than usual run at once after trouble; each success allows more."
