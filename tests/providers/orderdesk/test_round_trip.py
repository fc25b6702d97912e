"""The adapter against the simulated vendor: what it holds after a story, and that any story can be broken off and told again."""

from decimal import Decimal

import pytest

from schemas.config import Secret
from schemas.event import EventType
from schemas.order import Note, Service, Shipment
from schemas.outcome import OutcomeKind, Reason
from tests.fakes.orderdesk_played import account, create, cut_short, deliver, new_vendor, only, save
from tests.fakes.orderdesk_played import operation as operation_of
from tests.fakes.snapshots import item, order, snapshot, totals
from tests.fakes.wire import run
from worker.providers.base import Absent, Found
from worker.sandbox import orderdesk as played


@pytest.fixture(params=["keep", "remove"])
def vendor(request):
    return new_vendor(missing_lines=request.param)


def operation(of, *, link=None, kind=EventType.UPDATED):
    return operation_of(snapshot(of, kind=kind), link=link)


def lines_of(held):
    return sorted((line["name"], line["quantity"], line["price"]) for line in held["order_items"])


def test_an_order_is_created_found_and_updated_as_one(vendor):
    of = order(
        items=[item(1, sku="A"), item(2, services=[Service(service_id="w", name="Wrap", price=Decimal(1))])],
        totals=totals("42"),
    )
    outcome = create(vendor, of)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.SAVED)
    found = run(operation(of, kind=EventType.CREATED).look_up(), vendor)
    assert found == Found(outcome.link)
    assert set(outcome.link.line_ids) == {"line-1", "line-2", "line-2#w"}
    again = save(vendor, of, link=found.link)
    assert again.link == outcome.link
    held = only(vendor)
    assert (held["order_total"], len(held["order_items"]), held["key"]) == (42, 3, "1001")


def test_an_order_nobody_sent_is_absent(vendor):
    assert run(operation(order(), kind=EventType.CREATED).look_up(), vendor) == Absent()


def test_lines_come_go_and_change(vendor):
    link = create(vendor, order(items=[item(1), item(2)], totals=totals("40"))).link
    of = order(items=[item(2, quantity=Decimal(5)), item(3, unit_price=Decimal("1.5"))], totals=totals("53"))
    outcome = save(vendor, of, link=link)
    assert outcome.reason is Reason.SAVED
    held = only(vendor)
    assert lines_of(held) == [("Product 2", 5, 10), ("Product 3", 2, 1.5)]
    assert held["order_total"] == 53
    assert outcome.link.line_ids["line-2"] == link.line_ids["line-2"]


def test_all_lines_may_be_exchanged(vendor):
    link = create(vendor, order()).link
    save(vendor, order(items=[item(7)]), link=link)
    assert lines_of(only(vendor)) == [("Product 7", 2, 10)]


def test_a_change_whose_answer_was_lost_is_taken_back_by_the_next_event(vendor):
    first = order(comment="a")
    link = create(vendor, first).link
    assert cut_short(operation(order(comment="b"), link=link).converse(), vendor, calls=2)
    save(vendor, first, link=link)
    assert only(vendor)["checkout_data"] == {"Comment": "a"}


@pytest.mark.parametrize("calls", range(1, 12))
def test_a_create_broken_off_anywhere_and_looked_up_makes_one_order(vendor, calls):
    of = order(
        shipments=[Shipment(tracking_number="1Z1"), Shipment(tracking_number="1Z2")], notes=[Note(text="y" * 1990)]
    )
    cut_short(operation(of, kind=EventType.CREATED).converse(), vendor, calls)
    found = run(operation(of, kind=EventType.CREATED).look_up(), vendor)
    outcome = save(vendor, of, link=found.link, kind=EventType.CREATED)
    assert outcome.kind is OutcomeKind.ACCEPTED
    held = only(vendor)
    assert [part["tracking_number"] for part in held["order_shipments"]] == ["1Z1", "1Z2"]
    assert [entry["note"] for entry in held["order_history"]] == ["y" * 1990]
    assert lines_of(held) == [("Product 1", 2, 10)]


@pytest.mark.parametrize("calls", range(1, 12))
def test_an_update_broken_off_anywhere_ends_the_same(vendor, calls):
    link = create(vendor, order(items=[item(1), item(2), item(3)], totals=totals("60"))).link
    of = order(items=[item(3), item(4), item(5)], shipments=[Shipment(tracking_number="1Z1")], totals=totals("60"))
    cut_short(operation(of, link=link).converse(), vendor, calls)
    assert save(vendor, of, link=link).kind is OutcomeKind.ACCEPTED
    held = only(vendor)
    assert lines_of(held) == [("Product 3", 2, 10), ("Product 4", 2, 10), ("Product 5", 2, 10)]
    assert (held["order_total"], len(held["order_shipments"])) == (60, 1)


def test_the_order_of_arrival_can_be_seen_at_the_vendor(vendor):
    link = create(vendor, order()).link
    event = snapshot(order(comment="x"), kind=EventType.UPDATED, revision=4)
    deliver(vendor, event, link=link)
    saves = only(vendor)["saves"]
    assert [step for step, _, _ in saves] == ["create", "update"]
    assert saves[1][2]["ordercast_revision"] == "4"


def test_a_key_that_is_refused_is_not_this_orders_fault(vendor):
    outcome = deliver(vendor, snapshot(), api_key=Secret("wrong"))
    assert (outcome.kind, outcome.reason) == (OutcomeKind.UNAUTHORIZED, Reason.CREDENTIALS)


def test_an_empty_bucket_throttles_for_as_long_as_it_takes_to_fill():
    vendor = played.SimulatedOrderDesk(burst=1)
    outcomes = [
        run(operation(order(number=str(n)), kind=EventType.CREATED).converse(), vendor, clock=lambda: 0.0)
        for n in range(2)
    ]
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.ACCEPTED, OutcomeKind.THROTTLED]
    assert (outcomes[1].wait_s, outcomes[1].tokens_left) == (1, 0)


def test_the_test_call_passes(vendor):
    assert run(account().test(), vendor).kind is OutcomeKind.ACCEPTED
