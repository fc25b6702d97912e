"""``up``: everything on this machine, until somebody ends it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import click

from worker.ops.cli.manners import INTERRUPTED, Form, answer, end, say, with_form
from worker.ops.machine import Machine, Wanted
from worker.ops.stand import HOST, accounts, free_port
from worker.ops.written import config_path, write_with
from worker.settings import load_settings

LOOK_S, STARTING_LOOK_S = 0.5, 0.1


@click.command
@click.option("--sandbox", is_flag=True, help="Also play the vendors, and add a provider for each, named by its kind.")
@click.option(
    "--workers", type=click.IntRange(min=1), metavar="N", help="Worker processes. Default: one per processor core."
)
@click.option("--config", metavar="FILE", help="The configuration; the same as before the command's name.")
@click.option("--verbose", is_flag=True, help="Log every attempt, not only what is wrong.")
@with_form
def up(sandbox: bool, workers: int | None, config: str | None, verbose: bool, form: Form) -> None:
    """Run the store (where none is configured), the workers and their letterbox, until Ctrl-C or SIGTERM.

    What dies is started again. At the end, attempts in hand are finished first; a second Ctrl-C does not wait.
    Other commands find the same store by the same configuration while this runs, and its data afterwards.
    """
    named = config or click.get_current_context().find_root().obj
    wanted = _wanted(named, sandbox=sandbox, workers=workers or os.cpu_count() or 1, verbose=verbose)
    with Machine(wanted, say) as machine:
        _run(machine, form)
        say("Ending: attempts in hand are finished first.")
    if machine.alarm.asked == signal.SIGINT:
        end(INTERRUPTED)


def _wanted(named: str | None, *, sandbox: bool, workers: int, verbose: bool) -> Wanted:
    config, file = load_settings(named), config_path(named)
    place = None
    if sandbox:
        place = HOST, free_port()
        directory = Path(config.store.dir) / "sandbox"
        played = accounts("http://{}:{}".format(*place), directory)
        file = write_with(directory / "ordercast.toml", file, played)
        config = load_settings(str(file))
    level = "INFO" if verbose else "WARNING"
    return Wanted(config, file.absolute() if file else None, workers, place, level)


def _run(machine: Machine, form: Form) -> None:
    is_told = False
    while machine.alarm.asked is None:
        machine.look(LOOK_S if is_told else STARTING_LOOK_S)
        if not is_told and machine.is_ready():
            _tell(machine, form)
            is_told = True


def _tell(machine: Machine, form: Form) -> None:
    running = machine.running()
    if form is not Form.TABLE:
        answer(running, form)
        return
    click.echo(f"store    {running.store}{' (embedded)' if running.embedded else ''}")
    if running.sandbox:
        click.echo(f"sandbox  {running.sandbox}")
        click.echo(f"config   {running.config}")
    for name, pid in running.workers.items():
        click.echo(f"{name:<8} process {pid}")
    if not machine.wanted.config.providers:
        say("No provider is configured: add [providers.NAME] to ordercast.toml, or try --sandbox.")
    click.echo("Everything runs. Stop it with Ctrl-C.")
