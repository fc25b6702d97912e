"""A kind of provider as a package brings it: a real distribution in a directory that is on the path."""

from __future__ import annotations

from pathlib import Path

GOOD = """
from marshmallow import Schema, fields

from schemas.outcome import Outcome, OutcomeKind, Reason
from worker.providers.base import Operation, Provider


class BoxOptions(Schema):
    token = fields.String(required=True)


class Box(Provider):
    kind = "{kind}"
    options_schema = BoxOptions
    default_base_url = "https://box.example"
    offers = {{}}
    secrets = ()

    def operation(self, job):
        return Operation("save", self._save, on_unknown="resend")

    def _save(self):
        return Outcome(kind=OutcomeKind.ACCEPTED, reason=Reason.SAVED)
        yield
"""
"""A whole adapter that says yes to all."""

WITHOUT_SCHEMA = GOOD.replace("    options_schema = BoxOptions\n", "")
SYNTAX_ERROR = "import os\n\ndef broken(:\n    pass\n"
IMPORT_ERROR = "import no_such_module_of_anybody\n"
EXITS = "raise SystemExit(3)\n"
FAILS_TO_BEGIN = (
    GOOD + "\n    def __init__(self, config, memory):\n        raise ValueError(f'no such token: {{config.options}}')\n"
)


def install(directory: Path, kind: str, code: str) -> None:
    """Put the package ``ordercast-<kind>`` 1.0 there; its module is named like the kind."""
    known = directory / f"ordercast_{kind}-1.0.dist-info"
    known.mkdir(parents=True, exist_ok=True)
    (known / "METADATA").write_text(f"Metadata-Version: 2.1\nName: ordercast-{kind}\nVersion: 1.0\n")
    (known / "entry_points.txt").write_text(f"[ordercast.providers]\n{kind} = {kind}:Box\n")
    (directory / f"{kind}.py").write_text(code.replace("{kind}", kind).replace("{{", "{").replace("}}", "}"))
