"""Awkward orders at all five vendors at once, through the real engine: each there once, nothing different in silence."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from schemas.delivery import Delivery
from tests.awkward.comparing import silently
from tests.awkward.differences import Difference
from tests.awkward.orders import awkward, noted
from tests.awkward.report import report
from tests.awkward.sizes import HOUSE_ORDERS, HOUSE_WAIT_S
from tests.awkward.straight import KINDS
from tests.awkward.tally import WHY, Tally, untold_sum
from tests.awkward.telling import CANCELED, Told

pytestmark = pytest.mark.timeout(4 * HOUSE_WAIT_S)

EVERY_KIND = pytest.mark.parametrize("kind", KINDS)
MOST_REFUSED = 0.10
LATER = {"cannot_update", "unsupported"}
"""Why a vendor skips what it has no call for."""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    with Told(tmp_path_factory.mktemp("awkward"), HOUSE_ORDERS) as done:
        report(done)
        yield done


@EVERY_KIND
def test_every_order_is_once_at_every_vendor_that_did_not_refuse_it(told: Told, kind: str) -> None:
    wrong = Tally()
    for number in range(HOUSE_ORDERS):
        wanted = 0 if is_refused(told, kind, number) else 1
        if len(told.holds(kind, number)) != wanted:
            wrong.add(f"{len(told.holds(kind, number))} orders, not {wanted}", number, told.remarks(kind, number))
    assert not wrong, str(wrong)


@EVERY_KIND
def test_a_vendor_holds_no_order_that_nobody_sent(told: Told, kind: str) -> None:
    sent = {awkward(number)["subject"] for number in range(HOUSE_ORDERS)}
    assert set(told.held[kind]) <= sent


@EVERY_KIND
def test_what_is_dead_or_skipped_is_so_for_a_reason_of_the_pages_and_seldom(told: Told, kind: str) -> None:
    strange, refused = Tally(), 0
    for number in range(HOUSE_ORDERS):
        refused += is_refused(told, kind, number)
        for one in told.unfinished(kind, number):
            if why(one) not in WHY[kind] | LATER:
                strange.add(f"{one.event_type} {one.state.value} ({why(one)})", number, told.remarks(kind, number))
    assert not strange, str(strange)
    assert refused <= MOST_REFUSED * HOUSE_ORDERS


@EVERY_KIND
def test_the_vendors_sum_is_what_the_buyer_pays_or_a_remark_carries_the_difference(told: Told, kind: str) -> None:
    found = Tally()
    for number, held in there(told, kind):
        found.add_all(untold_sum(kind, told.snapshot(number, kind), held, told.remarks(kind, number)), number)
    assert not found, str(found)


@EVERY_KIND
def test_nothing_is_different_in_silence(told: Told, kind: str) -> None:
    found = Tally()
    for number, held in there(told, kind):
        remarks = told.remarks(kind, number)
        found.add_all(of_snapshot(told, number, silently(kind, told.snapshot(number, kind), [held], remarks)), number)
    assert not found, str(found)


@pytest.mark.parametrize("kind", ["retargeting", "orderdesk"])
def test_an_account_without_a_currency_is_of_the_first_orders_and_says_so_of_every_other(told: Told, kind: str) -> None:
    first = awkward(0)["data"]["order"]["currency"]
    untold = Tally()
    for number, _ in there(told, kind):
        other = awkward(number)["data"]["order"]["currency"] != first
        if other != ("currency" in told.remarks(kind, number)):
            untold.add(f"said: {not other}", number, told.remarks(kind, number))
    assert not untold, str(untold)


def test_what_was_cancelled_is_cancelled_wherever_that_can_be(told: Told) -> None:
    assert told.cancelled
    for number in told.cancelled:
        assert [order["state_id"] for order in told.holds("shopscript", number)] == ["deleted"]
        assert [order["status"]["is_cancelled"] for order in told.holds("openbizbox", number)] == [True]
        assert [order["folder_id"] for order in told.holds("orderdesk", number)] == [CANCELED]


def test_what_was_noted_is_noted_once_wherever_that_can_be(told: Told) -> None:
    text, counted = noted(0)["data"]["note"]["text"], Tally()
    for number in told.noted:
        for kind in ("shopscript", "openbizbox", "orderdesk"):
            if told.took(kind, number, noted(number)["id"]):
                [held] = told.holds(kind, number)
                counted.add(f"{kind}: {_noted(held, text)}", number)
    assert set(counted.counts) == {"shopscript: 1", "openbizbox: 1", "orderdesk: 1"}, str(counted)


def _noted(held: dict, text: str) -> int:
    """How often the note stands in the comment, or in the history."""
    comment: str = held["comment"] if "comment" in held else str([entry["note"] for entry in held["order_history"]])
    return comment.count(text)


def there(told: Told, kind: str) -> Iterator[tuple[int, dict]]:
    """The orders that this vendor holds once, and of which it took the last snapshot."""
    for number in range(HOUSE_ORDERS):
        held = told.holds(kind, number)
        if len(held) == 1 and told.took(kind, number):
            yield number, held[0]


def is_refused(told: Told, kind: str, number: int) -> bool:
    """Whether no snapshot of the order went to this vendor."""
    saved = [one for one in told.of(kind, number) if one.event_type in ("order.created", "order.updated")]
    return not any(one.state.value == "delivered" for one in saved)


def why(of: Delivery) -> str | None:
    """The reason that the vendor gave, or we for it."""
    return of.last_attempt.reason if of.last_attempt else of.reason


def of_snapshot(told: Told, number: int, found: list[Difference]) -> list[Difference]:
    """Without the state, where the order was cancelled after its last snapshot."""
    return [one for one in found if not (one.what == "state" and number in told.cancelled)]
