"""Settings that stand elsewhere: ``{ env = "NAME" }`` and ``{ file = "PATH" }``. Secrets stand nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from marshmallow import fields

from schemas.config import Secret
from worker.clock import utc_now

FILE = "_FILE"
"""Behind a variable's name: then its value is the path of a file that holds the setting."""

HOW = 'write { env = "NAME" } or { file = "PATH" }'


class Unresolved(ValueError):
    """What a reference points to is not there."""


def resolve(
    value: Any, field: fields.Field[Any] | None, environ: Mapping[str, str], *, needs_secrets: bool = True
) -> Any:
    """The value of a setting, references replaced by what they point to; a ``Secret`` where the field is one.

    Raises ``Unresolved`` for a reference to nothing, and for a secret in plain text; the text is not in the error. Who
    needs no secrets gets a ``missing`` one for a reference to nothing.
    """
    if field is not None and holds_secrets(field):
        if isinstance(value, list):
            return [_secret(part, environ, is_needed=needs_secrets) for part in value]
        return _secret(value, environ, is_needed=needs_secrets)
    if is_reference(value) and not isinstance(field, fields.Dict | fields.Nested):
        return _read(value, environ)
    return value


def is_reference(value: Any) -> bool:
    """Whether a value is of the one form or the other."""
    return isinstance(value, dict) and len(value) == 1 and isinstance(value.get("env", value.get("file")), str)


def holds_secrets(field: fields.Field[Any]) -> bool:
    """Whether a field reads a ``Secret``, or a list of them: by its metadata, or by its type."""
    if isinstance(field, fields.List):
        return holds_secrets(field.inner)
    bases = (base for kind in type(field).__mro__ for base in getattr(kind, "__orig_bases__", ()))
    return bool(field.metadata.get("secret")) or any(Secret in get_args(base) for base in bases)


def read_file(path: str) -> str:
    """The text of a file without the blanks at its ends. Raises ``Unresolved``."""
    try:
        text = Path(path).expanduser().read_text().strip()
    except (OSError, UnicodeDecodeError) as fault:
        raise Unresolved(f"the file {path} cannot be read") from fault
    if not text:
        raise Unresolved(f"the file {path} is empty")
    return text


def _secret(value: Any, environ: Mapping[str, str], *, is_needed: bool) -> Secret:
    if not is_reference(value):
        raise Unresolved(f"is a secret and may not stand in the file; {HOW}")
    try:
        text, path = _found(value, environ)
    except Unresolved as fault:
        if is_needed:
            raise
        path = _path(value, environ)
        return Secret("", f"file {path}" if path else f"variable {value['env']}", path, missing=str(fault))
    origin = f"file {path}" if path else f"variable {value['env']}"
    return Secret(text, origin, path, utc_now())


def _read(reference: dict[str, str], environ: Mapping[str, str]) -> str:
    return _found(reference, environ)[0]


def _found(reference: dict[str, str], environ: Mapping[str, str]) -> tuple[str, str]:
    """The text that a reference points to, and the file that it stands in, if any: a variable's value may stand in a
    file that ``NAME_FILE`` names."""
    name = reference.get("env", "")
    path = _path(reference, environ)
    text = environ.get(name, "").strip() if name else ""
    if text or not path:
        if not text:
            raise Unresolved(f"the variable {name} is not set")
        return text, ""
    return read_file(path), path


def _path(reference: dict[str, str], environ: Mapping[str, str]) -> str:
    if "file" in reference:
        return reference["file"]
    return environ.get(f"{reference['env']}{FILE}", "").strip()
