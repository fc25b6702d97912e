"""What the real shop did to orders behind an "ok" (591 orders, 2026-11-29), by the report's numbers: F1 to F9."""

from decimal import Decimal

import pytest

from schemas.delivery import Link
from schemas.event import EventType
from schemas.order import Address, Customer, Note, Shipment
from schemas.outcome import OutcomeKind, Reason
from tests.fakes.shop import account, product, shop_order
from tests.fakes.snapshots import action, job, snapshot, totals
from tests.fakes.wire import run
from worker.sandbox.shopscript import ACCESS_TOKEN, SimulatedShopScript

IDA = {"email": "ida@example.com", "first_name": "Ida", "last_name": "Holm"}
GRIN = "\U0001f600"


def cast(shop, event, link=None, **options):
    return run(account(**options).operation(job(event, link=link)).converse(), shop)


def send(shop, of, link=None, **options):
    return cast(shop, snapshot(of), link, **options)


def created(of, options=None, **settings):
    shop = SimulatedShopScript(**settings)
    outcome = send(shop, of, **(options or {}))
    return shop.orders()[0], outcome


def test_f1_a_note_leaves_the_shipping_and_the_total():
    shop = SimulatedShopScript()
    link = send(shop, shop_order(totals=totals("27.50", items="20", shipping="7.50"))).link
    noted = cast(shop, action(EventType.NOTED, note=Note(text="Call first.")), link)
    (held,) = shop.orders()
    assert (noted.reason, held["shipping"], held["total"]) == (Reason.SAVED, "7.5000", "27.5000")


@pytest.mark.parametrize("token", ["blind"])
def test_f2a_a_token_that_sees_no_orders_makes_one_order_and_a_dead_letter(token):
    shop = SimulatedShopScript(**{token: frozenset({ACCESS_TOKEN})})
    link, kinds = None, []
    for _ in range(5):
        outcome = send(shop, shop_order(), link)
        link = outcome.link
        kinds.append(outcome.reason)
    assert kinds == [Reason.TOO_EARLY] * 2 + [Reason.ACCEPTED_NOT_FOUND] * 3
    (held,) = shop.orders()
    assert held["mails"] == ["create"]
    assert run(account().test(), shop).kind is OutcomeKind.UNAUTHORIZED


def test_f2b_an_email_beyond_the_bmp_is_left_out_and_the_order_stands():
    shop = SimulatedShopScript()
    send(shop, shop_order(number="1000", customer=Customer(), billing_address=None))
    outcome = send(shop, shop_order(customer=Customer(**(IDA | {"email": f"{GRIN}@example.com"}))))
    held = shop.orders()[1]
    assert (len(shop.orders()), len(held["items"]), held["contact_id"] not in {None, "0"}) == (2, 1, True)
    assert outcome.message == "customer.email was left out: the shop's table of customers cannot hold it."


@pytest.mark.parametrize("has_innodb", [False, True])
def test_f2c_f3_names_that_differ_by_case_alone_are_both_kept_and_so_is_what_comes_after(has_innodb):
    address = Address(address1="Elm 1", city="Riga", postal_code="1050", country="LV")
    attributes = {"Size": "L", "size": "42", "caf\u00e9": "1", "cafe": "2"}
    of = shop_order(attributes=attributes, shipping_address=address, billing_address=address)
    held, outcome = created(of, has_innodb=has_innodb)
    params = held["params"]
    assert [params[name] for name in ("Size", "size_", "caf\u00e9", "cafe_")] == ["L", "42", "1", "2"]
    assert (params["shipping_address.city"], params["billing_address.city"]) == ("Riga", "Riga")
    assert "attribute size went as size_" in outcome.message


def test_f2d_a_comment_above_its_column_is_cut_on_a_create_and_refused_on_an_edit():
    shop = SimulatedShopScript()
    outcome = send(shop, shop_order(comment="\u00e9" * 40_000))
    (held,) = shop.orders()
    assert (len(held["comment"].encode()), "65,535 bytes" in outcome.message) == (65_534, True)
    edited = send(shop, shop_order(comment="x" * 65_536), outcome.link)
    assert (edited.kind, edited.reason) == (OutcomeKind.REJECTED, Reason.TOO_LONG)
    assert edited.message.startswith("comment:")
    assert shop.orders()[0]["comment"] == held["comment"]


def test_f2d_a_contact_that_the_shop_has_not_ends_as_an_ok_that_was_not_found():
    shop, link, reasons = SimulatedShopScript(), Link(contact_id="900"), []
    for _ in range(3):
        outcome = send(shop, shop_order(customer=Customer(**IDA)), link)
        reasons.append(outcome.reason)
        link = outcome.link
    assert (reasons[-1], shop.orders()) == (Reason.ACCEPTED_NOT_FOUND, [])
    assert "a contact that the shop has not" in outcome.message


@pytest.mark.parametrize("name", ["first_name", "last_name", "company"])
def test_f4_a_name_beyond_the_bmp_goes_without_those_characters_and_keeps_its_customer(name):
    held, outcome = created(shop_order(customer=Customer(**(IDA | {name: f"Ann {GRIN}"}))))
    shown = {"first_name": "firstname", "last_name": "lastname"}.get(name, name)
    assert (held["customer"][shown], held["contact_id"], held["mails"]) == ("Ann", "1", ["create"])
    assert outcome.message == (
        f"customer.{name}: sent without the characters that the shop's table of customers cannot hold."
    )


def test_f5_an_edit_that_would_be_lost_whole_is_not_sent():
    shop = SimulatedShopScript()
    link = send(shop, shop_order(comment="Ring")).link
    outcome = send(shop, shop_order(comment="x" * 65_536, status="paid"), link)
    assert (outcome.reason, shop.orders()[0]["state_id"]) == (Reason.TOO_LONG, "new")


def test_f6_values_are_cut_to_255_characters_with_a_remark_for_each():
    address = Address(address1="a" * 150, address2="b" * 150, city="Riga", country="LV", first_name="c" * 300)
    parcels = [Shipment(tracking_number=f"TRACK{number:020}") for number in range(12)]
    of = shop_order(shipping_address=address, attributes={"Engraving": "d" * 300}, shipments=parcels, status="shipped")
    held, outcome = created(of)
    params = held["params"]
    assert (
        len(params["shipping_address.street"]) == len(params["Engraving"]) == len(params["ordercast_recipient"]) == 255
    )
    assert params["tracking_number"].split(", ") == [parcel.tracking_number for parcel in parcels[:9]]
    for said in ("shipping_address.street: cut", "attribute Engraving: cut", "shipments: 9 of 12 fit"):
        assert said in outcome.message


TAXES = {"dnk": (Decimal("0.25"), False)}
TO_DENMARK = Address(address1="Algade 1", city="Aarhus", postal_code="8000", country="DK")


def test_f7_with_customer_address_the_shop_taxes_the_order_as_the_buyer_paid():
    sums = totals("25", items="20", tax="5")
    of = shop_order(totals=sums, shipping_address=TO_DENMARK, billing_address=None)
    held, outcome = created(of, {"customer_address": True}, taxes=TAXES)
    assert (held["tax"], held["total"], outcome.reason) == ("5.0000", "25.0000", Reason.SAVED)
    held, outcome = created(of, taxes=TAXES)
    assert (held["tax"], held["total"], outcome.reason) == ("0.0000", "20.0000", Reason.REMARK)
    assert "20.0000 there, 25 is what the buyer paid" in outcome.message


def test_f8_fees_handling_and_tax_without_a_field_are_told():
    sums = totals("29.52", items="20", fees="4", handling="3", tax="2.50", rounding="0.02")
    held, outcome = created(shop_order(totals=sums))
    assert (outcome.reason, held["params"]["ordercast_fees"]) == (Reason.REMARK, "4.0000")
    assert "29.52 is what the buyer paid; tax, fees and handling of 9.50 have no field there" in outcome.message


@pytest.mark.parametrize(
    ("items", "shipping", "discount", "grand"),
    [("10", "5", "12", "3"), ("20", "5", "25", "0"), ("10", "10", "15", "5")],
)
def test_f9_free_shipping_by_coupon_comes_to_what_was_paid(items, shipping, discount, grand):
    sums = totals(grand, items=items, shipping=shipping, discount=discount)
    held, outcome = created(shop_order(product(quantity=Decimal(1), unit_price=Decimal(items)), totals=sums))
    assert (outcome.reason, Decimal(held["total"])) == (Reason.SAVED, Decimal(grand))
