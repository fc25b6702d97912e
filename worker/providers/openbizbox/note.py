"""A note on an order: its text at the end of the order's comment, the one text of an order that requests can reach.

The comment is written whole, so an edit that the shop commits late would take back what was added since. So in doubt
the comment is read, and an absent note believed only when the engine's ``settle_s`` has passed.
"""

from __future__ import annotations

from schemas.order import Note
from schemas.outcome import Outcome, Reason
from schemas.providers.openbizbox import HeldOrder, OpenBizBoxOptions
from worker.providers.base import Absent, Conversation, Job, Lookup
from worker.providers.openbizbox.answers import judge
from worker.providers.openbizbox.calls import Calls
from worker.providers.openbizbox.deed import Deed
from worker.providers.openbizbox.mark import comment_lines, with_lines
from worker.providers.openbizbox.reach import Reach
from worker.providers.openbizbox.tally import counted
from worker.providers.openbizbox.words import note_lines


class Noting:
    """One note on one order; known again by a line of ours behind it, or by its own lines where we write none."""

    def __init__(self, job: Job, options: OpenBizBoxOptions, calls: Calls, reach: Reach) -> None:
        self._job = job
        self._calls = calls
        self._reach = reach
        done = Deed("note", job.delivery_id).done
        self._lines = note_lines(job.event.data.note or Note(text=""), options)
        self._lines += [done] if options.mark == "comment" else []
        self._tells = [done] if options.mark == "comment" else [line.strip() for line in self._lines]

    def converse(self) -> Conversation:
        held = yield from self._reach.order()
        if isinstance(held, Outcome):
            return held
        if self._is_there(held):
            return self._reach.accepted(held, Reason.EXISTS)
        heard = yield from self._calls.write_comment(held.id, with_lines(held, self._lines), mutating=True)
        failed = heard if isinstance(heard, Outcome) else judge(*heard)
        if failed is not None:
            return counted(failed, self._job, held.id)
        return (yield from self._compared(held))

    def look_up(self) -> Lookup:
        held = yield from self._reach.in_doubt()
        if not isinstance(held, HeldOrder):
            return held
        if not self._is_there(held):
            return Absent()
        return self._reach.settled(held, f"The comment of the shop's order {held.id} has the note.")

    def _compared(self, before: HeldOrder) -> Conversation:
        after = yield from self._calls.get_order(before.id)
        if isinstance(after, Outcome):
            message = f"The note was taken and could not be read again. {after.message}"
            return self._reach.accepted(before, Reason.REMARK, message)
        if self._is_there(after):
            return self._reach.accepted(after, Reason.SAVED)
        message = "The shop does not keep comments, and has no other place for a note: leave order.noted out of events."
        return self._reach.rejected(after, message, Reason.DIFFERS)

    def _is_there(self, held: HeldOrder) -> bool:
        return set(self._tells) <= set(comment_lines(held))
