"""What we have done to an order, kept at the vendor: a line of its comment, written before the act and after it.

No answer of OpenBizBox shows refunds of lines or invoices (page "Order", "Response example", 2020-02-20), and no call
takes a key that would keep one from being made twice. So the order itself says how far we came.
"""

from __future__ import annotations

from dataclasses import dataclass

from schemas.providers.openbizbox import HeldOrder
from worker.providers.openbizbox.mark import comment_lines, with_lines


@dataclass(frozen=True, slots=True)
class Deed:
    """One act of one delivery: a ``refund``, an ``invoice`` or a ``note``.

    Named after the delivery and not after the edit of it that is sent: where the first edit may have been done, the
    second one must not pass for another act.
    """

    what: str
    delivery_id: str

    @property
    def begun(self) -> str:
        return self._line("begun")

    @property
    def done(self) -> str:
        return self._line("done")

    def is_begun(self, held: HeldOrder) -> bool:
        return self.begun in comment_lines(held)

    def is_done(self, held: HeldOrder) -> bool:
        return self.done in comment_lines(held)

    def comment_before(self, held: HeldOrder) -> str:
        """The order's comment as it is to be before the act."""
        return with_lines(held, [self.begun])

    def comment_after(self, held: HeldOrder) -> str:
        """The order's comment as it is to be after the act: *done* where *begun* was."""
        return "\n".join(self.done if line.strip() == self.begun else line for line in held.comment.splitlines())

    def _line(self, stage: str) -> str:
        return f"[ordercast {self.what} {self.delivery_id} {stage}]"
