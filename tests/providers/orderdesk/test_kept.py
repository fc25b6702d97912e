"""What people and actions wrote at Order Desk is there after the next update, and after a refund."""

from decimal import Decimal

import pytest

from schemas.event import Cancellation, Deletion, EventType, Refund
from schemas.order import Address, Customer, Discount, Note, Payment, Shipment
from schemas.outcome import OutcomeKind, Reason
from tests.fakes.orderdesk_played import by_hand, create, deliver, new_vendor, only, save
from tests.fakes.snapshots import action, item, order, snapshot, totals

CANCELLED = action(EventType.CANCELLED, cancellation=Cancellation())
DELETED = action(EventType.DELETED, deletion=Deletion())
REFUNDED = action(EventType.REFUNDED, refund=Refund(amount=Decimal(5)))
WHOLE = action(EventType.REFUNDED, refund=Refund(whole=True))


@pytest.fixture(params=["keep", "remove"])
def vendor(request):
    return new_vendor(missing_lines=request.param)


def first(**changes):
    item_1 = item(1, sku="A", variation={"Size": "S"}, metadata={"image": "url"})
    return order(status="paid", attributes={"Gift": "no"}, items=[item_1], metadata={"score": 1}, **changes)


def everything_changed():
    """The same order later: something is new at our side in every part of it."""
    return order(
        status="paid",
        comment="Ring twice",
        attributes={"Gift": "yes"},
        metadata={"score": 2},
        items=[item(1, sku="A", variation={"Size": "M"}, metadata={"image": "new"}, unit_price=Decimal(11)), item(2)],
        customer=Customer(email="new@example.com", first_name="Ada", last_name="King"),
        billing_address=Address(address1="Side Street 2", city="London", state="Greater London", country="GB"),
        payment=Payment(method="card"),
        notes=[Note(text="ours")],
        discounts=[Discount(amount=Decimal(2), title="Autumn")],
        shipments=[Shipment(tracking_number="1Z1")],
        totals=totals("40", items="42", discount="2"),
    )


def work_there(vendor, order_id):
    """People change something of every kind; returns it by what it is."""
    held = only(vendor)
    [line] = held["order_items"]
    by_hand(
        vendor,
        order_id,
        customer={**held["customer"], "phone": "555-1", "address2": "Back door"},
        shipping={**held["shipping"], "address3": "Third floor"},
        return_address={**held["return_address"], "title": "Returns"},
        order_notes=[{"date_added": "2026-01-01 00:00:00", "username": "Bo", "content": "Called"}],
        tag_name="vip",
        folder_id=21654,
        fulfillment_name="ShipStation",
        shipping_method="Pigeon",
        processor_balance=3,
        discount_list=[*held["discount_list"], {"name": "Goodwill", "amount": 1}],
        checkout_data={**held["checkout_data"], "Packed by": "Bo"},
        order_metadata={**held["order_metadata"], "packed": "yes"},
        order_items=[
            {
                **line,
                "weight": 4,
                "category_code": "FRAGILE",
                "variation_list": {"Size": "S", "Engraving": "B."},
                "metadata": {**line["metadata"], "shelf": "7"},
            },
            {"name": "By hand", "price": 4, "quantity": 1, "code": "H"},
        ],
    )


def assert_work_is_there(held):
    line, hand = held["order_items"][0], [part for part in held["order_items"] if part["code"] == "H"]
    assert (held["customer"]["phone"], held["customer"]["address2"]) == ("555-1", "Back door")
    assert (held["shipping"]["address3"], held["return_address"]["title"]) == ("Third floor", "Returns")
    assert "Called" in [note["content"] for note in held["order_notes"]]
    assert (held["tag_name"], held["folder_id"], held["fulfillment_name"]) == ("vip", 21654, "ShipStation")
    assert (held["shipping_method"], held["processor_balance"]) == ("Pigeon", 3)
    assert [part["amount"] for part in held["discount_list"] if part["name"] == "Goodwill"] == [1]
    assert (held["checkout_data"]["Packed by"], held["order_metadata"]["packed"]) == ("Bo", "yes")
    assert (line["weight"], line["category_code"], line["metadata"]["shelf"]) == (4, "FRAGILE", "7")
    assert line["variation_list"]["Engraving"] == "B."
    assert [(part["name"], part["price"], part["quantity"]) for part in hand] == [("By hand", 4, 1)]


def test_what_people_did_between_two_updates_stays_though_every_part_changed_at_our_side(vendor):
    link = create(vendor, first()).link
    work_there(vendor, link.order_id)
    assert save(vendor, everything_changed(), link=link).kind is OutcomeKind.ACCEPTED
    held = only(vendor)
    assert_work_is_there(held)
    assert (held["email"], held["customer"]["last_name"], held["checkout_data"]["Gift"]) == (
        "new@example.com",
        "King",
        "yes",
    )
    assert [note["content"] for note in held["order_notes"]] == ["Called", "ours"]
    assert (held["order_items"][0]["price"], held["order_items"][0]["variation_list"]["Size"]) == (11, "M")
    assert sorted(part["name"] for part in held["discount_list"]) == ["Autumn", "Goodwill"]
    assert len(held["order_items"]) == 3


@pytest.mark.parametrize("event", [REFUNDED, CANCELLED])
def test_what_people_did_stays_through_an_action(vendor, event):
    link = create(vendor, first()).link
    work_there(vendor, link.order_id)
    folders = {"paid": 21655}  # none for cancelled: it is told in the history
    assert deliver(vendor, event, link=link, order=first(), folders=folders).kind is OutcomeKind.ACCEPTED
    assert_work_is_there(only(vendor))
    assert len(only(vendor)["order_history"]) == 1


# actions, then updates


@pytest.mark.parametrize("refund", [REFUNDED, WHOLE])
@pytest.mark.parametrize("status", ["paid", "shipped", "cancelled", "refunded"])
def test_money_that_was_given_back_stays_given_back(vendor, refund, status):
    link = create(vendor, first()).link
    deliver(vendor, refund, link=link, order=first())
    held = only(vendor)
    paid = order(status=status, comment="x", payment=Payment(status="captured"))
    for of in (order(status=status), paid):
        save(vendor, of, link=link)
        told = [only(vendor)[name] for name in ("refund_total", "payment_status")]
        assert told == [held["refund_total"], held["payment_status"]]
    assert only(vendor)["order_metadata"]["ordercast_refunds"] == held["order_metadata"]["ordercast_refunds"]


def test_a_refund_that_people_made_there_is_not_taken_back_by_a_payment_that_moves_on(vendor):
    link = create(vendor, order(payment=Payment(status="authorized"))).link
    by_hand(vendor, link.order_id, refund_total=3, payment_status="Partially Refunded")
    save(vendor, order(payment=Payment(status="captured")), link=link)
    assert (only(vendor)["refund_total"], only(vendor)["payment_status"]) == (3, "Partially Refunded")
    deliver(vendor, REFUNDED, link=link, order=order())
    assert only(vendor)["refund_total"] == 8


def test_a_payment_status_that_only_a_snapshot_told_may_be_told_otherwise_by_the_next(vendor):
    link = create(vendor, order(payment=Payment(status="refunded"))).link
    save(vendor, order(payment=Payment(status="captured")), link=link)
    assert only(vendor)["payment_status"] == "Captured"


def test_an_order_that_was_deleted_is_made_by_no_update(vendor):
    link = create(vendor, first()).link
    deleted = deliver(vendor, DELETED, link=link)
    outcome = save(vendor, everything_changed(), link=deleted.link)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.UNKNOWN_ORDER)
    assert vendor.orders() == []


def test_a_producers_metadata_cannot_pass_for_our_own_marks(vendor):
    link = create(vendor, order(metadata={"ordercast_refunds": "e2=5", "ordercast_sent": "x"})).link
    deliver(vendor, REFUNDED, link=link, order=order())
    assert only(vendor)["refund_total"] == 5
    deliver(vendor, snapshot(order(metadata={"ordercast_refunds": ""}), kind=EventType.UPDATED), link=link)
    assert only(vendor)["order_metadata"]["ordercast_refunds"] == "e2=5"
