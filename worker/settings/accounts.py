"""One ``[providers.NAME]`` table: what every provider has, and what its kind adds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError

from schemas import providers as kinds
from schemas.config import ProviderConfig, Secret, Unread, secrets_in
from schemas.config_schema import PROVIDER, PROVIDER_NAME
from schemas.nearest import nearest
from schemas.providers import KindBroken
from worker.settings.problems import sentences
from worker.settings.references import Unresolved, resolve

NOWHERE = "https://unknown.invalid"
"""Passes for the address of a provider whose kind would have had one."""

OVERWRITES = (
    "may be false only where each event is kept by itself, as at a webhook; here an old order would undo a newer"
)

NOT_ASKED = "must go: this kind of account cannot be asked for its orders, so there is nothing to compare with"


def load_provider(
    name: str, table: Any, environ: Mapping[str, str], problems: list[str], *, needs_secrets: bool = True
) -> ProviderConfig | None:
    """The provider of this table, None where it has problems, which are added to the list. Where no secrets are needed,
    one that cannot be read or used is no problem: it is ``missing``."""
    path = f"providers.{name}"
    before = len(problems)
    if not re.fullmatch(PROVIDER_NAME, name):
        problems.append(f"{path}: a provider's name is 1 to 32 of a-z, 0-9, - and _, and starts with a letter")
    if not isinstance(table, dict):
        problems.append(f"{path}: must be a table, [{path}]")
        return None
    kind = _kind(path, table.get("kind"), problems)
    if kind is None:
        return None
    own, common = _shares({key: value for key, value in table.items() if key != "kind"})
    try:
        kinds.defaults(kind)
    except KindBroken as fault:
        return _unread(name, kind, common, str(fault), problems)
    values = _loaded(PROVIDER, path, _with_defaults(common, kind), problems)
    if common.get("supersede") is False and not kinds.defaults(kind).is_log:
        problems.append(f"{path}.supersede: {OVERWRITES}")
    if "reconcile" in common and not kinds.defaults(kind).is_asked:
        problems.append(f"{path}.reconcile: {NOT_ASKED}")
    options = _options(kind, path, own, environ, problems, needs_secrets=needs_secrets)
    if len(problems) > before:
        return None
    if kind != "webhook":  # a webhook's address is the endpoint itself, to the letter
        values["base_url"] = values["base_url"].rstrip("/")
    elif said := options.fault_in(values["base_url"]):
        problems.append(f"{path}.base_url: {said}")
        return None
    return ProviderConfig(name=name, kind=kind, options=options, **values)


def _unread(name: str, kind: str, common: dict[str, Any], why: str, problems: list[str]) -> ProviderConfig | None:
    """What can be known of a provider whose kind cannot be loaded: enough to take orders for it in, which wait."""
    before = len(problems)
    values = _loaded(PROVIDER, f"providers.{name}", {"base_url": NOWHERE} | common, problems)
    if len(problems) > before:
        return None
    values["base_url"] = common.get("base_url", "")
    return ProviderConfig(name=name, kind=kind, options=Unread(why=why), **values)


def _kind(path: str, kind: Any, problems: list[str]) -> str | None:
    known = kinds.kinds()
    if isinstance(kind, str) and kind in known:
        return kind
    said = "is missing" if kind is None else "is no kind of provider"
    problems.append(f"{path}.kind: {said}; {nearest(str(kind), known)}")
    return None


def _shares(table: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the kind reads, unknown keys among it, and what is common to all."""
    common = {key: value for key, value in table.items() if key in PROVIDER.fields}
    return {key: value for key, value in table.items() if key not in common}, common


def _with_defaults(common: dict[str, Any], kind: str) -> dict[str, Any]:
    found = kinds.defaults(kind)
    silent: dict[str, Any] = {"base_url": found.base_url, "max_in_flight": found.max_in_flight}
    silent["supersede"] = not found.is_log
    if found.rate is not None:
        silent["rate"] = {"per_second": found.rate.per_second, "burst": found.rate.burst}
    return {key: value for key, value in silent.items() if value is not None} | common


def _options(
    kind: str,
    path: str,
    own: dict[str, Any],
    environ: Mapping[str, str],
    problems: list[str],
    *,
    needs_secrets: bool,
) -> Any:
    """The kind's own settings as its schema makes them. What cannot be resolved is one problem, and not missing too."""
    schema = kinds.options_schema(kind)()
    resolved: dict[str, Any] = {}
    unresolved: list[str] = []
    for key, value in own.items():
        try:
            field = schema.fields.get(key)
            resolved[key] = resolve(value, field, environ, needs_secrets=needs_secrets) if field else value
        except Unresolved as fault:
            problems.append(f"{path}.{key}: {fault}")
            unresolved.append(key)
    found: list[str] = []
    options = _loaded(schema, path, resolved, found)
    if found and not needs_secrets:
        usable = {key: _usable(value, f"{path}.{key}", found) for key, value in resolved.items()}
        found.clear()
        options = _loaded(schema, path, usable, found)
    problems.extend(problem for problem in found if not any(problem.startswith(f"{path}.{key}:") for key in unresolved))
    return options


def _usable(value: Any, place: str, found: list[str]) -> Any:
    """The setting with its secrets ``missing`` where they were found to be none."""
    faults = [problem.partition(": ")[2] for problem in found if problem.startswith((f"{place}:", f"{place}."))]
    if not faults or not secrets_in(value):
        return value
    marked = [Secret("", one.origin, one.path, missing=one.missing or faults[0]) for one in secrets_in(value)]
    return marked if isinstance(value, list) else marked[0]


def _loaded(schema: Schema, path: str, values: dict[str, Any], problems: list[str]) -> Any:
    try:
        return schema.load(values, unknown=RAISE)
    except ValidationError as faults:
        for place, said in sentences(schema, faults.messages, path, also_known=[*PROVIDER.fields, "kind"]):
            problems.append(f"{place}: {said}")
    return None
