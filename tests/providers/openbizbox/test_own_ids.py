"""OpenBizBox: ids of our choice on top of our mark: one that is taken costs the id, two shops' orders stay two."""

from decimal import Decimal

import msgspec
import pytest

from schemas.event import Cancellation, EventType, Refund, RefundLine
from schemas.order import Customer
from schemas.outcome import OutcomeKind, Reason
from tests.fakes.openbizbox_lane import NOW, Lane
from tests.fakes.snapshots import action, item, order, snapshot, totals
from worker.providers.openbizbox import MIXED_KEYS
from worker.sandbox.openbizbox import SimulatedOpenBizBox as Shop

OFFSET = 5_000_000


def mugs(number, quantity, email, **changes):
    """An order of so many mugs at ten each."""
    of = order(
        number=number,
        items=[item(1, variant_id="111", quantity=Decimal(quantity))],
        customer=Customer(email=email, first_name="First", last_name="Buyer"),
        totals=totals(f"{quantity}0"),
    )
    return snapshot(of, id=f"{number}-{quantity}", **changes)


def of_order(event, like):
    """The action as one of the order of another event."""
    return msgspec.structs.replace(event, source=like.source, subject=like.subject)


CHECKOUT = {
    "customer": {"email": "second@example.com", "name": "Second Buyer"},
    "billing_address": {"name": "Second Buyer"},
    "currency": {"code": "EUR", "rate": 1},
    "lines": {"fees": {0: {"title": "Gift card", "price": 9, "tax_rate": 0}}},
}
"""What the buyer bought at the vendor's own checkout, as PHP reads it."""

FIRST, REPLACED = mugs("32801", 2, "first@example.com"), mugs("32801-R", 5, "replacement@example.com")
SECOND = mugs("32802", 7, "second@example.com")


class House:
    """A shop that keeps a range for us, and a lane for each order."""

    def __init__(self, **options):
        self.shop = Shop()
        self.options = {"order_id_offset": OFFSET, **options}
        self.lanes = {}

    def lane(self, event):
        name = (event.source, event.subject)
        return self.lanes.setdefault(name, Lane(self.shop, **self.options))

    def deliver(self, event, *cuts):
        return self.lane(event).deliver(event, *cuts)

    def held(self):
        """Id, total and state of every order, by its mark."""
        return {
            order["comment"]: (order["id"], order["total_with_tax"], order["status"]["title"])
            for order in self.shop.orders()
        }


def mark(event):
    return f"[ordercast {event.source}#{event.subject}]"


def test_case_28_every_order_arrives_though_one_took_the_next_ones_id():
    house = House()
    outcomes = [house.deliver(event) for event in (FIRST, REPLACED, SECOND)]
    assert house.held() == {
        mark(FIRST): (5_032_801, "20.00", "Pending"),
        mark(REPLACED): (5_032_802, "50.00", "Pending"),  # no whole number: the shop's next one
        mark(SECOND): (5_032_803, "70.00", "Pending"),
    }
    assert [outcome.reason for outcome in outcomes] == [Reason.SAVED, Reason.SAVED, Reason.REMARK]
    assert outcomes[2].message == (
        "Id 5032802 was taken by another order of the shop: this one got an id of the shop's, and our mark."
    )


@pytest.mark.parametrize("how", ["before", "after", "late"])
@pytest.mark.parametrize("call", [1, 2, 3])
def test_an_order_whose_id_was_taken_is_there_once_wherever_the_line_breaks(call, how):
    house = House()
    for event in (FIRST, REPLACED):
        house.deliver(event)
    assert house.deliver(SECOND, (call, how)).kind is OutcomeKind.ACCEPTED
    assert [total for _, total, _ in house.held().values()] == ["20.00", "50.00", "70.00"]


def test_an_order_whose_id_was_taken_is_updated_and_cancelled_like_any_other():
    house = House()
    for event in (FIRST, REPLACED, SECOND, mugs("32802", 8, "second@example.com", kind=EventType.UPDATED)):
        assert house.deliver(event).kind is OutcomeKind.ACCEPTED
    cancelled = of_order(action(EventType.CANCELLED, cancellation=Cancellation()), SECOND)
    house.lane(SECOND).link = msgspec.structs.replace(house.lane(SECOND).link, order_id=None)
    assert house.deliver(cancelled).reason is Reason.SAVED
    assert house.held()[mark(SECOND)] == (5_032_803, "80.00", "Cancelled")
    assert house.held()[mark(REPLACED)] == (5_032_802, "50.00", "Pending")


def test_an_order_that_the_shops_own_checkout_made_under_our_id_is_not_written_over():
    """Of the same buyer: without our mark it is another order, where nothing else of it is as ours."""
    house = House()
    own = {"id": 5_032_802, "created_at": "2026-11-21 23:30", **CHECKOUT}
    house.shop._orders.create(own, NOW)
    assert house.deliver(SECOND).reason is Reason.REMARK
    assert [order["total_with_tax"] for order in house.shop.orders()] == ["9.00", "70.00"]


NL = mugs("31301", 2, "nl@example.com", source="shop/nl")
FR = mugs("31301", 5, "fr@example.com", source="shop/fr")


def test_case_13_two_shops_orders_of_one_number_are_two_and_each_gets_what_is_its_own():
    house = House(order_key="{source}-{number}")
    refund = Refund(id="r1", lines=[RefundLine(item_id="line-1", quantity=Decimal(1), amount=Decimal(10))])
    refunded = of_order(action(EventType.REFUNDED, refund=refund), NL)
    three = mugs("31301", 3, "nl@example.com", source="shop/nl", kind=EventType.UPDATED)
    for event in (NL, FR, three, refunded):
        outcome = house.deliver(event)
        assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.SAVED), outcome
    dutch, french = house.shop.orders()
    assert (dutch["customer"]["email"], dutch["total_with_tax"], dutch["comment"].splitlines()[0]) == (
        "nl@example.com",
        "30.00",
        "[ordercast shop/nl#31301]",
    )
    assert (french["total_with_tax"], french["comment"]) == ("50.00", "[ordercast shop/fr#31301]")
    assert ([part["amount"] for part in dutch["refunds"]], french["refunds"]) == ([10], [])
    assert max(dutch["id"], french["id"]) < OFFSET


def test_a_key_that_names_the_source_is_found_again_by_its_mark():
    house = House(order_key="{source}-{number}")
    for event in (NL, FR):
        assert house.deliver(event, (1, "after")).reason is Reason.EXISTS
    assert len(house.shop.orders()) == 2


@pytest.mark.parametrize(
    ("order_key", "chosen"), [("{number}", 5_031_301), ("9{number}", 5_931_301), ("{source}-{number}", None)]
)
def test_the_id_of_our_choice_is_the_offset_and_the_key(order_key, chosen):
    lane = Lane(order_key=order_key, order_id_offset=OFFSET)
    lane.deliver(NL)
    assert lane.held["id"] == (chosen or 1001)


def test_a_key_is_sent_only_as_an_id_of_our_choice():
    assert Lane().provider.sends_key is False
    assert Lane(order_id_offset=0).provider.sends_key is True


@pytest.mark.parametrize(
    ("options", "keys", "warned"),
    [
        ({"order_id_offset": 1}, ["7", "7-R"], [MIXED_KEYS]),
        ({"order_id_offset": 1}, ["7", "8"], []),
        ({"order_id_offset": 1}, ["shop/nl-7", "shop/nl-8"], []),
        ({}, ["7", "7-R"], []),
    ],
)
def test_keys_of_which_some_are_whole_are_warned_of_before_they_meet(options, keys, warned):
    assert list(Lane(**options).provider.advice(keys)) == warned
