"""An act that moves money or paper and that no answer shows: made once, by a line in the order's comment around it.

The line says *begun* before the act and *done* after it (deed.py), and is read back before the act is made: a shop that
drops comments is found out before and not after. What that leaves open:

- Killed, or without an answer, before the act: *begun* is there, and a look-up cannot tell it from the next case.
- The act made and its answer lost: *begun* is there. Both are ``Undetermined``, and a person compares.
- Killed, or the ledger's store restored from an older copy, after the act was answered: *done* is there, ``Settled``.
- The store restored, and the act not begun: no line, ``Absent``.
- Not covered: an event that a restored store has lost, sent anew when the engine has stopped looking up for it
  (``recheck_s``), finds *begun* and is made. An act that the shop refused leaves its *begun* in the comment.
- The same act told by another event, under another delivery: *done* is there, and that ends it; *begun* is there, and a
  person compares.

The conversation takes a line that says *begun* for no more than the line it would write itself: doubt is the engine's,
which looks up before it converses, but for a person who vouches that nothing was done (a forced replay). Writing the
line is no mutating request for the same reason: doubt is to mean the act. The order's comment has no other writer of
ours meanwhile, since the order's events come one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

from msgspec.structs import replace

from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.openbizbox import HeldOrder
from worker.providers.base import Absent, Conversation, Lookup, Reply, Request, Undetermined
from worker.providers.openbizbox.answers import judge
from worker.providers.openbizbox.calls import Calls, Heard
from worker.providers.openbizbox.deed import Deed
from worker.providers.openbizbox.reach import Reach


@dataclass(frozen=True, slots=True)
class Act:
    """The call to make, and what the shop could not be told of it, a sentence for people."""

    call: Callable[[], Heard]
    remark: str = ""


Plan = Callable[[HeldOrder], Generator[Request, Reply, Act | Outcome]]


@dataclass(frozen=True, slots=True)
class Once:
    """One such act. ``plan`` is the call that the order as it is makes of it, ``wanted`` names it for people.

    ``writes`` is False where the account allows no lines of ours in comments: then a person is asked in doubt.
    """

    calls: Calls
    reach: Reach
    deed: Deed
    plan: Plan
    wanted: str
    writes: bool

    def converse(self) -> Conversation:
        held = yield from self.reach.order()
        if isinstance(held, Outcome):
            return held
        if self._is_done(held):
            return self.reach.accepted(held, Reason.EXISTS, self._seen(held))
        act = yield from self.plan(held)
        if isinstance(act, Outcome):
            return act
        is_begun_elsewhere = self.writes and self.deed.is_begun_elsewhere(held)
        begun = (yield from self._begin(held)) if self.writes else held
        if is_begun_elsewhere and isinstance(begun, HeldOrder):
            return Outcome(kind=OutcomeKind.UNKNOWN, reason=Reason.UNKNOWN, message=self._evidence(begun))
        return begun if isinstance(begun, Outcome) else (yield from self._make(act, begun))

    def look_up(self) -> Lookup:
        held = yield from self.reach.in_doubt()
        if not isinstance(held, HeldOrder):
            return held
        if self._is_done(held):
            return self.reach.settled(held, self._seen(held))
        if self.deed.is_begun(held) or self.deed.is_begun_elsewhere(held):
            return Undetermined(self._evidence(held), self.reach.learned(held))
        return Absent()

    def _is_done(self, held: HeldOrder) -> bool:
        return self.deed.done_in(held) is not None if self.writes else self.deed.is_kept(self.reach.link)

    def _begin(self, held: HeldOrder) -> Generator[Request, Reply, HeldOrder | Outcome]:
        """The order with the line in it."""
        if self.deed.is_begun(held):
            return held
        failed = yield from self._write(held, self.deed.comment_before(held))
        if failed is not None:
            return failed
        begun = yield from self.calls.get_order(held.id)
        if isinstance(begun, Outcome) or self.deed.is_begun(begun):
            return begun
        message = (
            f"The shop does not keep comments, by which we know that {self.wanted} is made once. "
            'Set mark = "none", so that in doubt a person is asked, then replay this.'
        )
        return self.reach.rejected(begun, message, Reason.DIFFERS)

    def _make(self, act: Act, begun: HeldOrder) -> Conversation:
        heard = yield from act.call()
        failed = heard if isinstance(heard, Outcome) else judge(*heard)
        if failed is not None:
            return failed
        unsaid = (yield from self._write(begun, self.deed.comment_after(begun))) if self.writes else None
        remarks = [act.remark, "The order's comment says begun still, though it was done." if unsaid else ""]
        message = " ".join(remark for remark in remarks if remark)
        made = self.reach.accepted(begun, Reason.REMARK if message else Reason.SAVED, message)
        return made if self.writes else replace(made, link=self.deed.kept_in(made.link or self.reach.link))

    def _write(self, held: HeldOrder, comment: str) -> Generator[Request, Reply, Outcome | None]:
        heard = yield from self.calls.write_comment(held.id, comment, mutating=False)
        return heard if isinstance(heard, Outcome) else judge(*heard)

    def _seen(self, held: HeldOrder) -> str:
        if not self.writes:
            return f"It was done to the shop's order {held.id} before, as another event told of it."
        return f"The comment of the shop's order {held.id} says that it was done: {self.deed.done_in(held)}."

    def _evidence(self, held: HeldOrder) -> str:
        return (
            f"The comment of the shop's order {held.id} says that {self.wanted} was begun, and no answer shows whether "
            f"it was done. The order is {_shown(held)}. Compare with its {self.deed.what}s in the shop's back office."
        )


LINES_SHOWN = 3


def _shown(held: HeldOrder) -> str:
    """What a read shows of an order's money, in a few words."""
    words = [f"in status {held.status_title or 'unknown'}"]
    words += [f"{held.total_with_tax} in total with tax"] if held.total_with_tax is not None else []
    words += [f"{held.refunded} refunded"] if held.refunded is not None else []
    lines = [f"{line.quantity} of line {line.id}" for line in held.products[:LINES_SHOWN]]
    more = [f"{len(held.products) - LINES_SHOWN} lines more"] if len(held.products) > LINES_SHOWN else []
    return ", ".join([*words, *lines, *more])
