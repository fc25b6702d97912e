"""A note, written below the order's comment: read, append, save; once only.

The save carries no lines: an edit without them keeps them all. It carries the shipping that the shop holds: an edit
that names none has none, and the total falls by it (shop 12.4.0 run on loopback, 2026-11).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from schemas.delivery import Link
from schemas.order import ZERO, Note
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.shopscript import HeldOrder
from worker.providers.base import Absent, Conversation, Lookup, Settled
from worker.providers.shopscript import calls, comment
from worker.providers.shopscript.api import read_saved
from worker.providers.shopscript.lookup import Finder, accepted, unanswered, unknown, unverified
from worker.providers.shopscript.mapping import money
from worker.providers.shopscript.mapping_texts import COMMENT_BYTES, comment_fits


@dataclass(frozen=True, slots=True)
class Noting:
    """One note for one order. Not safe against a person who edits the same comment in the same second."""

    finder: Finder
    note: Note

    @property
    def name(self) -> str:
        return comment.note_id(self.finder.job.idempotency_key)

    def converse(self) -> Conversation:
        sight = yield from self.finder.find()
        if sight is None:
            return unknown(self.finder.job.event.subject)
        if isinstance(sight, Outcome):
            return sight
        held, link = sight.held, sight.link
        if self.name in comment.applied(held.params):
            return accepted(link, [_THERE], Reason.EXISTS)
        form = self._form(held)
        if not comment_fits(form["comment"]):
            return msgspec.structs.replace(_TOO_LONG, link=link)
        failure = read_saved((yield calls.save(form, self.finder.options)))
        if failure is not None:
            return msgspec.structs.replace(failure, link=link)
        return (yield from self._read_back(link))

    def look_up(self) -> Lookup:
        """Whether the note's id is among those that the order keeps."""
        sight = yield from self.finder.find()
        if isinstance(sight, Outcome):
            return unanswered(sight)
        if sight is None or self.name not in comment.applied(sight.held.params):
            return Absent()
        return Settled(_THERE, sight.link)

    def _form(self, held: HeldOrder) -> dict[str, Any]:
        return {
            "id": held.id,
            "shipping": money(held.shipping or ZERO),
            "params": {comment.APPLIED: comment.with_note(held.params, self.name)},
            "comment": comment.below(held.comment, comment.text_of(self.note)),
        }

    def _read_back(self, link: Link) -> Conversation:
        held = yield from self.finder.by_id(link.order_id or "")
        if not isinstance(held, HeldOrder):
            return unverified(held, link)
        noted = msgspec.structs.replace(link, notes={**link.notes, comment.NOTED: "1"})
        if (held.comment or "").rstrip().endswith(comment.text_of(self.note).rstrip()):
            return accepted(noted)
        message = (
            f"The shop said ok, but the comment of order {held.id} does not end with the note, which it may have cut: "
            f"write it there by hand and discard this."
        )
        return Outcome(kind=OutcomeKind.REJECTED, reason=Reason.DIFFERS, message=message, link=noted)


_TOO_LONG = Outcome(
    kind=OutcomeKind.REJECTED,
    reason=Reason.TOO_LONG,
    message=(
        f"note.text: with it the order's comment would be above the {COMMENT_BYTES:,} bytes that the shop keeps: "
        "write it there by hand and discard this."
    ),
)
_THERE = "The note is in the order's comment already."
