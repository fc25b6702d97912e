"""Every setting with its type, its default and its meaning, as tables of Markdown.

``python -m worker.ops.desk.settings_page FILE`` writes them anew into a page, between its two markers.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from marshmallow import Schema, fields, validate

from schemas.config import Config, OidcConfig, ProviderConfig, SourceConfig
from schemas.config_fields import CountField, EventPatterns, ListenAt, Measure, Patterns, ServerUrls, WordsField
from schemas.config_schema import PROVIDER, TABLES, TableSchema
from schemas.config_schema import SOURCE as SOURCE_SCHEMA
from schemas.fields import CurrencyCode, Flag, OneOf
from schemas.providers import DEFAULTS, OPTIONS, options_schema
from worker.ops.desk.setting_meanings import COMMON, MEANINGS, SOURCE
from worker.settings.references import holds_secrets

BEGIN, END = "<!-- settings: begin -->", "<!-- settings: end -->"
NO_DEFAULT = {
    "store.url": "the embedded Valkey",
    "store.broker_url": "the store",
    "provider.base_url": "by kind",
    "provider.rate": "by kind",
    "provider.reconcile.every_h": "none: never",
}
"""What holds where a setting without a default is left out."""
INNER: dict[str, type[msgspec.Struct]] = {"oidc": OidcConfig}
"""A table within a table that need not be there: what is in it has defaults all the same."""


class Setting(msgspec.Struct, frozen=True):
    """One setting: its key with the tables inside its own before it (``rate.burst``). ``restarts``: a worker takes up
    another value at its start alone."""

    key: str
    type: str
    default: str
    meaning: str
    restarts: bool


def page_tables() -> str:
    """All tables of the page, each below its heading."""
    parts = [_part(f"`[{table}]`", table, schema, _struct_of(table)) for table, schema in TABLES.items()]
    parts.append(_part('`[sources."NAME"]`', SOURCE, SOURCE_SCHEMA, SourceConfig))
    parts.append(_part("`[providers.NAME]`: every kind", COMMON, PROVIDER, ProviderConfig))
    parts.append("### Defaults that differ by kind\n\n" + _kinds_table())
    parts += [
        _part(f'`[providers.NAME]`: kind = "{kind}"', kind, options_schema(kind)(), _options_of(kind))
        for kind in OPTIONS
    ]
    return "\n\n".join(parts)


def settings(group: str, schema: Schema, struct: type[msgspec.Struct]) -> Iterator[Setting]:
    """Every setting of a schema, in its order. ``group`` names it among the meanings."""
    for key, field, default in leaves(schema, _defaults(struct), ""):
        words, meaning = _default_words(group, key, field, default), MEANINGS[group].get(key, "")
        yield Setting(key, type_words(field), words, meaning, restarts=group in TABLES or group == SOURCE)


def type_words(field: fields.Field[Any]) -> str:
    """What may stand there, for people."""
    if holds_secrets(field):
        return "secret, or a list of secrets" if isinstance(field, fields.List) else "secret"
    if isinstance(field, CurrencyCode):
        return "currency code"
    words = field.words if isinstance(field, OneOf) else _choices(field)
    if words:
        return ", ".join(f'`"{word}"`' for word in words)
    for kind, said in _TYPES.items():
        if isinstance(field, kind):
            return said.format(least=_least(field))
    return "text"


_TYPES: dict[type[Any], str] = {
    Flag: "`true`, `false`",
    CountField: "whole number, {least} or more",
    Measure: "number, {least}",
    EventPatterns: "list of patterns",
    Patterns: "list of patterns",
    ServerUrls: "list of addresses",
    WordsField: "text, or list of texts",
    ListenAt: '`"127.0.0.1:PORT"`, `"off"`',
    fields.Integer: "whole number",
    fields.List: "list of texts",
    fields.Dict: "table",
}


def _least(field: fields.Field[Any]) -> str:
    least = getattr(field, "least", None)
    if isinstance(field, Measure):
        return "above 0" if least is None else f"{least:g} or more"
    return str(least)


def _choices(field: fields.Field[Any]) -> tuple[str, ...]:
    rules = [rule for rule in field.validators if isinstance(rule, validate.OneOf)]
    return tuple(str(word) for rule in rules for word in rule.choices)


def leaves(schema: Schema, defaults: dict[str, Any], before: str) -> Iterator[tuple[str, fields.Field[Any], Any]]:
    """Each field with its key and its default; what a nested table holds stands for it."""
    for name, field in schema.fields.items():
        if isinstance(field, fields.Nested):
            inner = defaults.get(name, defaults)  # a kind's Struct may have what its schema has in a table
            shown = msgspec.structs.asdict(inner) if isinstance(inner, msgspec.Struct) else inner or {}
            if inner is msgspec.UNSET and isinstance(field.schema, TableSchema):  # a table that may be left out whole
                shown = _defaults(field.schema.struct)
            yield from leaves(field.schema, shown, f"{before}{name}.")
        else:
            yield f"{before}{name}", field, defaults.get(name)


def _default_words(group: str, key: str, field: fields.Field[Any], default: Any) -> str:
    for named, said in NO_DEFAULT.items():
        if f"{group}.{key}.".startswith(f"{named}."):
            return said
    if field.required:
        return "**required**"
    if default is None or default in ((), {}):
        return "–"
    return f"`{_toml(default)}`"


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_toml, value))}]"
    return f'"{value}"' if isinstance(value, str) else f"{value:.15g}"


def _defaults(struct: type[msgspec.Struct]) -> dict[str, Any]:
    """The default of each field that has one."""
    found: dict[str, Any] = {}
    for one in msgspec.structs.fields(struct):
        if one.default is not msgspec.NODEFAULT:
            found[one.name] = _defaults(INNER[one.name]) if one.name in INNER else one.default
        elif one.default_factory is not msgspec.NODEFAULT:
            found[one.name] = one.default_factory()
    return found


def _struct_of(table: str) -> type[msgspec.Struct]:
    return type(getattr(Config(), table))


def _options_of(kind: str) -> type[msgspec.Struct]:
    """The Struct that a kind's schema loads to, named like it."""
    schema = options_schema(kind)
    found: type[msgspec.Struct] = getattr(sys.modules[schema.__module__], schema.__name__.removesuffix("Schema"))
    return found


def _part(heading: str, group: str, schema: Schema, struct: type[msgspec.Struct]) -> str:
    rows = [
        f"| `{one.key}` | {one.type} | {one.default} | {'yes' if one.restarts else 'no'} | {one.meaning} |"
        for one in settings(group, schema, struct)
    ]
    head = ["| key | type | default | restart | what it does |", "|---|---|---|---|---|"]
    return "\n".join([f"### {heading}", "", *head, *rows])


def _kinds_table() -> str:
    lines = ["| kind | `base_url` | `rate` | `max_in_flight` | `supersede` |", "|---|---|---|---|---|"]
    for kind, one in DEFAULTS.items():
        url = f"`{one.base_url}`" if one.base_url else "**required**"
        rate = f"{one.rate.per_second:g} a second, burst {one.rate.burst:g}" if one.rate else "no limit"
        lines.append(f"| `{kind}` | {url} | {rate} | {one.max_in_flight} | `{'false' if one.is_log else 'true'}` |")
    return "\n".join(lines)


def with_tables(text: str) -> str:
    """The page with its tables as they are now. Raises ``ValueError`` where it does not have both markers."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"there must be one {BEGIN} and then one {END}")
    return f"{before}{BEGIN}\n\n{page_tables()}\n\n{END}{after}"


def main() -> None:
    file = Path(sys.argv[1])
    file.write_text(with_tables(file.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
