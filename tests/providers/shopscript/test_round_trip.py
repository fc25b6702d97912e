"""The adapter against the played shop, in this process."""

from dataclasses import replace
from decimal import Decimal

import pytest

from schemas.delivery import Link
from schemas.order import Service
from schemas.outcome import OutcomeKind, Reason
from tests.fakes.shop import account, product, shop_order
from tests.fakes.snapshots import item, job, snapshot, totals
from tests.fakes.wire import exchange, run
from worker.providers.base import Absent, Found
from worker.sandbox.shopscript import ACCESS_TOKEN, SimulatedShopScript

FLAVOURS = [{}, {"format": "xml"}, {"token_in": "form"}, {"format": "xml", "token_in": "form"}]


def send(shop, of, link=None, **options):
    return run(account(**options).operation(job(snapshot(of), link=link)).converse(), shop)


def look_up(shop, of, link=None, **options):
    return run(account(**options).operation(job(snapshot(of), link=link)).look_up(), shop)


def wrapped(number, price="1.5", **changes):
    services = [Service(id="wrap", service_id="4", service_variant_id="6", price=Decimal(price))]
    return product(number, services=services, **changes)


def first_order():
    sums = totals("42.90", shipping="4.90", discount="5")
    return shop_order(wrapped(1, discount_total=Decimal(2)), product(2), totals=sums, comment="Ring")


@pytest.mark.parametrize("options", FLAVOURS)
def test_an_order_is_created_then_updated_line_by_line(options):
    shop = SimulatedShopScript()
    created = send(shop, first_order(), **options)
    assert (created.kind, created.reason) == (OutcomeKind.ACCEPTED, Reason.SAVED)
    assert created.link.line_ids == {"line-1": "1", "line-1/wrap": "2", "line-2": "3"}
    later = shop_order(
        wrapped(1, quantity=Decimal(3)), product(2, quantity=Decimal(0)), product(3), totals=totals("54.50")
    )
    updated = send(shop, later, created.link, **options)
    assert (updated.kind, updated.reason) == (OutcomeKind.ACCEPTED, Reason.SAVED)
    assert updated.link.line_ids == {"line-1": "1", "line-1/wrap": "2", "line-3": "4"}
    (held,) = shop.orders()
    assert (held["total"], held["discount"], held["shipping"]) == ("54.5000", "0.0000", "0.0000")
    assert [entry[0] for entry in held["saves"]] == ["create", "edit"]


@pytest.mark.parametrize("options", FLAVOURS)
def test_a_create_whose_answer_was_lost_is_found_and_saved_again_as_an_edit(options):
    shop = SimulatedShopScript()
    exchange(next(account(**options).operation(job(snapshot(first_order()))).converse()), shop, at=1000.0)
    found = look_up(shop, first_order(), **options)
    assert isinstance(found, Found)
    assert found.link.line_ids == {"line-1": "1", "line-1/wrap": "2", "line-2": "3"}
    assert send(shop, first_order(), found.link, **options).kind is OutcomeKind.ACCEPTED
    (held,) = shop.orders()
    assert [entry[0] for entry in held["saves"]] == ["create", "edit"]


def test_an_order_found_in_doubt_takes_a_newer_event():
    shop = SimulatedShopScript()
    exchange(next(account().operation(job(snapshot(first_order()))).converse()), shop, at=1000.0)
    newer = shop_order(product(2, quantity=Decimal(1)), product(3), totals=totals("30"))
    outcome = send(shop, newer, look_up(shop, newer).link)
    assert (outcome.kind, outcome.link.line_ids) == (OutcomeKind.ACCEPTED, {"line-2": "3", "line-3": "4"})


@pytest.mark.parametrize("options", FLAVOURS)
def test_what_was_never_created_is_absent(options):
    shop = SimulatedShopScript()
    assert look_up(shop, first_order(), **options) == Absent()
    send(shop, shop_order(number="1002"), **options)
    assert look_up(shop, first_order(), **options) == Absent()


def test_an_index_that_lags_leaves_the_create_open_until_it_is_found():
    shop = SimulatedShopScript()
    shop.hide_new(1e6)
    outcome = send(shop, first_order())
    assert (outcome.kind, outcome.may_have_been_done) == (OutcomeKind.UNKNOWN, True)
    found = run(account().operation(job(snapshot(first_order()))).look_up(), shop, clock=lambda: 2e9)
    assert isinstance(found, Found)


def test_an_edit_sent_twice_leaves_what_one_leaves():
    shop = SimulatedShopScript()
    link = send(shop, shop_order()).link
    more = shop_order(product(1), product(2), totals=totals("40"))
    first, second = send(shop, more, link), send(shop, more, link)
    assert [outcome.kind for outcome in (first, second)] == [OutcomeKind.ACCEPTED] * 2
    (held,) = shop.orders()
    assert (len(held["items"]), held["total"]) == (2, "40.0000")


def test_a_link_to_an_order_that_the_shop_lost_is_stale():
    outcome = send(SimulatedShopScript(), shop_order(), Link(order_id="77", line_ids={"line-1": "1"}))
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.UNKNOWN_ORDER)


def test_a_discount_above_the_goods_is_taken_off_the_shipping():
    """F9: the shop cuts a discount to the goods."""
    shop = SimulatedShopScript()
    outcome = send(shop, shop_order(totals=totals("3", items="20", discount="22", shipping="5")))
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.SAVED)
    (held,) = shop.orders()
    assert (held["discount"], held["shipping"], held["total"]) == ("20.0000", "3.0000", "3.0000")


def test_lines_that_php_cut_are_caught_by_the_read_back():
    shop = SimulatedShopScript(max_input_vars=1000)
    of = shop_order(*(product(number) for number in range(300)), totals=totals("6000"))
    outcome = send(shop, of, max_input_vars=5000)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.DIFFERS)
    assert "there, 300 sent" in outcome.message


def test_a_service_the_shop_cannot_place_is_refused_by_it():
    services = [Service(service_id="4", price=Decimal(1))]
    outcome = send(SimulatedShopScript(), shop_order(item(1, product_id="7", variant_id="70", services=services)))
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.REJECTED)
    assert "service_variant_id" in outcome.message


@pytest.mark.parametrize("scope", ["expired", "blog"])
def test_a_token_the_shop_refuses_is_unauthorized(scope):
    shop = SimulatedShopScript(scopes={ACCESS_TOKEN: scope})
    outcome = send(shop, shop_order())
    assert (outcome.kind, outcome.reason) == (OutcomeKind.UNAUTHORIZED, Reason.CREDENTIALS)
    assert run(account().test(), shop).kind is OutcomeKind.UNAUTHORIZED


def test_the_played_shop_passes_the_test_call():
    assert run(account().test(), SimulatedShopScript()).kind is OutcomeKind.ACCEPTED


def test_two_sources_with_one_number_are_two_orders():
    shop = SimulatedShopScript()
    send(shop, shop_order())
    other = replace(job(snapshot(shop_order(), source="shop/odense")))
    assert run(account().operation(other).converse(), shop).link.order_id == "2"


def test_what_a_person_gave_in_the_shop_outlives_an_update():
    shop = SimulatedShopScript()
    link = send(shop, shop_order()).link
    shop._orders.by_id["1"]["discount"] = "5.0000"
    outcome = send(shop, shop_order(comment="Ring"), link)
    assert outcome.message == "The shop's total is 15.0000 there, 20 is what the buyer paid."
    assert shop.orders()[0]["total"] == "15.0000"
