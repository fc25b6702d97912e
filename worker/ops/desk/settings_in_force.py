"""Every setting in force: its value, without secrets, and where it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath
from typing import Any

import msgspec
from marshmallow import Schema, fields

from schemas import providers as kinds
from schemas.config import Config, Origin, ProviderConfig, secrets_in
from schemas.config_schema import PROVIDER, SOURCE, TABLES
from schemas.providers import KindBroken
from worker.ledger.provider_rows import Row, Table
from worker.ledger.queries.status import WorkerRow
from worker.ledger.store.client import shown
from worker.ops.desk.settings_page import INNER, leaves
from worker.settings.references import holds_secrets

ADDRESSES = frozenset({"url", "broker_url", "shards", "base_url", "oidc.issuer"})
"""Settings that are shown without user, password and query."""


class SettingInForce(msgspec.Struct, frozen=True, kw_only=True):
    """``table`` is store or providers.desk, ``key`` is rate.burst within it. ``value`` is ``None`` of a secret, and
    where nothing is set. ``by`` is default, kind, file, variable, flag or ledger, ``origin`` the same in words.

    Where the ledger's provider table has another value than this configuration that one is in force: ``here`` is then
    the configuration's, and ``here_from`` its origin.
    """

    table: str
    key: str
    value: Any
    secret: bool
    by: str
    origin: str
    line: int | None = None
    here: Any = None
    here_from: str | None = None


def settings_in_force(config: Config, table: Table | None) -> Iterator[SettingInForce]:
    """All of them, table by table. ``table`` is the ledger's of the providers, ``None`` where it is not known."""
    for name, schema in TABLES.items():
        yield from _of_struct(config, (name,), schema, getattr(config, name))
    for name, source in config.sources.items():
        yield from _of_struct(config, ("sources", name), SOURCE, source)
    for provider in config.providers.values():
        row = table.row(provider.name) if table else None
        for one in _of_provider(config, provider):
            yield _as_applied(one, row) if row and not row.gone else one


def _of_provider(config: Config, provider: ProviderConfig) -> Iterator[SettingInForce]:
    place = ("providers", provider.name)
    yield _setting(config, place, "kind", None, provider.kind)
    by_kind = _by_kind(provider)
    for one in _of_struct(config, place, PROVIDER, provider):
        if one.by == "default" and one.key.partition(".")[0] in by_kind:
            yield msgspec.structs.replace(one, by="kind", origin=f"default of the kind {provider.kind}")
        else:
            yield one
    if provider.broken is None:
        yield from _of_struct(config, place, kinds.options_schema(provider.kind)(), provider.options)


def _by_kind(provider: ProviderConfig) -> set[str]:
    """The settings for which a provider's kind has a default of its own."""
    try:
        known = kinds.defaults(provider.kind)
    except (KindBroken, KeyError):
        return set()
    own = {"base_url": known.base_url, "rate": known.rate, "supersede": known.is_log}
    return {"max_in_flight", *(key for key, value in own.items() if value)}


def _of_struct(config: Config, place: tuple[str, ...], schema: Schema, struct: Any) -> Iterator[SettingInForce]:
    values = msgspec.structs.asdict(struct) if isinstance(struct, msgspec.Struct) else {}
    absent = tuple(
        f"{key}." for key, value in values.items() if value is msgspec.UNSET or (key in INNER and value is None)
    )
    for key, field, value in leaves(schema, values, ""):
        if key.startswith(absent):
            continue
        yield _setting(config, place, key, field, value)


def _setting(
    config: Config, place: tuple[str, ...], key: str, field: fields.Field[Any] | None, value: Any
) -> SettingInForce:
    found = config.origins.get((*place, *key.split(".")))
    is_secret = bool((field is not None and holds_secrets(field)) or secrets_in(value))
    return SettingInForce(
        table=_named(place),
        key=key,
        value=None if is_secret else _plain(key, value),
        secret=is_secret,
        by=found.by if found else "default",
        origin=_secret_words(value, found) if is_secret else _words(found),
        line=found.line if found else None,
    )


def _named(place: tuple[str, ...]) -> str:
    return f'sources."{place[1]}"' if place[0] == "sources" else ".".join(place)


def _plain(key: str, value: Any) -> Any:
    if key in ADDRESSES and value:
        return [shown(one) for one in value] if isinstance(value, list | tuple) else shown(value)
    return msgspec.json.decode(msgspec.json.encode(value, enc_hook=str))  # lists, never tuples


def _words(origin: Origin | None) -> str:
    if origin is None:
        return "default"
    if origin.by == "variable":
        return f"${origin.name}"
    line = f" line {origin.line}" if origin.line else ""
    through = f": {origin.through}" if origin.through else ""
    return f"{PurePath(origin.name).name}{line}{through}" if origin.by == "file" else origin.name


def _secret_words(value: Any, origin: Origin | None) -> str:
    """Where a secret comes from, and what it lacks; never what it is."""
    if origin is None:
        return "not set"
    missing = [one.missing for one in secrets_in(value) if one.missing]
    return f"set by {origin.through or 'this file'}" if not missing else f"missing: {'; '.join(missing)}"


def _as_applied(one: SettingInForce, row: Row) -> SettingInForce:
    """The setting as the ledger's row has it, where that says anything of it."""
    told = _of_row(row)
    if one.key not in told or told[one.key] == one.value:
        return one
    by = f" by {row.by}" if row.by else ""
    version = f", version {row.version}" if row.version else ""
    return msgspec.structs.replace(
        one,
        value=told[one.key],
        by="ledger",
        origin=f"provider table{version}{by}",
        line=None,
        here=one.value,
        here_from=one.origin,
    )


def _of_row(row: Row) -> Mapping[str, Any]:
    return {
        "kind": row.kind,
        "sources": list(row.sources),
        "events": list(row.events),
        "max_in_flight": row.limit,
        "after_dead": "block" if row.blocks else "continue",
        "supersede": not row.keeps_all,
        "test_events": row.test_events,
    }


LISTED = 20
"""So many entries of a table, or texts of a list, are told in words; of more, how many there are."""


def value_words(value: Any) -> str:
    """A value as people read it."""
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    if not isinstance(value, list | dict):
        return str(value)
    if not value:
        return "none"
    if len(value) > LISTED:
        return f"{len(value):,} entries"
    if isinstance(value, list):
        return ", ".join(map(value_words, value))
    return ", ".join(f"{name} = {_entry_words(entry)}" for name, entry in value.items())


def _entry_words(entry: Any) -> str:
    return f"{{ {value_words(entry)} }}" if isinstance(entry, dict) else value_words(entry)


def behind(workers: Iterable[WorkerRow], version: int) -> list[str]:
    """A sentence for each worker that works by another version of the provider table than stands."""
    return [
        f"{one.name} works by version {one.table} of the provider table, which is at version {version}."
        if one.table
        else f"{one.name} works by a configuration that was never applied; the provider table is at version {version}."
        for one in workers
        if one.table != version and one.table is not None
    ]
