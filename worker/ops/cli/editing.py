"""A corrected event, from a file or from the editor, and what it changes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from worker.ops.cli import tables
from worker.ops.cli.drafts import KeptDraft, not_json
from worker.ops.cli.output import end, say
from worker.ops.cli.session import principal
from worker.ops.desk.bodies import Bodies
from worker.ops.desk.desk import Desk
from worker.ops.desk.differences import difference, pretty
from worker.ops.desk.ids import refusal_seq

EDITOR = ""
"""What ``--edit`` without a file means."""


@dataclass(frozen=True, slots=True)
class EditedEvents:
    """A corrected event as JSON, and the draft that holds it where it was typed just now."""

    text: bytes
    draft: KeptDraft | None = None


def corrected(desk: Desk, ids: tuple[str, ...], edit: str) -> EditedEvents:
    """The corrected event: the file's, or what a person makes of the first one's body in ``$EDITOR``. On a terminal the
    difference is shown before anything is asked."""
    if len(ids) == 0:
        raise click.UsageError("An edit touches only what is named: give the ids of the deliveries or the refusal.")
    is_terminal = sys.stdin.isatty() and sys.stderr.isatty()
    if edit != EDITOR:
        after = _file(edit)
        if is_terminal and edit != "-":
            if wrong := not_json(after):
                say(f"{edit} is not JSON: {wrong} Nothing was done.")
                end(1)
            _show(ids[0], _body(desk, ids[0]), after)
        return EditedEvents(after)
    if not is_terminal:
        raise click.UsageError("Not a terminal, so no editor can be opened: name the corrected event, --edit FILE.")
    before = _body(desk, ids[0])
    draft = KeptDraft(Path(desk.config.store.dir), ids, pretty(before))
    with kept_where_it_fails(draft):
        draft.edit()
        if draft.text == draft.first:
            say("Nothing was changed, so nothing was done.")
            end(1)
        _show(ids[0], before, draft.text)
    return EditedEvents(draft.text, draft)


@contextmanager
def kept_where_it_fails(draft: KeptDraft | None) -> Iterator[None]:
    """Whatever ends this early, a refusal or Ctrl-C, loses nothing of what was typed."""
    try:
        yield
    except BaseException:
        if draft:
            draft.keep()
        raise


def _body(desk: Desk, named: str) -> bytes:
    return Bodies(desk.store).of(named, source=None, by=principal()).text


def _file(name: str) -> bytes:
    try:
        with click.open_file(name, "rb") as opened:
            read: bytes = opened.read()
    except OSError as error:
        raise click.UsageError(f"--edit: {name} cannot be read: {error.strerror}.") from error
    return read


def _show(named: str, before: bytes, after: bytes) -> None:
    was = "accepted" if refusal_seq(named) is None else "refused"
    lines = list(difference(before, after, was))
    for line in lines:
        say(click.style(tables.plain(line), fg={"+": "green", "-": "red"}.get(line[:1])))
    if not lines:
        say(f"It says the same as what was {was}.")
