"""``up``: everything on this machine, until somebody ends it."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from worker.ops import exports, stand
from worker.ops.alone import alone
from worker.ops.cli.manners import INTERRUPTED, Form, answer, counted_as, end, say, with_form
from worker.ops.machine import Machine, Running, Wanted
from worker.ops.written import config_path, write_with
from worker.settings import DEFAULT_PATH, load_settings

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
    """Run the store (where none is configured), the workers and what reads the intake queue, until Ctrl-C or SIGTERM.

    What dies is started again. At the end, attempts in hand are finished first; a second Ctrl-C does not wait.
    Other commands find the same store by the same configuration while this runs, and its data afterwards. Producers
    send to the address that it prints as BROKER, which DIR/up.env has too (DIR is [store] dir, "var" by default).
    """
    named = config or click.get_current_context().find_root().obj
    directory = Path(load_settings(named, needs_secrets=False).store.dir)
    with alone(directory):
        wanted = _wanted(named, sandbox=sandbox, workers=workers or os.cpu_count() or 1, verbose=verbose)
        say(f"Starting the store in {directory} …" if wanted.config.store.url is None else "Reaching the store …")
        with Machine(wanted, say) as machine, exports.kept(exports.exports(machine), directory) as file:
            _run(machine, form, file)
            say("Ending: attempts in hand are finished first.")
    say("Ended. What was accepted is kept, and goes on at the next start.")
    if machine.alarm.asked == signal.SIGINT:
        end(INTERRUPTED)


def _wanted(named: str | None, *, sandbox: bool, workers: int, verbose: bool) -> Wanted:
    config, file = load_settings(named, needs_secrets=False), config_path(named)
    listener = None
    if sandbox:
        directory = Path(config.store.dir) / "sandbox"
        target = directory / "ordercast.toml"
        if file is not None and file.absolute() == target.absolute():
            # what an earlier run wrote, still in the shell's ORDERCAST_CONFIG: it is written anew from one's own file
            file = Path(DEFAULT_PATH) if Path(DEFAULT_PATH).exists() else None
        listener = _stand(directory)
        # the store's whole path: the file is named in terminals that stand elsewhere
        store = {"dir": str(Path(config.store.dir).absolute())}
        file = write_with(target, file, stand.accounts(stand.address(listener), directory), store=store)
        config = load_settings(str(file), needs_secrets=False)
    if config.providers and not any(one.can_be_unlocked for one in config.providers.values()):
        load_settings(str(file) if file else None)  # raises: this process could never deliver to anybody
    level = "INFO" if verbose else "WARNING"
    return Wanted(config, file.absolute() if file else None, workers, listener, config.store.listen_at, level)


def _stand(directory: Path) -> socket.socket:
    """A socket for the played vendors: at the port of the last time where it can be had."""
    note = directory / "port"
    last = note.read_text() if note.exists() else ""
    listener = stand.listening(*([int(last)] if last.isdecimal() else []), stand.PORT)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    note.write_text(str(listener.getsockname()[1]))
    note.chmod(0o600)
    return listener


def _run(machine: Machine, form: Form, file: Path | None) -> None:
    say(f"Starting {counted_as(machine.wanted.workers, 'worker')}: each is ready within some seconds …")
    is_told, ready = False, set[str]()
    while machine.alarm.asked is None:
        machine.look(LOOK_S if is_told else STARTING_LOOK_S)
        if not is_told:
            is_told = machine.is_ready()
            for name in sorted(machine.ready - ready):
                say(f"{name} is ready.")
            ready = set(machine.ready)
            if is_told:
                _tell(machine, form, file)


def _tell(machine: Machine, form: Form, file: Path | None) -> None:
    running = machine.running()
    if form is not Form.TABLE:
        answer({**msgspec.structs.asdict(running), "exports": str(file) if file else None}, form)
        return
    for line in _shown(running):
        click.echo(line)
    if file is not None:
        click.echo("In another terminal, for producers and the other commands:")
        # a log is read by others than the one who started this: there the password stays in its file
        for line in exports.exports(machine) if sys.stdout.isatty() else [f". {shlex.quote(str(file))}"]:
            click.echo(f"  {line}")
    if not machine.wanted.config.providers:
        say("No provider is configured: add [providers.NAME] to ordercast.toml, or try --sandbox.")
    click.echo("Everything runs. Stop it with Ctrl-C.")


def _shown(running: Running) -> Iterator[str]:
    listens = f", also at {running.listen}" if running.listen else ""
    yield f"store    {running.store}{f' (embedded{listens})' if running.embedded else ''}"
    if running.broker:
        yield f"broker   {running.broker}"
    if running.sandbox:
        yield f"sandbox  {running.sandbox}"
        for kind, keys in stand.test_keys().items():
            yield f"         {kind:<12} {', '.join(f'{name} {key}' for name, key in keys.items())}"
        yield f"config   {running.config}"
    for name, pid in running.workers.items():
        yield f"{name:<8} process {pid}"
