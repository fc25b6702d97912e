"""``providers``: what is configured, and what each kind makes of each event."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import click

from schemas.config import Config
from worker.errors import StoreUnreachable
from worker.ledger.queries.status import GateView
from worker.ops.cli import tables
from worker.ops.cli.output import Form, answer, answer_all, counted, end, say, with_form
from worker.ops.cli.session import open_desk, open_desk_to_read, settings
from worker.ops.cli.status import gate_words
from worker.ops.desk.desk import Desk, accounts

COLUMNS: tables.Columns = {
    "provider": lambda one: one.provider,
    "kind": lambda one: one.kind,
    "base_url": lambda one: one.base_url,
    "sources": lambda one: " ".join(one.sources),
    "events": lambda one: " ".join(one.events),
    "at once": lambda one: one.max_in_flight,
    "calls/s": lambda one: one.rate["per_second"] if one.rate else None,
    "gate": lambda one: gate_words(one.gate),
    "cannot be used": lambda one: one.broken,
}
MATRIX: tables.Columns = {
    "kind": lambda cell: cell.kind,
    "event": lambda cell: cell.event_type,
    "delivered as": lambda cell: ", ".join(cell.calls),
    "note": lambda cell: cell.sentence,
}


DIFF: tables.Columns = {
    "provider": lambda one: one.provider,
    "this configuration": lambda one: f"{one.does}{f': {one.what}' if one.what else ''}",
    "as it stands": lambda one: f"version {one.since} {one.by}".rstrip() if one.since else None,
    "what to do": lambda one: one.todo,
}


@click.group(invoke_without_command=True)
@click.option("--matrix", "is_matrix", is_flag=True, help="List which kind supports which type of event instead.")
@with_form
@click.pass_context
def providers(ctx: click.Context, is_matrix: bool, form: Form) -> None:
    """List the configured providers, without their secrets, and the state of each if the store answers.

    "at once" is the maximum of attempts at a time, "calls/s" the maximum of calls per second. --matrix shows for every
    kind, configured or not, with which call each type of event is delivered, or why it is skipped.
    """
    if ctx.invoked_subcommand:
        return
    if is_matrix:
        _print_matrix(form)
        return
    config = settings()
    found = accounts(config, _gates(config))
    if form is Form.TABLE:
        tables.show(counted(found, "No provider is configured: add [providers.NAME] to ordercast.toml."), COLUMNS)
    else:
        answer_all(found, form)


@providers.command
@with_form
def diff(form: Form) -> None:
    """Show what this configuration would change in the ledger's provider table. Nothing is changed.

    A start only adds. What removes or narrows is done by `ordercast check --apply --yes`, or by name with
    `ordercast providers remove`.
    """
    found = open_desk(settings()).applying.diff()
    if form is not Form.TABLE:
        answer(found, form)
        return
    if found.older is not None:
        say(f"This configuration is the one of version {found.older}; the table is at version {found.table}.")
    tables.show(counted(found.changes, f"Nothing: the table (version {found.table}) is as this configuration."), DIFF)


@providers.command
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--why", required=True, metavar="TEXT", help="Goes on record.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_form
def remove(names: tuple[str, ...], why: str, yes: bool, form: Form) -> None:
    """Remove providers from the provider table: they get no new events. What waits for them is still delivered.

    Take them out of the configuration of every host as well: until then each start is told so.
    """
    if not (yes or sys.stdin.isatty()):
        raise click.UsageError("Not a terminal: add --yes to remove them.")
    desk = open_desk(settings())
    desk.know(names)
    if not yes and not click.confirm(_question(desk, names), err=True):
        say("Nothing was done.")
        end(1)
    written = [desk.applying.remove(name, why=why) for name in names]
    for shard in written[-1].away:
        say(f"Shard {shard} does not answer, and keeps its table: repeat this when it does.")
    version = written[-1].table.version
    if form is Form.TABLE:
        say(f"Removed {', '.join(names)}: the provider table is at version {version}.")
    else:
        answer({"removed": names, "table": version}, form)


def _question(desk: Desk, names: Iterable[str]) -> str:
    rows = {row.provider: row.pending + row.parked + row.attempting for row in desk.status().providers}
    waiting = sum(rows.get(name, 0) for name in names)
    return f"Remove {', '.join(names)}? Of their deliveries {waiting} wait, and are still made."


def _print_matrix(form: Form) -> None:
    from worker.ops.desk.capabilities import cells  # noqa: PLC0415  brings every adapter along

    if form is Form.TABLE:
        tables.show(cells(), MATRIX)
    else:
        answer_all(cells(), form)


def _gates(config: Config) -> dict[str, GateView]:
    try:
        return open_desk_to_read(config).gates()
    except StoreUnreachable as error:
        say(f"Without gates: {error}")
        return {}
