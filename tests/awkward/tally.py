"""What came of many orders at one vendor, counted, with the first few of each kind for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from schemas.outcome import Outcome
from tests.awkward.differences import Difference, amount
from tests.awkward.sums import Json, sums_of

NEAR = Decimal("0.05")
SHOWN = 3

TOTALS = {
    "retargeting": lambda held: held["order"]["total"],
    "shopscript": lambda held: held["total"],
    "orderdesk": lambda held: held["order_total"],
    "openbizbox": lambda held: held["total_with_tax"],
    "webhook": lambda held: held["order"]["totals"]["grand"],
}
"""Where each vendor shows what the order comes to."""

WHY = {
    "retargeting": {"no_email"},
    "shopscript": {"too_many_lines", "too_long"},
    "orderdesk": set[str](),
    "openbizbox": {"no_email"},
    "webhook": set[str](),
}
"""For which reasons an awkward order may be refused or skipped, by the pages."""


@dataclass
class Tally:
    """Counts by what was found; ``examples`` has the first few of each, with the number that makes the order."""

    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def add(self, what: str, number: int, said: str = "") -> None:
        self.counts[what] += 1
        shown = self.examples.setdefault(what, [])
        if len(shown) < SHOWN:
            shown.append(f"{number}: {said}")

    def add_all(self, found: Iterable[Difference], number: int) -> None:
        for one in found:
            self.add(one.what, number, one.said)

    def __bool__(self) -> bool:
        return bool(self.counts)

    def __str__(self) -> str:
        return "\n".join(
            f"{count} {what}" + "".join(f"\n    {one}" for one in self.examples[what] if not one.endswith(": "))
            for what, count in self.counts.most_common()
        )


def untold_sum(kind: str, event: Json, held: Json, remark: str) -> list[Difference]:
    """The vendor's sum, where it is more than 0.05 from what the buyer pays and the remark does not carry that."""
    grand = sums_of(event["data"]["order"]).grand
    return [one for one in amount(grand, TOTALS[kind](held), "sum", NEAR) if not one.is_told(remark)]


def word(outcome: Outcome) -> str:
    return f"{outcome.kind.value} ({outcome.reason.value})"
