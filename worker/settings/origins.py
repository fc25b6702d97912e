"""Where each setting was said: the file with its line, a variable, a flag. What nobody has said is a default."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from schemas.config import Origin
from worker.settings.references import FILE, is_reference

ENDS = ("]", "}", '"""', "'''")
"""One of these is in the last line of an expression of several; to try each of the others takes time by the square."""
Key = tuple[str, ...]
"""A setting and the tables that it is in: ``("providers", "desk", "rate", "burst")``."""


def file_origins(tables: Mapping[str, Any], file: str, text: str, environ: Mapping[str, str]) -> dict[Key, Origin]:
    """The origin of all that a file says; of a table, which may be a setting as a whole, the line of its first key."""
    lines, found = lines_of(text), dict[Key, Origin]()
    for key, value in _leaves(tables, ()):
        origin = Origin("file", file, lines.get(key), _pointed(value, environ))
        found[key] = origin
        for end in range(2, len(key)):
            found.setdefault(key[:end], Origin("file", file, origin.line))
    return found


def variable_origin(name: str, environ: Mapping[str, str]) -> Origin:
    """Of a value that a variable says, or the file that it names."""
    return Origin("variable", f"{name}{FILE}" if environ.get(f"{name}{FILE}", "").strip() else name)


def lines_of(text: str) -> dict[Key, int]:
    """The line at which each key of a TOML document stands, from 1 on; the text was read as TOML before.

    tomllib tells no lines. An expression of TOML ends with a line, and no beginning of one is valid by itself: so the
    lines are given to tomllib one by one, and what it takes is one expression, which began behind the one before.
    """
    found: dict[Key, int] = {}
    table: Key = ()
    chunk, begins = "", 1
    for number, line in enumerate(text.split("\n"), 1):  # TOML's only line end; Python's splitlines knows more
        chunk += f"{line}\n"
        if number > begins and not any(end in line for end in ENDS):
            continue
        try:
            said = tomllib.loads(chunk)
        except tomllib.TOMLDecodeError:
            continue
        if chunk.lstrip().startswith("["):
            table = _header(said)
        for key, _ in _leaves(said, () if chunk.lstrip().startswith("[") else table):
            for end in range(1, len(key) + 1):
                found.setdefault(key[:end], begins)
        chunk, begins = "", number + 1
    return found


def _header(said: Mapping[str, Any]) -> Key:
    """The table that a header opens: ``[a.b]`` is read as tables that hold one another."""
    path, inner = [], said
    while isinstance(inner, dict) and inner:
        [(name, inner)] = inner.items()
        path.append(name)
    return tuple(path)


def _leaves(tables: Mapping[str, Any], above: Key) -> Iterator[tuple[Key, Any]]:
    for name, value in tables.items():
        if isinstance(value, dict) and value and not is_reference(value):
            yield from _leaves(value, (*above, name))
        else:
            yield (*above, name), value


def _pointed(value: Any, environ: Mapping[str, str]) -> str:
    """What a reference points to, or each of a list of them."""
    if isinstance(value, list):
        return ", ".join(filter(None, (_pointed(part, environ) for part in value)))
    if not is_reference(value):
        return ""
    if "file" in value:
        return f"file {value['file']}"
    name = value["env"]
    is_in_file = not environ.get(name, "").strip() and environ.get(f"{name}{FILE}", "").strip()
    return f"${name}{FILE}" if is_in_file else f"${name}"
