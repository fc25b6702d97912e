"""A configuration that a command writes for the processes it starts: its own store and providers, and the user's other
settings."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from worker.settings import DEFAULT_PATH, FILE_ONLY, PATH_VARIABLE

SANDBOX = Path("var") / "sandbox"
"""Where `up --sandbox` keeps all that is its own."""

SANDBOX_CONFIG = SANDBOX / DEFAULT_PATH
EXPORTS = "up.env"
"""The lines for another terminal, in the data directory, as long as `up` runs."""


def config_path(path: str | None, environ: Mapping[str, str] = os.environ) -> Path | None:
    """The configuration file that counts: a flag's, the variable's, or the usual one where it is there."""
    named = path or environ.get(PATH_VARIABLE, "").strip()
    if named:
        return Path(named)
    usual = Path(DEFAULT_PATH)
    return usual if usual.exists() else None


def store_of_its_own(directory: Path) -> dict[str, Any]:
    """A ``[store]`` table for the embedded store of this directory, whatever the environment names. The path is whole:
    such a file is named in terminals that stand elsewhere."""
    return {"dir": str(directory.absolute()), FILE_ONLY: True}


def write_with(target: Path, own: Mapping[str, Any], providers: Mapping[str, Any], **tables: Any) -> Path:
    """A file for the owner's eyes alone with what ``own`` says, but with these providers and no others, and with these
    tables in place of its own of the same name."""
    whole = {**own, **tables, "providers": providers}
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
