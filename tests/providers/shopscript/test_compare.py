from dataclasses import replace
from decimal import Decimal

import msgspec
import pytest

from schemas.event import Cancellation, EventType
from schemas.order import Address, Service
from schemas.outcome import OutcomeKind, Reason
from schemas.providers.shopscript import read_order
from tests.fakes.shop import account, held_line, held_order, product, shop_order
from tests.fakes.snapshots import action, job, snapshot, totals
from tests.fakes.wire import run
from worker.providers.base import Difference
from worker.providers.shopscript.compare import compare, shown
from worker.providers.shopscript.lines import lines_of, money, recognise
from worker.providers.shopscript.mapping import Wanted
from worker.providers.shopscript.sums import sums_of
from worker.sandbox.shopscript import SimulatedShopScript

NOBODY = {"customer": {}, "shipping_address": {}, "billing_address": {}}


def finding(of, *lines, line_ids=None, sent=None, **held):
    sums = sums_of(of, fractions=False)
    said = {"params": {}, "people": NOBODY, "discount": money(sums.discount)} | (sent or {})
    wanted = Wanted(order=of, sums=sums, products={}, line_ids=line_ids or {}, **said)
    return compare(wanted, read_order(held_order(*lines, **held)))


def recognised(of, *lines, known=None):
    lines_wanted = lines_of(of, {}, sums_of(of, fractions=False).sold)
    ours = recognise(lines_wanted, read_order(held_order(*lines)).items, known or {})
    return {name: line.id for name, line in ours.items()}


def test_the_line_we_know_comes_before_one_that_looks_the_same():
    assert recognised(shop_order(product()), held_line(31), held_line(32), known={"line-1": "32"}) == {"line-1": 32}


def test_a_line_that_is_equal_comes_before_one_of_the_same_product():
    of = shop_order(product(1, id="a", quantity=Decimal(5)), product(1, id="b"))
    lines = held_line(31, quantity="2.000"), held_line(32, quantity="4.000")
    assert recognised(of, *lines) == {"b": 31, "a": 32}


def test_two_lines_alike_are_each_recognised_once():
    of = shop_order(product(1, id="a"), product(1, id="b"))
    assert recognised(of, held_line(31), held_line(32)) == {"a": 31, "b": 32}


def test_a_line_of_another_variant_is_not_ours():
    assert recognised(shop_order(product(1)), held_line(31, sku_id="999")) == {}


def wrapped(name):
    return product(1, id=name, services=[Service(service_id="4", service_variant_id="6", price=Decimal(1))])


def held_service(line_id, parent_id, **changes):
    service = {"type": "service", "service_id": "4", "service_variant_id": "6", "price": "1.0000"}
    return held_line(line_id, parent_id=str(parent_id), **service, **changes)


def test_a_service_is_recognised_under_the_line_it_hangs_on():
    of = shop_order(wrapped("a"), wrapped("b"))
    lines = held_line(31), held_service(32, 31), held_line(33), held_service(34, 33)
    assert recognised(of, *lines, known={"a": "33"}) == {
        "a": 33, "a/4.6": 34, "b": 31, "b/4.6": 32,
    }  # fmt: skip


def test_services_count_as_lines_and_in_the_total():
    of = shop_order(wrapped("a"), totals=totals("22"))
    found = finding(of, held_line(31), held_service(32, 31), total="22.0000")
    assert (found.problems, found.line_ids) == ([], {"a": "31", "a/4.6": "32"})
    assert finding(of, held_line(31), total="20.0000").problems[:2] == [
        "lines: 1 there, 2 sent",
        "line a/4.6 is missing",
    ]


def test_discounts_of_lines_are_inside_the_orders_discount():
    of = shop_order(product(discount_total=Decimal(3)), totals=totals("15", discount="5"))
    assert finding(of, total="15.0000").problems == []
    assert finding(of, total="12.0000").problems


def test_a_line_split_by_the_shop_for_its_discount_is_one_line_still():
    of = shop_order(product(quantity=Decimal(3), discount_total=Decimal(10)), totals=totals("20", discount="10"))
    found = finding(of, held_line(31, quantity="1.000"), held_line(32, quantity="2.000"), total="20.0000")
    assert (found.problems, found.line_ids) == ([], {"line-1": "31"})
    more = finding(of, held_line(31, quantity="1.000"), held_line(32, quantity="3.000"), total="20.0000")
    assert more.problems


@pytest.mark.parametrize(
    ("sums", "total", "remarks", "problems"),
    [
        ({}, "20.0000", 0, 0),
        ({}, "20.0050", 0, 0),
        ({}, "20.0100", 1, 0),  # a cent, whosever it is
        ({}, "19.8000", 1, 0),  # one in a hundred
        ({}, "19.7900", 0, 1),
        ({"discount": "10"}, "9.9800", 1, 0),  # the shop's own rounding of a discount
        ({"discount": "10"}, "9.5000", 0, 1),
        ({"shipping": "0.005"}, "20.0000", 0, 0),
    ],
)
def test_a_total_that_is_not_what_the_buyer_paid_is_told_and_a_great_difference_stops(sums, total, remarks, problems):
    goods = totals(str(20 - int(sums.get("discount", 0))), items="20", **sums)
    found = finding(shop_order(totals=goods), total=total)
    assert (len(found.remarks), len(found.problems)) == (remarks, problems)
    assert all(
        f"{total} there, {goods.grand} is what the buyer paid" in text for text in found.remarks + found.problems
    )


def test_what_the_shop_has_no_field_for_is_told_with_the_difference():
    """F8: fees 4.00, handling 3.00, tax 2.50 on top of 20.00."""
    of = shop_order(totals=totals("29.50", items="20", fees="4", handling="3", tax="2.50"))
    (remark,) = finding(of, total="20.0000").remarks
    assert remark == (
        "The shop's total is 20.0000 there, 29.50 is what the buyer paid; tax, fees and handling of 9.50 have no field "
        "there."
    )


@pytest.mark.parametrize(("total", "tax", "remarks"), [("22.5000", "2.5000", 0), ("25.0000", "5.0000", 1)])
def test_a_total_with_the_shops_own_tax_is_no_dead_letter(total, tax, remarks):
    """F7: where it comes to what the buyer paid it is not even worth a remark."""
    of = shop_order(totals=totals("22.50", items="20", tax="2.50"))
    found = finding(of, total=total, tax=tax)
    assert (found.problems, len(found.remarks)) == ([], remarks)


def test_a_discount_above_the_goods_comes_off_the_shipping():
    """F9: 12.00 off goods of 10.00 and shipping of 5.00 is 3.00."""
    of = shop_order(product(quantity=Decimal(1)), totals=totals("3", items="10", discount="12", shipping="5"))
    sums = sums_of(of, fractions=False)
    assert (sums.discount, sums.shipping, sums.total) == (10, 3, 3)


def test_a_discount_above_all_that_there_is_stops_at_nothing():
    of = shop_order(totals=totals("0", items="20", discount="30", shipping="5"))
    sums = sums_of(of, fractions=False)
    assert (sums.discount, sums.shipping, sums.total) == (20, 0, 0)


def test_a_line_without_a_name_is_of_a_product_that_the_shop_has_not():
    """F13: it is booked at the price that was sent, and the answer is ok."""
    found = finding(shop_order(), held_line(31, name=""))
    assert found.remarks == [
        "The shop has no such product, variant or service, and booked without a name: line-1 (product 71, variant 701)."
    ]
    assert finding(shop_order(), held_line(31)).remarks == []


def test_a_currency_that_the_shop_has_not_is_told():
    """F14."""
    (remark,) = finding(shop_order(), rate="0.00000000").remarks
    assert "has not set up EUR" in remark
    assert finding(shop_order(), rate="1.00000000").remarks == []


def test_a_customer_that_was_sent_and_is_not_there_is_told():
    """F4."""
    sent = {"people": NOBODY | {"customer": {"email": "ida@example.com"}}}
    (remark,) = finding(shop_order(), sent=sent, contact_id="0").remarks
    assert "no customer in the shop" in remark
    assert finding(shop_order(), contact_id="0").remarks == []


def test_an_address_and_attributes_that_are_not_there_are_told():
    """F3, F6."""
    address = {"city": "Riga", "street": "", "zip": "LV-1050"}
    sent = {"params": {"Size": "L"}, "people": NOBODY | {"shipping_address": address}, "comment": "Ring"}
    kept = {"Size": "L", "shipping_address.city": "Riga", "shipping_address.zip": "LV-1050"}
    assert finding(shop_order(), sent=sent, params=kept, comment="Ring").remarks == []
    (remark,) = finding(shop_order(), sent=sent, params={"shipping_address.city": "Ri"}, comment=None).remarks
    assert remark.endswith("sent: Size; shipping_address.city; shipping_address.zip; comment.")


def test_an_edit_that_was_lost_is_a_difference():
    """F5: ok, and nothing of it is there."""
    found = finding(shop_order(), sent={"params": {"ordercast_status": "paid"}}, params={"ordercast_status": "pending"})
    assert found.problems == ["parameters not kept: ordercast_status"]


def test_many_problems_are_shown_as_the_first_few():
    assert shown([str(number) for number in range(7)]) == "0; 1; 2; 3; 4 and 2 more"


FLAVOURS = [{}, {"format": "xml"}]


def first_order():
    sums = totals("47.90", items="47", shipping="4.90", discount="4")
    address = Address(address1="Brivibas iela 1", city="Riga", country="LV")
    lines = [wrapped("a"), product(2, quantity=Decimal("2.5"))]
    return shop_order(*lines, totals=sums, comment="Ring", attributes={"Size": "L"}, shipping_address=address)


def saved(**options):
    """The link to an order at a played shop, and the order as people are shown it when they ask for it."""
    shop, of = SimulatedShopScript(), account(**options)
    outcome = run(of.operation(job(snapshot(first_order()))).converse(), shop)
    assert outcome.kind is OutcomeKind.ACCEPTED
    return outcome.link, run(of.questions["order"].ask(outcome.link.order_id, {}, None), shop).tree


@pytest.mark.parametrize("options", FLAVOURS)
def test_an_order_that_was_saved_differs_in_nothing_with_its_link_and_without(options):
    link, tree = saved(**options)
    assert account(**options).compare(job(snapshot(first_order()), link=link), tree) == []
    assert account(**options).compare(job(snapshot(first_order())), tree) == []


@pytest.mark.parametrize("options", FLAVOURS)
def test_a_newer_snapshot_differs_in_what_it_changed(options):
    link, tree = saved(**options)
    of = first_order()
    newer = msgspec.structs.replace(
        of,
        items=[*of.items, product(3, quantity=Decimal(1))],
        totals=totals("57.90", items="57", shipping="4.90", discount="4"),
    )
    assert account(**options).compare(job(snapshot(newer), link=link), tree) == [
        Difference("Lines: 3 there, 4 sent."),
        Difference("Line line-3 is missing."),
        Difference("Parameters not kept: ordercast_grand."),
        Difference("Total 47.9000 there, 57.90 is what the buyer paid."),
    ]


def test_what_people_changed_there_is_told():
    link, tree = saved()
    tree["items"][link.line_ids["a"]]["quantity"] = "7.000"
    tree["params"]["shipping_address.city"] = "Bonn"
    assert account().compare(job(snapshot(first_order()), link=link), tree) == [
        Difference("Line a has quantity 7.000, 2 sent."),
        Difference("The shop holds otherwise than it was sent: shipping_address.city.", Reason.REMARK),
    ]


def test_an_action_is_compared_by_the_snapshot_that_is_kept():
    link, tree = saved()
    cancelled = job(action(EventType.CANCELLED, cancellation=Cancellation()), link=link)
    assert account().compare(replace(cancelled, order=first_order()), tree) == []
    assert account().compare(replace(cancelled, order=shop_order()), tree) != []
    assert account().compare(cancelled, tree) is None


NOT_ORDERS = [
    None,
    [],
    {},
    "ok",
    {"id": "18"},
    {"error": "x"},
    *({"id": "18", "total": of} for of in ("much", "NaN", "1e99")),
]


@pytest.mark.parametrize("held", NOT_ORDERS)
def test_what_is_no_order_is_compared_with_nothing(held):
    assert account().compare(job(snapshot(first_order())), held) is None
