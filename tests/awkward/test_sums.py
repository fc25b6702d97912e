"""The vendor's sum is what the buyer pays, or the delivery says by how much it is not: for every awkward order."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import pytest

from tests.awkward.comparing import silently
from tests.awkward.orders import awkward, changed
from tests.awkward.sizes import STRAIGHT_ORDERS
from tests.awkward.straight import KINDS, deliver
from tests.awkward.tally import WHY, Tally, untold_sum, word

pytestmark = [pytest.mark.timeout(1200), pytest.mark.parametrize("kind", KINDS)]

MOST_REFUSED = 0.10
UPDATES_ONE_IN = 3


@dataclass
class Seen:
    """What came of every order at a vendor that held nothing before it: what is wrong, and the numbers refused."""

    sums: Tally = field(default_factory=Tally)
    silent: Tally = field(default_factory=Tally)
    strange: Tally = field(default_factory=Tally)
    refused: list[int] = field(default_factory=list)
    left_there: list[int] = field(default_factory=list)

    def add(self, kind: str, number: int) -> None:
        event = awkward(number)
        delivered = deliver(kind, event)
        outcome, held = delivered.outcome, delivered.held
        if delivered.is_accepted:
            self.sums.add_all(untold_sum(kind, event, held[0], outcome.message), number)
            self.silent.add_all(silently(kind, event, held, outcome.message), number)
            return
        self.refused.append(number)
        self.left_there += [number] if held else []
        if outcome.reason.value not in WHY[kind]:
            self.strange.add(word(outcome), number, outcome.message)


@cache
def seen(kind: str) -> Seen:
    found = Seen()
    for number in range(STRAIGHT_ORDERS):
        found.add(kind, number)
    return found


def test_the_vendors_sum_is_what_the_buyer_pays_or_the_remark_carries_the_difference(kind: str) -> None:
    assert not seen(kind).sums, str(seen(kind).sums)


def test_an_awkward_order_is_refused_for_a_reason_of_the_pages_alone_and_seldom(kind: str) -> None:
    assert not seen(kind).strange, str(seen(kind).strange)
    assert len(seen(kind).refused) <= MOST_REFUSED * STRAIGHT_ORDERS


def test_nothing_of_an_awkward_order_is_different_in_silence(kind: str) -> None:
    assert not seen(kind).silent, str(seen(kind).silent)


def test_a_refused_order_is_not_there(kind: str) -> None:
    assert seen(kind).left_there == []


def test_nothing_is_different_in_silence_after_an_update_of_every_third_order(kind: str) -> None:
    found = Tally()
    for number in range(0, STRAIGHT_ORDERS, UPDATES_ONE_IN):
        first, second = deliver(kind, awkward(number)), None
        if first.is_accepted:
            second = deliver(kind, changed(number), at=first.played, link=first.outcome.link)
        if second is not None and second.is_accepted:
            remarks = f"{first.outcome.message}\n{second.outcome.message}"
            found.add_all(silently(kind, changed(number), second.held, remarks), number)
        elif second is not None and second.outcome.reason.value not in WHY[kind] | {"cannot_update"}:
            found.add(word(second.outcome), number, second.outcome.message)
    assert not found, str(found)
