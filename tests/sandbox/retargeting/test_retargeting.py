"""The adapter and the simulated vendor speak to each other."""

from decimal import Decimal

import pytest

from schemas.config import Secret
from schemas.event import EventType
from schemas.order import Customer
from schemas.outcome import OutcomeKind, Reason
from schemas.providers.retargeting import RetargetingOptions
from tests.fakes.snapshots import item, job, order, snapshot, totals
from tests.fakes.wire import open_account, run
from worker.providers import retargeting as adapter
from worker.sandbox.retargeting import API_KEY, SimulatedRetargeting


def account(key=API_KEY, **options):
    return open_account(adapter.Retargeting, RetargetingOptions(api_key=Secret(key), **options))


def save(vendor, of=None, **options):
    return run(account(**options).operation(job(snapshot(of))).converse(), vendor)


@pytest.mark.parametrize("wanted", ["json", "serial"])
def test_an_order_is_saved_once_and_its_number_exists_from_then_on(wanted):
    vendor = SimulatedRetargeting()
    first = save(vendor, order(totals=totals("20")), format=wanted)
    again = save(vendor, order(items=[item(unit_price=Decimal(30))], totals=totals("60")), format=wanted)
    assert (first.kind, first.reason) == (OutcomeKind.ACCEPTED, Reason.SAVED)
    assert (again.kind, again.reason) == (OutcomeKind.ACCEPTED, Reason.EXISTS)
    (kept,) = vendor.orders()
    assert (kept["key"], kept["order"]["total"], kept["repeats"]) == ("1001", "20", 1)
    assert [[*one[:2]] for one in kept["saves"]] == [["save", "20"]]


def test_what_was_sent_is_what_is_kept():
    vendor = SimulatedRetargeting()
    save(vendor, order(items=[item(1, product_id="307"), item(2, sku="X&Y=é", variation_code="42-B")]))
    (kept,) = vendor.orders()
    assert [line["id"] for line in kept["products"]] == ["307", "X&Y=é"]
    assert kept["products"][1] == {"id": "X&Y=é", "quantity": "2", "price": "10", "variation_code": "42-B"}
    assert kept["order"]["adress"] == kept["order"]["address"] == "Main Street 1"


@pytest.mark.parametrize("honest", [True, False])
@pytest.mark.parametrize("wanted", ["json", "serial"])
def test_a_wrong_key_is_told_in_the_body_whatever_the_status_line_says(honest, wanted):
    vendor = SimulatedRetargeting(honest_status=honest)
    outcome = save(vendor, key="wrong", format=wanted)
    assert outcome.kind is OutcomeKind.UNAUTHORIZED
    assert outcome.http_status == (401 if honest else 200)
    assert vendor.orders() == []


def test_a_form_past_the_cap_is_cut_and_the_adapter_cannot_tell():
    vendor = SimulatedRetargeting()
    born = Customer(email="a@b.c", first_name="A", birthday="1990-02-01")
    of = order(items=[item(n, unit_price=Decimal(1)) for n in range(300)], customer=born)
    assert save(vendor, of, max_input_vars=10_000).kind is OutcomeKind.ACCEPTED
    assert len(vendor.orders()[0]["products"]) == 246


def test_a_form_cut_inside_a_line_is_refused_with_the_vendors_words():
    outcome = save(SimulatedRetargeting(), order(items=[item(n) for n in range(300)]), max_input_vars=10_000)
    assert outcome.kind is OutcomeKind.REJECTED
    assert outcome.message == "Retargeting refused the order: Missing parameter: products.quantity."


def test_the_most_that_the_adapter_sends_arrives_whole():
    vendor = SimulatedRetargeting()
    assert save(vendor, order(items=[item(n) for n in range(240)])).kind is OutcomeKind.ACCEPTED
    assert len(vendor.orders()[0]["products"]) == 240
    assert vendor.orders()[0]["products"][-1].keys() == {"id", "quantity", "price", "variation_code"}


def test_an_update_of_an_order_that_was_never_saved_saves_it():
    vendor = SimulatedRetargeting()
    run(account().operation(job(snapshot(kind=EventType.UPDATED))).converse(), vendor)
    assert len(vendor.orders()) == 1


def test_reset_forgets_every_order():
    vendor = SimulatedRetargeting()
    save(vendor)
    vendor.reset()
    assert vendor.orders() == []
    assert save(vendor).reason is Reason.SAVED
