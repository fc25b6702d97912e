"""A configuration that a command writes for the processes it starts: what the user's file says, and more beside it."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from worker.errors import ConfigError
from worker.settings import DEFAULT_PATH, PATH_VARIABLE


def config_path(path: str | None, environ: Mapping[str, str] = os.environ) -> Path | None:
    """The configuration file that counts: a flag's, the variable's, or the usual one where it is there."""
    named = path or environ.get(PATH_VARIABLE, "").strip()
    if named:
        return Path(named)
    usual = Path(DEFAULT_PATH)
    return usual if usual.exists() else None


def write_with(target: Path, own: Path | None, providers: Mapping[str, Any], **tables: Any) -> Path:
    """A file for the owner's eyes alone with all that ``own`` says, these providers beside its own, and what ``tables``
    say in place of its own settings of the same name.

    Raises ``ConfigError`` where it has a provider of such a name: what goes to the one must never be taken for the
    other's.
    """
    said: dict[str, Any] = tomllib.loads(own.read_text(encoding="utf-8")) if own else {}
    known = said.get("providers", {})
    if taken := [name for name in providers if name in known]:
        raise ConfigError(
            [f"providers.{name}: a provider of the sandbox has this name; rename yours" for name in taken]
        )
    changed = {name: {**said.get(name, {}), **table} for name, table in tables.items()}
    whole = {**said, **changed, "providers": {**known, **providers}}
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    target.touch(mode=0o600)
    target.write_text("".join(f"{name} = {_toml(value)}\n" for name, value in whole.items()), encoding="utf-8")
    return target.absolute()


def _toml(value: Any) -> str:
    """A value as TOML on one line. Texts and numbers are written as in JSON, but for DEL, which TOML wants escaped."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_toml(str(name))} = {_toml(inner)}" for name, inner in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, str | bool | int | float):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value)
