"""What the real shop did to orders behind an "ok" (591 orders, 2026-11-29), by the report's numbers: F12 to F29, and what was cancelled."""

from decimal import Decimal

import pytest

from schemas.delivery import Link
from schemas.event import Cancellation, EventType
from schemas.order import Address, Customer, Service, Shipment
from schemas.outcome import OutcomeKind, Reason
from tests.fakes.shop import account, product, shop_order
from tests.fakes.snapshots import action, item, job, snapshot, totals
from tests.fakes.wire import run
from worker.sandbox.shopscript import SimulatedShopScript

IDA = {"email": "ida@example.com", "first_name": "Ida", "last_name": "Holm"}
TO_DENMARK = Address(address1="Algade 1", city="Aarhus", postal_code="8000", country="DK")
CANCELLED = action(EventType.CANCELLED, cancellation=Cancellation())


def cast(shop, event, link=None, **options):
    return run(account(**options).operation(job(event, link=link)).converse(), shop)


def send(shop, of, link=None, **options):
    return cast(shop, snapshot(of), link, **options)


def created(of, options=None, **settings):
    shop = SimulatedShopScript(**settings)
    outcome = send(shop, of, **(options or {}))
    return shop.orders()[0], outcome


def twice(**changes):
    first = Service(service_id="4", service_variant_id="6", price=Decimal(1))
    second = Service(service_id="4", service_variant_id="7", price=Decimal(2))
    return product(services=[first, second], **changes)


def test_f12_two_variants_of_one_service_are_known_apart_and_stay_on_an_edit():
    shop = SimulatedShopScript()
    outcome = send(shop, shop_order(twice(), totals=totals("26")))
    assert (outcome.reason, list(outcome.link.line_ids)) == (Reason.SAVED, ["line-1", "line-1/4.6", "line-1/4.7"])
    edited = send(shop, shop_order(twice(quantity=Decimal(3)), totals=totals("39")), outcome.link)
    (held,) = shop.orders()
    assert (edited.reason, len(held["items"]), held["total"]) == (Reason.SAVED, 3, "39.0000")


def test_f12_a_second_variant_that_an_edit_brings_does_not_replace_the_first():
    shop = SimulatedShopScript()
    only = Service(service_id="4", service_variant_id="6", price=Decimal(1))
    link = send(shop, shop_order(product(services=[only]), totals=totals("22"))).link
    edited = send(shop, shop_order(twice(), totals=totals("26")), link)
    (held,) = shop.orders()
    variants = sorted(line["service_variant_id"] or "" for line in held["items"].values())
    assert (edited.kind, variants, held["total"]) == (OutcomeKind.ACCEPTED, ["", "6", "7"], "26.0000")


def test_f12_lines_linked_by_the_older_name_of_a_service_are_found_again():
    shop = SimulatedShopScript()
    link = send(shop, shop_order(twice(), totals=totals("26"))).link
    older = Link(order_id="1", contact_id="1", line_ids={"line-1": "1", "line-1/4": "2"}, notes=link.notes)
    edited = send(shop, shop_order(twice(), totals=totals("26")), older)
    assert edited.link.line_ids == {"line-1": "1", "line-1/4.6": "2", "line-1/4.7": "3"}
    assert len(shop.orders()[0]["items"]) == 3


def test_f13_a_variant_that_the_shop_has_not_is_told():
    held, outcome = created(shop_order(), unknown_skus=frozenset({"701"}))
    assert (held["total"], "product 71, variant 701" in outcome.message) == ("20.0000", True)


def test_f14_a_currency_that_the_shop_has_not_is_told():
    _, outcome = created(shop_order(currency="SEK"))
    assert "has not set up SEK" in outcome.message


def test_f15_a_stock_is_chosen_by_an_edit_right_after_the_create():
    held, outcome = created(shop_order(product(stock_id="2"), totals=totals("27", items="20", shipping="7")))
    assert [line["stock_id"] for line in held["items"].values()] == ["2"]
    assert ([entry[0] for entry in held["saves"]], held["total"]) == (["create", "edit"], "27.0000")
    assert outcome.reason is Reason.SAVED


def test_a_new_line_does_not_get_the_stock_of_a_dropped_one_of_the_same_product():
    shop = SimulatedShopScript()
    link = send(shop, shop_order(product(stock_id="2"), totals=totals("27", items="20", shipping="7"))).link
    edited = send(shop, shop_order(product(id="line-2"), totals=totals("27", items="20", shipping="7")), link)
    ((line_id, line),) = shop.orders()[0]["items"].items()
    assert (line["stock_id"], edited.link.line_ids) == (None, {"line-2": line_id})
    assert line_id != link.line_ids["line-1"]


def test_f16_a_services_discount_is_inside_the_lines():
    wrap = Service(service_id="4", service_variant_id="6", price=Decimal(2), discount_total=Decimal(1))
    of = shop_order(product(services=[wrap], discount_total=Decimal(2)), totals=totals("21", items="24", discount="3"))
    held, outcome = created(of)
    assert (outcome.kind, held["discount"], held["total"]) == (OutcomeKind.ACCEPTED, "3.0000", "21.0000")


def test_f16_the_discount_of_a_service_stays_with_its_own_line():
    wrap = Service(service_id="4", service_variant_id="6", price=Decimal(2), discount_total=Decimal(2))
    lines = product(services=[wrap]), product(2, discount_total=Decimal(4))
    held, _ = created(shop_order(*lines, totals=totals("48", items="54", discount="6")))
    shares = [Decimal(line["total_discount"]) for line in held["items"].values() if line["type"] == "product"]
    kept = {line["id"]: Decimal(line["total_discount"]) for line in held["items"].values()}
    assert (held["discount"], sum(kept.values())) == ("6.0000", 6)
    assert shares[1] == 4


def shipped(*numbers):
    return shop_order(status="shipped", shipments=[Shipment(tracking_number=number) for number in numbers])


def test_f17_a_tracking_number_that_comes_late_is_shown_where_the_account_wants_it():
    shop, options = SimulatedShopScript(), {"late_tracking": True}
    link = send(shop, shipped(), **options).link
    shop._orders.by_id["1"]["params"] |= {
        "shipping_start_datetime": "2026-12-01 10:00:00", "shipping_end_datetime": "2026-12-01 12:00:00",
    }  # fmt: skip
    outcome = send(shop, shipped("LATE1"), link, **options)
    params = shop.orders()[0]["params"]
    assert (outcome.reason, params["tracking_number"]) == (Reason.SAVED, "LATE1")
    assert params["shipping_start_datetime"] == "2026-12-01 10:00:00"  # the action deletes what it is not told again
    again = send(shop, shipped("LATE1"), outcome.link, **options)
    assert (again.reason, shop.orders()[0]["mails"].count("editshippingdetails")) == (Reason.SAVED, 1)


def test_f17_without_the_setting_a_late_number_leaves_a_remark():
    shop = SimulatedShopScript()
    link = send(shop, shipped("T1")).link
    outcome = send(shop, shipped("T1", "T2"), link)
    params = shop.orders()[0]["params"]
    assert (params["tracking_number"], params["ordercast_tracking"]) == ("T1", "T1, T2")
    assert outcome.message == (
        "The shop shows another tracking number: the new one is in its parameters alone, as late_tracking is off."
    )


def test_f18_what_an_update_says_no_more_is_emptied_and_what_others_wrote_stays():
    shop = SimulatedShopScript()
    full = Customer(**IDA, phone="+45 1", company="Holm A/S")
    before = shop_order(customer=full, shipping_address=TO_DENMARK, billing_address=TO_DENMARK)
    link = send(shop, before).link
    outcome = send(shop, shop_order(customer=Customer(email="ida@example.com"), billing_address=None), link)
    (held,) = shop.orders()
    told = {name: held["customer"][name] for name in ("email", "phone", "firstname", "lastname", "company")}
    assert told == {"email": "ida@example.com", "phone": "", "firstname": "", "lastname": "", "company": ""}
    assert held["params"]["shipping_address.city"] == held["params"]["billing_address.city"] == ""
    shop._orders.by_id["1"]["customer"]["phone"] = "+45 2"
    send(shop, shop_order(customer=Customer(email="ida@example.com"), billing_address=None), outcome.link)
    assert shop.orders()[0]["customer"]["phone"] == "+45 2"


def test_f20_names_of_any_script_stay_themselves():
    held, outcome = created(
        shop_order(attributes={"\u041f\u043e\u0434\u043f\u0438\u0441\u044c": "\u0410", "\u5305\u88c5": "1"})
    )
    assert (held["params"]["\u041f\u043e\u0434\u043f\u0438\u0441\u044c"], held["params"]["\u5305\u88c5"]) == (
        "\u0410",
        "1",
    )
    assert outcome.reason is Reason.SAVED


@pytest.mark.parametrize(
    "name", ["manager_contact_id", "fulfillment_contact_id", "cashier_contact_id", "referer_host", "ip", "Shipping_id"]
)
def test_f21_names_that_mean_something_to_the_shop_are_others_there(name):
    held, outcome = created(shop_order(attributes={name: "1"}))
    assert name not in held["params"]
    assert held["params"][f"ordercast_attribute_{name}"] == "1"
    assert f"attribute {name} went as ordercast_attribute_{name}" in outcome.message


def test_f21_a_name_that_only_begins_like_one_of_them_is_its_own():
    held, _ = created(shop_order(attributes={"ipad": "1"}))
    assert held["params"]["ipad"] == "1"


@pytest.mark.parametrize("form", ["json", "xml"])
def test_f22_a_service_without_its_variant_is_refused_in_both_formats(form):
    shop = SimulatedShopScript()
    bare = Service(service_id="4", price=Decimal(1))
    outcome = send(shop, shop_order(item(1, product_id="7", variant_id="70", services=[bare])), format=form)
    assert (outcome.kind, shop.orders()) == (OutcomeKind.REJECTED, [])
    assert "service_variant_id" in outcome.message


def test_f22_a_read_that_breaks_in_xml_says_to_use_json():
    shop = SimulatedShopScript()
    link = send(shop, shop_order(), format="xml").link
    shop._orders.by_id["1"]["params"]["gift wrap"] = "yes"
    outcome = send(shop, shop_order(comment="Ring"), link, format="xml")
    assert 'format = "json"' in outcome.message
    assert send(shop, shop_order(comment="Ring"), link).kind is OutcomeKind.ACCEPTED


@pytest.mark.parametrize(("name", "limit"), [("first_name", 50), ("last_name", 50), ("company", 150)])
def test_f23_names_too_long_for_the_customer_form_are_cut(name, limit):
    held, outcome = created(shop_order(customer=Customer(**(IDA | {name: "x" * (limit + 1)}))))
    shown = {"first_name": "firstname", "last_name": "lastname"}.get(name, name)
    assert (held["customer"][shown], f"customer.{name}: cut to the {limit}" in outcome.message) == (
        "x" * limit,
        True,
    )


def test_f23_what_the_form_does_not_like_is_named_by_its_field():
    outcome = send(SimulatedShopScript(), shop_order(customer=Customer(**(IDA | {"email": ".a@example.com"}))))
    assert outcome.message == "Shop-Script refused the call: customer.email: Invalid Email."


def test_f28_a_discount_that_does_not_divide_is_told():
    off = totals("20", items="30", discount="10")
    held, outcome = created(shop_order(product(quantity=Decimal(3)), totals=off))
    assert (held["discount"], outcome.message) == (
        "10.0200", "The shop's total is 19.9800 there, 20 is what the buyer paid.",
    )  # fmt: skip


def test_case_15_an_order_that_we_cancelled_is_open_again_when_a_later_event_says_so():
    shop = SimulatedShopScript()
    link = send(shop, shop_order(status="pending")).link
    link = cast(shop, CANCELLED, link).link
    assert shop.orders()[0]["state_id"] == "deleted"
    outcome = send(shop, shop_order(status="paid"), link)
    assert (shop.orders()[0]["state_id"], outcome.reason) == ("paid", Reason.REMARK)
    assert "is open again: `restore` led it to new" in outcome.message
    assert send(shop, shop_order(status="paid"), outcome.link).reason is Reason.SAVED


@pytest.mark.parametrize("status", [None, "pending", "paid"])
def test_an_order_that_people_deleted_is_never_restored_and_always_remarked_on(status):
    shop = SimulatedShopScript()
    link = send(shop, shop_order(status="pending")).link
    shop._orders.by_id["1"]["state_id"] = "deleted"
    outcome = send(shop, shop_order(status=status), link)
    assert (shop.orders()[0]["state_id"], outcome.reason) == ("deleted", Reason.REMARK)


def test_an_order_that_we_cancelled_and_an_event_without_status_stays_cancelled_with_a_remark():
    shop = SimulatedShopScript()
    link = cast(shop, CANCELLED, send(shop, shop_order(status="pending")).link).link
    outcome = send(shop, shop_order(comment="Ring"), link)
    assert (shop.orders()[0]["state_id"], "its state was left" in outcome.message) == ("deleted", True)
