"""Settings from environment variables: ``ORDERCAST_<TABLE>_<KEY>``, ``REDIS_URL``, ``CELERY_BROKER_URL``.

Each may have ``_FILE`` behind its name: then the value is the path of a file that holds the setting.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import fields

from schemas.config_fields import CountField
from schemas.config_schema import TABLES
from schemas.fields import Flag
from worker.settings.problems import unknown_key
from worker.settings.references import FILE, Unresolved, read_file

PREFIX = "ORDERCAST_"
STORE = f"{PREFIX}STORE_"
LAST_RESORT = {"REDIS_URL": ("store", "url"), "CELERY_BROKER_URL": ("store", "broker_url")}
"""Variables that other software reads too: they count where neither an own variable nor the file says anything."""

Place = tuple[str, str]


def own_variables() -> dict[str, Place]:
    """Each variable of ours and the table and key that it sets."""
    return {
        f"{PREFIX}{table}_{key}".upper(): (table, key)
        for table, schema in TABLES.items()
        for key, field in schema.fields.items()
        if not isinstance(field, fields.Nested)  # a table within a table is the file's alone
    }


def read_variables(
    names: Mapping[str, Place], environ: Mapping[str, str], problems: list[str]
) -> dict[Place, tuple[str, Any]]:
    """For each place that a variable sets, the variable's name and the value. Empty variables count as absent."""
    found: dict[Place, tuple[str, Any]] = {}
    for name, place in names.items():
        try:
            text = _text(name, environ)
        except Unresolved as fault:
            problems.append(f"{name}{FILE}: {fault}")
            continue
        if text:
            found[place] = (name, _typed(place, text))
    return found


def misspelt_variables(environ: Mapping[str, str]) -> Iterator[str]:
    """A problem for each variable that looks like one of ours and sets nothing."""
    known = own_variables()
    for name, text in environ.items():
        is_of_a_table = any(name.startswith(f"{PREFIX}{table}_".upper()) for table in TABLES)
        if text.strip() and is_of_a_table and name.removesuffix(FILE) not in known:
            yield f"{name}: {unknown_key(name, known)}"


def _text(name: str, environ: Mapping[str, str]) -> str:
    path = environ.get(f"{name}{FILE}", "").strip()
    return read_file(path) if path else environ.get(name, "").strip()


def _typed(place: Place, text: str) -> Any:
    table, key = place
    field = TABLES[table].fields[key]
    if isinstance(field, Flag):
        return {"true": True, "false": False}.get(text, text)
    return int(text) if isinstance(field, CountField) and text.isascii() and text.isdecimal() else text
