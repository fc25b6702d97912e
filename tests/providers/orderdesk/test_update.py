from decimal import Decimal

import pytest

from schemas.order import Note, Shipment
from schemas.outcome import OutcomeKind, Reason
from tests.contract.orderdesk import documented
from tests.fakes.orderdesk import LINKED, account, body_of, created, held, line, listed, save, steps, success, updated
from tests.fakes.snapshots import item, job
from tests.fakes.wire import converse, reply

# updating


def test_an_update_reads_and_sends_the_whole_order_and_is_harmless_to_repeat():
    operation = account().operation(job(updated(), link=LINKED))
    requests, outcome = converse(operation.converse(), success(order=held()), success(order=held()))
    assert steps(requests) == ["GET /orders/925086", "PUT /orders/925086"]
    assert [request.mutating for request in requests] == [False, True]
    assert (operation.on_unknown, operation.calls) == ("resend", 2)
    assert outcome.link == LINKED


def test_what_is_theirs_goes_back_as_it_was_read():
    theirs = {
        "tag_name": "success",
        "fulfillment_name": "ShipStation",
        "folder_id": 64,
        "cc_number_masked": "xxxxxxxxxxxx4242",
        "checkout_data": {"Packed by": "Bo"},
        "refund_total": 3.5,
        "order_notes": [{"date_added": "2026-01-01 10:00:00", "username": "Bo", "content": "Called"}],
        "something_new": "kept",
    }
    foreign = line("9", None, code="hand", name="Added by hand", price="1.10")
    requests, _ = save(updated(), success(order=held(line(), foreign, **theirs)), success(), link=LINKED)
    sent = body_of(requests[1])
    assert sent["cc_number"] == "4242"
    for name in theirs.keys() - {"cc_number_masked"}:
        assert sent[name] == theirs[name], name
    assert sent["order_items"][1] == {**foreign, "metadata": {}, "variation_list": {}}


def test_what_only_the_vendor_writes_is_not_sent_back():
    unmarked = {"date_updated", "cc_number_masked", "order_shipments", "order_history"}  # shown in answers only
    read_only = (documented.READ_ONLY | unmarked) - {"id"}
    requests, _ = save(updated(), success(order=held(**dict.fromkeys(read_only, "1"))), success(), link=LINKED)
    assert body_of(requests[1]).keys().isdisjoint({*read_only, "id"})
    assert body_of(requests[1])["order_items"]


def test_a_field_changed_by_hand_stays_until_it_changes_at_our_side():
    requests, _ = save(created(), success(order=held()))
    kept = body_of(requests[0]) | {"id": "925086", "email": "by-hand@example.com"}
    kept["order_items"][0] |= {"id": "42286", "price": "8"}
    shown = success(order=kept)
    requests, _ = save(updated(comment="Ring twice"), shown, shown, link=LINKED)
    sent = body_of(requests[1])
    assert (sent["email"], sent["order_items"][0]["price"]) == ("by-hand@example.com", "8")
    assert sent["checkout_data"] == {"Comment": "Ring twice"}
    requests, _ = save(updated(items=[item(unit_price=Decimal(9))]), shown, shown, link=LINKED)
    assert body_of(requests[1])["order_items"][0]["price"] == 9


def test_what_we_no_longer_have_is_taken_away_and_only_that():
    requests, _ = save(created(attributes={"Wrap": "red", "Card": "yes"}, comment="x"), success(order=held()))
    kept = body_of(requests[0]) | {"id": "925086"}
    kept["checkout_data"]["Packed by"] = "Bo"
    kept["order_items"][0]["id"] = "42286"
    requests, _ = save(updated(attributes={"Card": "yes"}), success(order=kept), success(), link=LINKED)
    assert body_of(requests[1])["checkout_data"] == {"Card": "yes", "Packed by": "Bo"}


def test_a_line_that_is_missing_is_added_and_seen_before_the_order_is_sent():
    event = updated(items=[item(1), item(2)])
    after = success(order=held(line(), line("42287", "line-2")))
    requests, outcome = save(
        event, success(order=held()), success(message="Order Item Added"), after, success(), after, link=LINKED
    )
    assert steps(requests) == [
        "GET /orders/925086",
        "POST /orders/925086/order-items",
        "GET /orders/925086",
        "PUT /orders/925086",
        "GET /orders/925086",
    ]
    assert body_of(requests[1])["metadata"]["ordercast_item"] == "line-2"
    assert [part["id"] for part in body_of(requests[3])["order_items"]] == ["42286", "42287"]
    assert outcome.link.line_ids == {"line-1": "42286", "line-2": "42287"}


def test_a_line_that_may_have_been_added_is_not_added_again():
    event = updated(items=[item(1), item(2)])
    shown = success(order=held(line(), line("42287", "line-2")))
    requests, _ = save(event, shown, shown, link=LINKED)
    assert steps(requests) == ["GET /orders/925086", "PUT /orders/925086"]


@pytest.mark.parametrize(
    "gone", [reply(200, {"status": "success"}), reply(404, {"status": "error", "message": "Not found"})]
)
def test_a_line_of_ours_that_is_gone_is_deleted_and_one_of_theirs_is_not(gone):
    theirs = line("9", None)
    shown = held(line(), line("42287", "line-2"), theirs)
    requests, outcome = save(updated(), success(order=shown), gone, success(order=held(line(), theirs)), link=LINKED)
    assert steps(requests)[1:] == ["DELETE /orders/925086/order-items/42287", "PUT /orders/925086"]
    assert [part["id"] for part in body_of(requests[2])["order_items"]] == ["42286", "9"]
    assert outcome.kind is OutcomeKind.ACCEPTED


def test_a_quantity_of_nothing_takes_the_line_away():
    event = updated(items=[item(1), item(2, quantity=Decimal(0))])
    shown = held(line(), line("42287", "line-2"))
    requests, _ = save(event, success(order=shown), success(), success(order=held()), link=LINKED)
    assert steps(requests)[1] == "DELETE /orders/925086/order-items/42287"


def test_a_line_added_twice_is_deleted_once_and_one_split_by_hand_stays():
    double = held(line(), line("42287", price=10))
    requests, _ = save(updated(), success(order=double), success(), success(order=held()), link=LINKED)
    assert steps(requests)[1] == "DELETE /orders/925086/order-items/42287"
    split = success(order=held(line(quantity=1), line("42287", quantity="1.0")))
    requests, _ = save(updated(), split, split, link=LINKED)
    assert steps(requests) == ["GET /orders/925086", "PUT /orders/925086"]


def test_lines_without_our_name_are_known_by_their_id_and_then_by_their_code():
    event = updated(items=[item(1), item(2, sku="B-2"), item(3, sku="B-2")])
    shown = success(order=held(line("8", None, code="B-2"), line("9", None, code="B-2"), line(item_id=None)))
    requests, outcome = save(event, shown, shown, link=LINKED)
    assert outcome.link.line_ids == {"line-1": "42286", "line-2": "8", "line-3": "9"}
    assert steps(requests) == ["GET /orders/925086", "PUT /orders/925086"]


def test_a_line_that_the_update_lost_is_a_difference_that_people_must_see():
    _, outcome = save(
        updated(items=[item(1), item(2)]),
        success(order=held(line(), line("42287", "line-2"))),
        success(order=held()),
        link=LINKED,
    )
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.DIFFERS)
    assert "lacks 1 of our lines" in outcome.message


def test_an_order_deleted_there_is_no_order_to_update():
    _, outcome = save(updated(), reply(404, {"status": "error", "message": "Order not found"}), link=LINKED)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.UNKNOWN_ORDER)


# notes and shipments


def test_a_shipment_is_added_where_its_tracking_number_is_not_there():
    shipments = [Shipment(tracking_number="1Z1"), Shipment(tracking_number="1Z2", carrier="UPS", cost=Decimal("3.10"))]
    shown = success(order=held(order_shipments=[{"tracking_number": "1Z1"}]))
    requests, outcome = save(updated(shipments=shipments), shown, shown, success(), link=LINKED)
    assert steps(requests)[2:] == ["POST /orders/925086/shipments"]
    assert body_of(requests[2]) == {"tracking_number": "1Z2", "carrier_code": "UPS", "cost": 3.1}
    assert outcome.reason is Reason.SAVED


@pytest.mark.parametrize(("said", "reason"), [("Shipment Not Added", Reason.SAVED), ("Carrier unknown", Reason.REMARK)])
def test_a_shipment_that_is_there_already_is_fine_and_one_refused_is_remarked(said, reason):
    event = created(shipments=[Shipment(tracking_number="1Z1")])
    _, outcome = save(event, success(order=held()), reply(200, {"status": "error", "message": said}))
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, reason)
    assert outcome.link.order_id == "925086"


def test_a_throttled_shipment_of_a_new_order_leaves_doubt():
    event = created(shipments=[Shipment(tracking_number="1Z1")])
    _, outcome = save(event, success(order=held()), reply(429, b"", {"X-Retry-After": "4"}))
    assert outcome.kind is OutcomeKind.UNKNOWN


def test_notes_that_find_no_room_become_history_once():
    long = "y" * 1990
    notes = [Note(text="short", author="Bo"), Note(text=long), Note(text="z" * 1990)]
    shown, history = success(order=held()), listed(held(order_history=[{"note": "z" * 1990}]))
    requests, _ = save(updated(notes=notes), shown, shown, history, success(), link=LINKED)
    assert [note["content"] for note in body_of(requests[1])["order_notes"]] == ["short"]
    assert "get_order_history=1" in requests[2].path
    assert steps(requests)[3:] == ["POST /orders/925086/order-history"]
    assert body_of(requests[3]) == {"note": long, "source_name": "Ordercast"}


def test_a_new_order_has_no_history_to_read_before_it_is_written():
    requests, _ = save(created(notes=[Note(text="y" * 1990)]), success(order=held()), success())
    assert steps(requests)[1:] == ["POST /orders/925086/order-history"]


def test_a_note_taken_away_by_hand_does_not_come_back_and_a_new_one_joins_the_others():
    notes = [Note(text="first")]
    requests, _ = save(created(notes=notes), success(order=held()))
    kept = body_of(requests[0]) | {"id": "925086", "order_notes": [{"content": "theirs"}]}
    kept["order_items"][0]["id"] = "42286"
    requests, _ = save(updated(notes=[*notes, Note(text="second")]), success(order=kept), success(), link=LINKED)
    assert [note["content"] for note in body_of(requests[1])["order_notes"]] == ["theirs", "second"]
