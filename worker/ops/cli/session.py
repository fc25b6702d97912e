"""What one command opens: the configuration, the store, the desk. All of it is closed with the command."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from schemas.config import Config
from schemas.principal import Face, Principal, Role
from worker.errors import OrdercastError
from worker.ops.cli.output import say
from worker.ops.cli.tables import plain
from worker.ops.cli.wording import CommandWording
from worker.ops.desk.desk import Desk
from worker.ops.local.config_file import EXPORTS, SANDBOX
from worker.settings import load_settings
from worker.settings.author import user
from worker.settings.configfile import ConfigFile

if TYPE_CHECKING:
    from worker.dispatch import Dispatcher


def settings() -> Config:
    """The configuration that ``--config`` names, or the usual one. A secret that cannot be read is no matter here: most
    commands use none. Raises ``ConfigError``."""
    return load_settings(click.get_current_context().find_root().obj, needs_secrets=False)


def open_desk(config: Config) -> Desk:
    """A desk on the configured store; the embedded one is held until the command ends, and started where it was not.

    Raises ``StoreUnreachable`` where the embedded store cannot be started, ``ConfigError`` where the addresses of a
    ledger that is split are not its shards'.
    """
    if not config.providers and (SANDBOX / EXPORTS).exists():
        say(f"This configuration has no providers. For the sandbox that runs in this folder: `. {SANDBOX / EXPORTS}`.")
    from worker.ledger.store.shards import open_store, reach_shards  # noqa: PLC0415  redis is for commands that ask the store

    url = config.store.url or _held_url(config)
    store = open_store(url, config.store.shards)
    for shard in store.shards:
        click.get_current_context().call_on_close(shard.close)
    if config.store.shards:
        reach_shards(store)
    named = click.get_current_context().find_root().obj
    wording = CommandWording(f"ordercast --config {named}" if named else "ordercast")
    file = ConfigFile.here(named).name
    desk = Desk(store, config, caller(config, url), wording, file=file, embedded=config.store.url is None)
    click.get_current_context().call_on_close(desk.intake.close)
    return desk


def open_desk_to_read(config: Config) -> Desk:
    """The same, for a command that only reads: where the store takes nothing at present, that is said first. One that
    cannot be read either says so itself."""
    from worker.ledger.provider_rows import read_table  # noqa: PLC0415
    from worker.ledger.queries.shard_status import refusal_of  # noqa: PLC0415  redis is for commands that ask the store

    desk = open_desk(config)
    try:
        read_table(desk.store)
        refusal = refusal_of(desk.store)
    except OrdercastError:
        return desk
    if refusal:
        say(plain(refusal.sentence))
    return desk


def caller(config: Config, store_url: str) -> Callable[[Iterable[str]], None]:
    """Calls runners through Celery, which is imported at the first call only: most commands make none."""

    def call(providers: Iterable[str]) -> None:
        names = list(providers)
        if not names:
            return
        from worker.dispatch import Dispatcher  # noqa: PLC0415  brings Celery along

        if not made:
            broker_url = config.store.broker_url or store_url
            made.append(Dispatcher(broker_url, config.providers, is_store=broker_url == store_url))
        made[0].call_runners(names)

    made: list[Dispatcher] = []
    return call


def principal() -> Principal:
    """Whoever runs the command, for the record. Who may read the configuration may do everything."""
    return Principal(user(), Role.ADMIN, Face.CLI)


def _held_url(config: Config) -> str:
    from worker import embedded  # noqa: PLC0415  only where no store is configured

    held = embedded.hold(Path(config.store.dir))
    click.get_current_context().call_on_close(held.close)
    return held.url
