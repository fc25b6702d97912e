"""``up``: everything on this machine, until somebody ends it."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec

from schemas.config import OFF, Config
from worker.errors import ConfigError, StoreUnreachable
from worker.ops.cli.output import INTERRUPTED, Form, answer, end, say, with_form
from worker.ops.desk.numbers import counted_as
from worker.ops.desk.oidc_fitness import oidc_problems
from worker.ops.local import exports
from worker.ops.local import sandbox_process as stand
from worker.ops.local.config_file import SANDBOX, SANDBOX_CONFIG, config_path, store_of_its_own, write_with
from worker.ops.local.desk_socket import DeskSocket
from worker.ops.local.machine import Machine, Running, WantedProcesses
from worker.ops.local.up_lock import alone
from worker.settings import DEFAULT_PATH, PATH_VARIABLE, load_settings, read_tables

LOOK_S, STARTING_LOOK_S = 0.5, 0.1


@click.command
@click.option("--sandbox", is_flag=True, help="Simulate the vendors, with a provider for each and a separate store.")
@click.option(
    "--workers", type=click.IntRange(min=1), metavar="N", help="Worker processes. Default: one per processor core."
)
@click.option("--config", metavar="FILE", help="The configuration; the same as before the command's name.")
@click.option("--verbose", is_flag=True, help="Log every attempt, not only what is wrong.")
@with_form
def up(sandbox: bool, workers: int | None, config: str | None, verbose: bool, form: Form) -> None:
    """Run the workers, the desk, and the embedded store if no store is configured, until Ctrl-C or SIGTERM.

    A process that dies is started again. At the end, running attempts are finished first; a second Ctrl-C does not
    wait for them. Producers send to the address that is printed as BROKER; DIR/up.env has it too (DIR is [store] dir,
    by default "var"). Other commands with the same configuration use the same store, also after the end.

    With --sandbox, DIR is var/sandbox, and the store, the address and the providers are those of the sandbox alone.
    Your own providers get nothing from it, neither now nor later. Your other settings apply.
    """
    named = config or click.get_current_context().find_root().obj
    processes, level = workers or os.cpu_count() or 1, "INFO" if verbose else "WARNING"
    own = _own_tables(named) if sandbox else {}
    directory = SANDBOX if sandbox else _directory(named)
    with alone(directory):
        wanted = _with_vendors(own, processes, level) if sandbox else _as_configured(named, processes, level)
        say(f"Starting the store in {directory} …" if wanted.config.store.url is None else "Reaching the store …")
        with Machine(wanted, say) as machine, exports.kept(exports.exports(machine), directory) as file:
            _run(machine, form, file)
            say("Ending: attempts in hand are finished first.")
    say("Ended. What was accepted is kept, and goes on at the next start.")
    if machine.wakeup.asked == signal.SIGINT:
        end(INTERRUPTED)


def _directory(named: str | None) -> Path:
    """The data directory that is configured. Raises ``ConfigError`` where it is the sandbox's: nobody plays the vendors
    of what waits there, and a provider of one's own may have the name of one of them."""
    directory = Path(load_settings(named, needs_secrets=False).store.dir)
    if directory.resolve() != SANDBOX.resolve():
        return directory
    file = config_path(named)
    if file is not None and file.resolve() == SANDBOX_CONFIG.resolve():
        raise ConfigError([f"{file} is the sandbox's: `unset {PATH_VARIABLE}` for your own, or say --sandbox"])
    raise ConfigError([f"store.dir: {SANDBOX} is where `ordercast up --sandbox` keeps its data; name another"])


def _own_tables(named: str | None) -> dict[str, Any]:
    """What the user's own file says. What an earlier sandbox wrote may still be in the shell's ORDERCAST_CONFIG: then
    it is the usual file, where there is one."""
    file = config_path(named)
    if file is not None and file.resolve() == SANDBOX_CONFIG.resolve():
        file = Path(DEFAULT_PATH) if Path(DEFAULT_PATH).exists() else None
    return read_tables(str(file) if file else None)


def _as_configured(named: str | None, workers: int, level: str) -> WantedProcesses:
    config, file = load_settings(named, needs_secrets=False), config_path(named)
    if config.providers and not any(one.can_be_unlocked for one in config.providers.values()):
        load_settings(named)  # raises: this process could never deliver to anybody
    path = file.absolute() if file else None
    return WantedProcesses(config, path, workers, None, config.store.listen_at, level, desk=_desk_socket(config))


def _with_vendors(own: dict[str, Any], workers: int, level: str) -> WantedProcesses:
    """The sandbox's world. Its store is no other's: what one took by a provider's name must never be delivered by the
    other's provider of that name. Raises ``StoreUnreachable`` where its directory cannot be written."""
    try:
        listener = stand.listening_again(SANDBOX / "port")
        played = stand.accounts(stand.address(listener), SANDBOX)
        file = write_with(SANDBOX_CONFIG, own, played, store=store_of_its_own(SANDBOX))
    except OSError as fault:
        told = f"The data directory {SANDBOX.absolute()} cannot be written: {fault.strerror}"
        raise StoreUnreachable(told) from fault
    config = load_settings(str(file))
    providers = own.get("providers")
    if providers and isinstance(providers, dict):
        say(f"Your own providers ({', '.join(providers)}) get nothing from the sandbox.")
    desk = _desk_socket(config)
    return WantedProcesses(config, file, workers, listener, config.store.listen_at, level, desk=desk)


def _desk_socket(config: Config) -> DeskSocket | None:
    """Where the desk is served, ``None`` where it is off. That somebody else listens there is said. Raises
    ``ConfigError`` where nobody could log in as configured."""
    if config.web.listen == OFF:
        return None
    if problems := oidc_problems(config.web):
        raise ConfigError(problems)
    desk = DeskSocket(config.web.listen, say)
    desk.look()
    return desk


def _run(machine: Machine, form: Form, file: Path | None) -> None:
    say(f"Starting {counted_as(machine.wanted.workers, 'worker')}: each is ready within some seconds …")
    is_told, ready = False, set[str]()
    while machine.wakeup.asked is None:
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
    if running.web:
        yield f"desk     {running.web}"
    for name, pid in running.workers.items():
        yield f"{name:<8} process {pid}"
