"""Every setting, read once: from flags, variables, ordercast.toml and the defaults, in this order."""

from __future__ import annotations

import hashlib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from marshmallow import ValidationError, fields, missing

from schemas.config import Config, Origin, ProviderConfig, Secret, StoreConfig
from schemas.config_schema import TABLES
from worker.errors import ConfigError
from worker.settings.accounts import load_provider
from worker.settings.addresses import missing_files
from worker.settings.origins import Key, file_origins, variable_origin
from worker.settings.problems import sentences, unknown_key
from worker.settings.references import FILE, Unresolved, resolve
from worker.settings.sources import load_sources
from worker.settings.variables import LAST_RESORT, STORE, misspelt_variables, own_variables, read_variables

DEFAULT_PATH = "ordercast.toml"
PATH_VARIABLE = "ORDERCAST_CONFIG"
FILE_ONLY = "file_only"
"""``[store] file_only = true``: the store is the one that this file says, whatever the environment names."""


def load_settings(
    path: str | None = None,
    environ: Mapping[str, str] = os.environ,
    flags: Mapping[str, str | int] | None = None,
    *,
    needs_secrets: bool = True,
) -> Config:
    """The configuration of this process, checked as a whole.

    ``path`` is a file that must be there, as ORDERCAST_CONFIG's must; without both, ``ordercast.toml`` is read where
    there is one. ``flags`` beat everything else and are named ``<table>.<key>``. Paths in the configuration are
    relative to the working directory. Where a process ``needs_secrets`` of no provider, one that cannot be read is
    ``missing`` in its provider's options, which is ``locked``. Raises ``ConfigError`` with every problem at once; no
    secret is in it.
    """
    problems: list[str] = []
    path = path or environ.get(PATH_VARIABLE, "").strip() or None
    raw, text = _read(path, problems)
    environ = _without_store(environ) if _is_file_only(raw) else environ
    origins = file_origins(raw, path or DEFAULT_PATH, text, environ)
    accounts = raw.pop("providers", {})
    sources = load_sources(raw.pop("sources", {}), problems)
    tables = _tables(raw, environ, flags or {}, problems, origins)
    problems.extend(misspelt_variables(environ))
    if not isinstance(accounts, dict):
        problems.append("providers: must be tables, [providers.NAME]")
        accounts = {}
    providers = {
        name: load_provider(name, table, environ, problems, needs_secrets=needs_secrets)
        for name, table in accounts.items()
    }
    if problems:
        raise ConfigError(problems)
    accepted = {name: found for name, found in providers.items() if found is not None}
    return Config(**tables, providers=accepted, sources=sources, origins=origins)


def read_tables(path: str | None) -> dict[str, Any]:
    """All that a file says, unchecked; nothing where ``path`` is None. Raises ``ConfigError`` where it is no TOML."""
    problems: list[str] = []
    said = _read(path, problems)[0] if path else {}
    if problems:
        raise ConfigError(problems)
    return said


def read_provider(path: str, name: str, environ: Mapping[str, str]) -> ProviderConfig | None:
    """One provider as the file has it now, ``None`` where it has none of this name. Raises ``ConfigError``."""
    problems: list[str] = []
    raw, _ = _read(path, problems)
    accounts = raw.get("providers", {})
    found = None
    if isinstance(accounts, dict) and name in accounts:
        found = load_provider(name, accounts[name], environ, problems)
    if problems:
        raise ConfigError(problems)
    return found


def config_digest(config: Config) -> str:
    """A short name for what two processes must agree on: 16 hex digits over providers, limits, retention and sources.

    Secrets are left out: a changed key is no other configuration. So are store and web, which differ from host to
    host for good reasons.
    """
    return _digest(
        {
            "providers": config.providers,
            "limits": config.limits,
            "retention": config.retention,
            "sources": config.sources,
        }
    )


def provider_digest(config: ProviderConfig) -> str:
    """The same for one provider's settings."""
    return _digest(config)


def _digest(agreed: object) -> str:
    plain = msgspec.json.encode(msgspec.to_builtins(agreed, enc_hook=_without_secret), order="deterministic")
    return hashlib.sha256(plain).hexdigest()[:16]


def _read(path: str | None, problems: list[str]) -> tuple[dict[str, Any], str]:
    """What a file says, and its text."""
    file = Path(path or DEFAULT_PATH)
    if path is None and not file.exists():
        return {}, ""
    try:
        text = file.read_text(encoding="utf-8")
        return tomllib.loads(text), text
    except OSError as fault:
        problems.append(f"{file}: cannot be read ({fault.strerror})")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        problems.append(f"{file}: is not TOML ({fault})")
    return {}, ""


def _is_file_only(raw: dict[str, Any]) -> bool:
    """Whether the file says so. The word is taken out: it is no setting, and no variable says it."""
    store = raw.get("store")
    if not isinstance(store, dict) or not isinstance(store.get(FILE_ONLY), bool):
        return False
    return bool(store.pop(FILE_ONLY))


def _without_store(environ: Mapping[str, str]) -> dict[str, str]:
    others = {name for name, (table, _) in LAST_RESORT.items() if table == "store"}
    return {n: text for n, text in environ.items() if not n.startswith(STORE) and n.removesuffix(FILE) not in others}


def _tables(
    raw: dict[str, Any],
    environ: Mapping[str, str],
    flags: Mapping[str, str | int],
    problems: list[str],
    origins: dict[Key, Origin],
) -> dict[str, Any]:
    """The loaded tables beside the providers'. Where a value comes from is added to the origins of what the file
    says."""
    known = [*TABLES, "providers", "sources"]
    problems.extend(f"{table}: {unknown_key(table, known)}" for table in raw if table not in TABLES)
    own = read_variables(own_variables(), environ, problems)
    others = read_variables(LAST_RESORT, environ, problems)
    loaded: dict[str, Any] = {}
    for table, schema in TABLES.items():
        given = raw.get(table, {})
        if not isinstance(given, dict):
            problems.append(f"{table}: must be a table, [{table}]")
            continue
        values = {key: found for (of, key), found in others.items() if of == table}
        values |= {key: (f"{table}.{key}", value) for key, value in given.items()}
        values |= {key: found for (of, key), found in own.items() if of == table}
        values |= {key: (f"--{key}", flags[f"{table}.{key}"]) for key in schema.fields if f"{table}.{key}" in flags}
        loaded[table] = _table(table, values, environ, problems)
        for key, (said_by, _) in values.items():
            if said_by.startswith("--"):
                origins[table, key] = Origin("flag", said_by)
            elif said_by != f"{table}.{key}":
                origins[table, key] = variable_origin(said_by, environ)
    problems.extend(missing_files(loaded.get("store") or StoreConfig()))
    return loaded


def _table(table: str, values: dict[str, tuple[str, Any]], environ: Mapping[str, str], problems: list[str]) -> Any:
    """One loaded table. ``values`` are pairs: who said it, and what."""
    unresolved: list[str] = []
    resolved = {
        key: _resolved(TABLES[table].fields.get(key), origin, value, environ, unresolved)
        for key, (origin, value) in values.items()
    }
    problems.extend(unresolved)
    try:
        return TABLES[table].load({key: value for key, value in resolved.items() if value is not missing})
    except ValidationError as faults:
        for place, said in sentences(TABLES[table], faults.messages, table):
            key = place.removeprefix(f"{table}.")
            if not any(problem.startswith(f"{place}:") for problem in unresolved):
                problems.append(f"{values[key][0] if key in values else place}: {said}")
    return None


def _resolved(
    field: fields.Field[Any] | None, origin: str, value: Any, environ: Mapping[str, str], problems: list[str]
) -> Any:
    """The value with all references in it replaced. A secret that is not there is ``missing``: who needs it says so."""
    if isinstance(field, fields.Nested) and isinstance(value, dict):
        known = field.schema.fields
        inner = {k: _resolved(known.get(k), f"{origin}.{k}", one, environ, problems) for k, one in value.items()}
        return {key: one for key, one in inner.items() if one is not missing}
    try:
        return resolve(value, field, environ, needs_secrets=False)
    except Unresolved as fault:
        problems.append(f"{origin}: {fault}")
    return missing


def _without_secret(value: Any) -> Any:
    if isinstance(value, Secret):
        return None
    raise TypeError(f"{type(value).__name__} has no place in a configuration")
