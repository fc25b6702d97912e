"""What we have done to an order, kept at the vendor: a line of its comment, written before the act and after it.

No answer of OpenBizBox shows refunds of lines or invoices (page "Order", "Response example", 2020-02-20), and no call
takes a key that would keep one from being made twice. So the order itself says how far we came.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256

import msgspec

from schemas.delivery import Link
from schemas.providers.openbizbox import HeldOrder
from worker.providers.openbizbox.mark import comment_lines, with_lines

SLOT = "acts"
"""The note of the link with the acts that were done, where their order carries no lines of ours."""

_PLAIN = re.compile(r"[A-Za-z0-9._:/-]{1,64}")
_LINE = re.compile(r"\[ordercast (?P<what>\w+) (?P<delivery>\w+)(?: (?P<act>\S+))? (?P<stage>begun|done)\]")


@dataclass(frozen=True, slots=True)
class Deed:
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
        return self.act_id is not None and self._kept in link.notes.get(SLOT, "").split()

    def kept_in(self, link: Link) -> Link:
        """The link, saying that the act was done where the act has a name."""
        if self.act_id is None:
            return link
        acts = f"{link.notes.get(SLOT, '')} {self._kept}".strip()
        return msgspec.structs.replace(link, notes=link.notes | {SLOT: acts})

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
