"""``settings``: what is set, and where that was said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from schemas.config import Config
from worker.errors import NothingMatched, StoreUnreachable
from worker.ops.cli import session
from worker.ops.cli import tables as printing
from worker.ops.cli.output import Form, answer_all, say, with_form
from worker.ops.desk.settings_in_force import SettingInForce, behind, settings_in_force, value_words

if TYPE_CHECKING:
    from worker.ledger.provider_rows import Table

COLUMNS: printing.Columns = {
    "setting": lambda one: f"{one.table}.{one.key}",
    "value": lambda one: "secret" if one.secret else value_words(one.value),
    "from": lambda one: one.origin,
    "this configuration": lambda one: f"{value_words(one.here)} ({one.here_from})" if one.here_from else None,
}


@click.command
@click.argument("tables", nargs=-1, metavar="[TABLE]...")
@click.option("--set", "only_set", is_flag=True, help="Only what is not a default.")
@with_form
def settings(tables: tuple[str, ...], only_set: bool, form: Form) -> None:
    """Show every setting in force and where it comes from; of one table or setting: web, providers.desk, store.url.

    "from" is the file with its line, a variable ($NAME), the ledger's provider table with its version, or the default.
    Where that table has another value than this configuration, both are shown. Secrets are never shown, only what sets
    them. Without a store, what the provider table has is not known; all else is.
    """
    config = session.settings()
    every = list(settings_in_force(config, _table(config)))
    found = [one for one in every if _is_asked(one, tables)]
    if not found:
        known = ", ".join(dict.fromkeys(one.table for one in every))
        raise NothingMatched(f"There is no setting or table {' '.join(tables)}; tables are {known}.")
    told = (one for one in found if not only_set or one.by not in ("default", "kind"))
    if form is Form.TABLE:
        printing.show(told, COLUMNS)
    else:
        answer_all(told, form)


def _is_asked(one: SettingInForce, names: tuple[str, ...]) -> bool:
    whole = f"{one.table}.{one.key}"
    return not names or any(whole == name or whole.startswith(f"{name}.") for name in names)


def _table(config: Config) -> Table | None:
    """The ledger's provider table. That it cannot be read is said, and which workers work by another version."""
    from worker.ledger.provider_rows import read_table  # noqa: PLC0415  redis is for commands that ask the store

    if not config.providers:
        return None
    try:
        desk = session.open_desk_to_read(config)
        table = read_table(desk.store)
        for sentence in behind(desk.status().workers, table.version):
            say(sentence)
    except StoreUnreachable as error:
        say(f"Without the ledger's provider table: {error}")
        return None
    return table
