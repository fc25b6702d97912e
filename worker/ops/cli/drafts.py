"""What somebody types in an editor: in a file of its own from the first key on, so that no refusal loses it."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

import click

from worker.errors import OrdercastError
from worker.ops.cli.output import end, say

EDITORS = ("sensible-editor", "vim", "nano", "vi")
"""Which of them is there is opened where neither VISUAL nor EDITOR names one."""
NAME_CHARS = 26


class EditorFailed(OrdercastError):
    """The editor could not be started, or ended with an error."""

    reason = "editor"


class KeptDraft:
    """A text in a file that only its owner may read: in ``directory``, or among the temporary ones where that takes
    none. ``named`` are the ids that it is a correction of."""

    def __init__(self, directory: Path, named: tuple[str, ...], text: str) -> None:
        self.named = named
        self.first = text.encode()
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path = self._made(directory)
        except OSError:
            self.path = self._made(None)

    @property
    def text(self) -> bytes:
        return self.path.read_bytes() if self.path.exists() else self.first

    def keep(self) -> None:
        """Leave what was typed where it is, and say how to go on with it. Where that is nothing, it is removed."""
        if self.text == self.first:
            self.remove()
            return
        say(
            f"What you typed is kept in {self.path}. Correct it there, and send it with `ordercast replay "
            f"{' '.join(self.named)} --edit {self.path} --why TEXT`. Then delete it: it names customers."
        )

    def edit(self) -> None:
        """Open it until it is JSON; ends the command where the person has had enough of it. Raises ``EditorFailed``."""
        self._open()
        while self.text != self.first and (wrong := not_json(self.text)):
            say(f"That is not JSON: {wrong}")
            if not click.confirm("Open the editor again?", default=True, err=True):
                say("Nothing was done.")
                end(1)
            self._open()

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)

    def _made(self, directory: Path | None) -> Path:
        name = "".join(filter(str.isalnum, self.named[0]))[:NAME_CHARS]
        number, path = tempfile.mkstemp(prefix=f"edit-{name}-", suffix=".json", dir=directory)
        with os.fdopen(number, "wb") as file:
            file.write(self.first)
        return Path(path).resolve()

    def _open(self) -> None:
        before = self.text
        named = os.environ.get("VISUAL") or os.environ.get("EDITOR") or next(filter(shutil.which, EDITORS), "vi")
        try:
            code = subprocess.run(  # noqa: S603  the editor of whoever runs the command, arguments as a list
                [*shlex.split(named), str(self.path)], check=False
            ).returncode
        except (OSError, ValueError) as error:
            raise EditorFailed(f"The editor {named} cannot be started: name another one in EDITOR.") from error
        if code:
            what = "changed" if self.text == before else "done"
            raise EditorFailed(f"The editor {named} ended with {code}: nothing was {what}.")


def not_json(text: bytes) -> str:
    """Why a text is no JSON, and where; empty where it is."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return f"{error.msg} in line {error.lineno}, column {error.colno}."
    except UnicodeDecodeError:
        return "it is not UTF-8."
    except (ValueError, RecursionError):
        return "it cannot be read."
    return ""
