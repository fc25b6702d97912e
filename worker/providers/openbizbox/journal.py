"""An act that moves money or paper and that no answer shows: made once, by a line in the order's comment around it.

No answer of OpenBizBox shows refunds of lines or invoices (page "Order", "Response example", 2020-02-20), and no call
takes a key that would keep one from being made twice. So the order itself says how far we came: the line says *begun*
before the act and *done* after it, and is read back before the act is made: a shop that drops comments is found out
before and not after. What that leaves open:

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

import re
from collections.abc import Callable, Generator
from dataclasses import dataclass
from hashlib import sha256

import msgspec
from msgspec.structs import replace

from schemas.delivery import Link
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.openbizbox import HeldOrder
from worker.providers.base import Absent, Conversation, Lookup, Reply, Request, Undetermined
from worker.providers.openbizbox.api import Calls, Heard, failure
from worker.providers.openbizbox.lookup import Finder
from worker.providers.openbizbox.mapping_comment import comment_lines, with_lines

ACTS = "acts"
"""The note of the link with the acts that were done, where their order carries no lines of ours."""

LINES_SHOWN = 3  # of an order, where a person is asked

_PLAIN = re.compile(r"[A-Za-z0-9._:/-]{1,64}")
_LINE = re.compile(r"\[ordercast (?P<what>\w+) (?P<delivery>\w+)(?: (?P<act>\S+))? (?P<stage>begun|done)\]")


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One act: a ``refund``, an ``invoice`` or a ``note``, of one delivery; ``act_id`` is the act's own name, where it
    has one: a refund's id, an invoice's number.

    The line names both. The delivery, and not the edit of it that is sent: where the first edit may have been done, the
    second one must not pass for another act. The act, since a shop and its payment provider may tell of one under two
    events: each has a delivery of its own.
    """

    what: str
    delivery_id: str
    act_id: str | None = None

    @property
    def begun(self) -> str:
        return self._line("begun")

    @property
    def done(self) -> str:
        return self._line("done")

    def is_begun(self, held: HeldOrder) -> bool:
        """Whether this delivery has begun it."""
        return any(self._is_ours(line) and line["stage"] == "begun" for line in self._told(held))

    def is_begun_elsewhere(self, held: HeldOrder) -> bool:
        """Whether another delivery has begun the same act, and this one has not."""
        told = self._told(held)
        return bool(told) and not any(self._is_ours(line) for line in told)

    def done_in(self, held: HeldOrder) -> str | None:
        """The line that says that the act was done, by whichever delivery; ``None`` where none does."""
        return next((line.string for line in self._told(held) if line["stage"] == "done"), None)

    def comment_before(self, held: HeldOrder) -> str:
        """The order's comment as it is to be before the act."""
        return with_lines(held, [self.begun])

    def comment_after(self, held: HeldOrder) -> str:
        """The order's comment as it is to be after the act: *done* where *begun* was."""
        ours = {line.string for line in self._told(held) if self._is_ours(line)}
        return "\n".join(self.done if line.strip() in ours else line for line in held.comment.splitlines())

    def is_kept(self, link: Link) -> bool:
        """Whether the link says that the act was done: it does where the account allows no lines of ours."""
        return self.act_id is not None and self._kept in link.notes.get(ACTS, "").split()

    def kept_in(self, link: Link) -> Link:
        """The link, saying that the act was done where the act has a name."""
        if self.act_id is None:
            return link
        acts = f"{link.notes.get(ACTS, '')} {self._kept}".strip()
        return msgspec.structs.replace(link, notes=link.notes | {ACTS: acts})

    def _told(self, held: HeldOrder) -> list[re.Match[str]]:
        """The lines that are about this act."""
        lines = (_LINE.fullmatch(line) for line in comment_lines(held))
        return [line for line in lines if line and line["what"] == self.what and self._is_same(line)]

    def _is_same(self, line: re.Match[str]) -> bool:
        return self._is_ours(line) or (self.act_id is not None and line["act"] == self._name)

    def _is_ours(self, line: re.Match[str]) -> bool:
        return line["delivery"] == self.delivery_id

    @property
    def _kept(self) -> str:
        return f"{self.what}:{self._name}"

    @property
    def _name(self) -> str:
        """The act's name as one word: as it is where that can be read back, else a digest of it."""
        act_id = self.act_id or ""
        return act_id if _PLAIN.fullmatch(act_id) else f"sha256:{sha256(act_id.encode()).hexdigest()[:32]}"

    def _line(self, stage: str) -> str:
        named = f" {self._name}" if self.act_id else ""
        return f"[ordercast {self.what} {self.delivery_id}{named} {stage}]"


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """The call to make, and what the shop could not be told of it, a sentence for people."""

    call: Callable[[], Heard]
    remark: str = ""


Planning = Callable[[HeldOrder], Generator[Request, Reply, PlannedCall | Outcome]]


@dataclass(frozen=True, slots=True)
class Once:
    """One such act. ``plan`` is the call that the order as it is makes of it, ``wanted`` names it for people.

    ``writes`` is False where the account allows no lines of ours in comments: then a person is asked in doubt.
    """

    calls: Calls
    finder: Finder
    entry: JournalEntry
    plan: Planning
    wanted: str
    writes: bool

    def converse(self) -> Conversation:
        held = yield from self.finder.order()
        if isinstance(held, Outcome):
            return held
        if self._is_done(held):
            return self.finder.accepted(held, Reason.EXISTS, self._seen(held))
        act = yield from self.plan(held)
        if isinstance(act, Outcome):
            return act
        is_begun_elsewhere = self.writes and self.entry.is_begun_elsewhere(held)
        begun = (yield from self._begin(held)) if self.writes else held
        if is_begun_elsewhere and isinstance(begun, HeldOrder):
            return Outcome(kind=OutcomeKind.UNKNOWN, reason=Reason.UNKNOWN, message=self._evidence(begun))
        return begun if isinstance(begun, Outcome) else (yield from self._make(act, begun))

    def look_up(self) -> Lookup:
        held = yield from self.finder.in_doubt()
        if not isinstance(held, HeldOrder):
            return held
        if self._is_done(held):
            return self.finder.settled(held, self._seen(held))
        if self.entry.is_begun(held) or self.entry.is_begun_elsewhere(held):
            return Undetermined(self._evidence(held), self.finder.learned(held))
        return Absent()

    def _is_done(self, held: HeldOrder) -> bool:
        return self.entry.done_in(held) is not None if self.writes else self.entry.is_kept(self.finder.link)

    def _begin(self, held: HeldOrder) -> Generator[Request, Reply, HeldOrder | Outcome]:
        """The order with the line in it."""
        if self.entry.is_begun(held):
            return held
        failed = yield from self._write(held, self.entry.comment_before(held))
        if failed is not None:
            return failed
        begun = yield from self.calls.get_order(held.id)
        if isinstance(begun, Outcome) or self.entry.is_begun(begun):
            return begun
        message = (
            f"The shop does not keep comments, by which we know that {self.wanted} is made once. "
            'Set mark = "none", so that in doubt a person is asked, then replay this.'
        )
        return self.finder.rejected(begun, message, Reason.DIFFERS)

    def _make(self, act: PlannedCall, begun: HeldOrder) -> Conversation:
        failed = yield from failure(act.call())
        if failed is not None:
            return failed
        unsaid = (yield from self._write(begun, self.entry.comment_after(begun))) if self.writes else None
        remarks = [act.remark, "The order's comment says begun still, though it was done." if unsaid else ""]
        message = " ".join(remark for remark in remarks if remark)
        made = self.finder.accepted(begun, Reason.REMARK if message else Reason.SAVED, message)
        return made if self.writes else replace(made, link=self.entry.kept_in(made.link or self.finder.link))

    def _write(self, held: HeldOrder, comment: str) -> Generator[Request, Reply, Outcome | None]:
        return failure(self.calls.write_comment(held.id, comment, mutating=False))

    def _seen(self, held: HeldOrder) -> str:
        if not self.writes:
            return f"It was done to the shop's order {held.id} before, as another event told of it."
        return f"The comment of the shop's order {held.id} says that it was done: {self.entry.done_in(held)}."

    def _evidence(self, held: HeldOrder) -> str:
        return (
            f"The comment of the shop's order {held.id} says that {self.wanted} was begun, and no answer shows whether "
            f"it was done. The order is {_shown(held)}. Compare with its {self.entry.what}s in the shop's back office."
        )


def _shown(held: HeldOrder) -> str:
    """What a read shows of an order's money, in a few words."""
    words = [f"in status {held.status_title or 'unknown'}"]
    words += [f"{held.total_with_tax} in total with tax"] if held.total_with_tax is not None else []
    words += [f"{held.refunded} refunded"] if held.refunded is not None else []
    lines = [f"{line.quantity} of line {line.id}" for line in held.products[:LINES_SHOWN]]
    more = [f"{len(held.products) - LINES_SHOWN} lines more"] if len(held.products) > LINES_SHOWN else []
    return ", ".join([*words, *lines, *more])
