"""An account that can be asked: its vendor is a list in memory, so that nothing goes over a network."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from schemas.config import ProviderConfig
from schemas.outcome import Outcome, OutcomeKind, Reason
from tests.fakes.ops import SECRET
from worker.providers.base import Conversation, Job, Memory, Operation, Provider, Question, Read, Reading

PAGE = 3
STATUSES = ("new", "paid")
NO_ORDER = Outcome(kind=OutcomeKind.REJECTED, reason=Reason.UNKNOWN_ORDER, message="The vendor has no such order.")
AWAY = Outcome(kind=OutcomeKind.UNAVAILABLE, reason=Reason.SERVER_ERROR, message="The vendor answered 503.")
PASSED = Outcome(kind=OutcomeKind.ACCEPTED, reason=Reason.EXISTS, message="The vendor knows the key.")
REFUSED = Outcome(kind=OutcomeKind.UNAUTHORIZED, reason=Reason.CREDENTIALS, message="The vendor wants another key.")


class Askable(Provider):
    """``count`` orders, ``page_count`` of the pages that were read. ``breaks_at`` is the page that does not come.
    ``tested`` is what its test comes to."""

    kind = "askable"

    def __init__(self, config: ProviderConfig, memory: Memory) -> None:
        super().__init__(config, memory)
        self.count = 120
        self.pages_read = 0
        self.breaks_at: int | None = None
        self.tested: Outcome | None = PASSED

    @property
    def secrets(self) -> tuple[str, ...]:
        return (SECRET, "987654")

    def operation(self, job: Job) -> Operation:
        raise NotImplementedError

    def test(self) -> Conversation | None:
        return self._tested(self.tested) if self.tested else None

    @property
    def questions(self) -> Mapping[str, Question]:
        return {
            "order": Question(self._order, "One order."),
            "orders": Question(self._orders, "Its orders.", takes_id=False, filters={"status": "new or paid"}),
            "again": Question(self._again, "A page that points at itself.", takes_id=False),
        }

    def _tested(self, outcome: Outcome) -> Conversation:
        return outcome
        yield

    def _order(self, wanted: str, _: Mapping[str, str], __: str | None) -> Reading:
        if int(wanted) >= self.count:
            return NO_ORDER
        return Read(_tree(int(wanted)))
        yield

    def _orders(self, _: str, filters: Mapping[str, str], more: str | None) -> Reading:
        self.pages_read += 1
        if self.pages_read == self.breaks_at:
            return AWAY
        start = int(more or 0)
        rows = [{"id": n, "status": STATUSES[n % 2]} for n in range(start, min(start + PAGE, self.count))]
        wanted = [row for row in rows if filters.get("status") in (None, row["status"])]
        end = start + PAGE
        return Read(wanted, more=str(end) if end < self.count else None)
        yield

    def _again(self, _: str, __: Mapping[str, str], ___: str | None) -> Reading:
        self.pages_read += 1
        return Read([self.pages_read], more="same")
        yield


def _tree(number: int) -> dict[str, Any]:
    """An order that echoes our secrets, as a vendor's log or settings do."""
    return {
        "id": number,
        "total": Decimal("12.50"),
        "checksum": 123456789012345678901234567890,
        "is_test": False,
        "note": None,
        "history": [{"text": f"signed with {SECRET}"}, SECRET],
        SECRET: "a name",
        "pin": 987654,
    }
