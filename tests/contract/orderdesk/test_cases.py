"""What real shops send: an order reopened, one number in two shops, one refund and one invoice told twice."""

from __future__ import annotations

from schemas.delivery import Link
from schemas.outcome import OutcomeKind, Reason
from tests.contract.orderdesk.desk import AT, action, open_desk, snapshot
from tests.fakes.wire import run

FOLDERS = {"paid": 21655, "processing": 21655, "completed": 21656, "cancelled": 21657}
CANCELLED = {"id": "15-e", "data.cancellation.reason": "payment late"}


def test_an_order_that_was_cancelled_and_reopened_lies_with_the_open_ones():
    for status in ("pending", "paid"):
        desk = open_desk(folders=FOLDERS)
        desk.cast(snapshot({"status": status}, id="15-d", revision=1))
        desk.cast(action("order.cancelled", CANCELLED))
        assert desk.held["folder_id"] == 21657
        reopened = {"status": "paid", "comment": "reopened: money came"}
        outcome = desk.cast(snapshot(reopened, "order.updated", id="15-f", revision=3))
        assert (outcome.kind, outcome.reason, desk.held["folder_id"]) == (OutcomeKind.ACCEPTED, Reason.SAVED, 21655)


def test_an_order_that_was_reopened_to_a_status_without_a_folder_is_told():
    desk = open_desk(folders=FOLDERS)
    desk.cast(snapshot({"status": "paid"}, id="15-d", revision=1))
    desk.cast(action("order.cancelled", CANCELLED))
    outcome = desk.cast(snapshot({"status": "shipped"}, "order.updated", id="15-f", revision=3))
    assert (outcome.kind, outcome.reason, desk.held["folder_id"]) == (OutcomeKind.ACCEPTED, Reason.REMARK, 21657)
    assert "its status is shipped" in outcome.message


def test_one_number_in_two_shops_is_two_orders_where_the_key_names_the_source():
    desk = open_desk(order_key="{source}-{number}")
    of = {}
    for source, quantity, grand in (("shop/nl", "2", "25.50"), ("shop/fr", "5", "55.50")):
        desk.link, desk.order = Link(), None
        changes = {"items.0.quantity": quantity, "totals.grand": grand}
        assert desk.cast(snapshot(changes, source=source)).reason is Reason.SAVED
        of[source] = desk.link
    update = snapshot({"items.0.quantity": "3", "totals.grand": "35.50"}, "order.updated", source="shop/nl", revision=2)
    desk.link = Link()  # a store that was restored knows nothing of it: it is found by its key
    desk.link = run(desk.provider.operation(desk.job(update)).look_up(), desk.vendor, clock=lambda: AT).link
    assert desk.link.order_id == of["shop/nl"].order_id
    desk.cast(update)
    desk.cast(action("order.refunded", {"source": "shop/nl", "data.refund": {"id": "r1", "amount": "10.00"}}))
    held = {order["key"]: (order["order_total"], order["refund_total"]) for order in desk.vendor.orders()}
    assert held == {"shop/nl-1001": (35.5, 10), "shop/fr-1001": (55.5, 0)}


def test_one_refund_and_one_invoice_told_twice_are_one():
    desk = open_desk()
    desk.cast(snapshot(id="31-a"))
    refund = {"data.refund": {"id": "rf-9", "lines": [{"item_id": "1", "quantity": "1", "amount": "10.00"}]}}
    invoice = {"data.invoice": {"number": "900", "issued_at": "2026-11-21T12:00:00Z"}}
    told = [
        desk.cast(action(kind, {"id": event_id, **changes})).reason
        for kind, event_id, changes in (
            ("order.refunded", "31-b", refund),
            ("order.refunded", "31-c", refund),
            ("order.invoiced", "31-e", invoice),
            ("order.invoiced", "31-f", invoice),
        )
    ]
    assert told == [Reason.SAVED, Reason.EXISTS, Reason.SAVED, Reason.EXISTS]
    assert (desk.held["refund_total"], len(desk.held["order_history"])) == (10, 2)
