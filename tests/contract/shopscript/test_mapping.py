"""canonical-event.md, "Shop-Script": each canonical field goes where the mapping says, with its fallbacks."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from schemas.delivery import Link
from schemas.event import Event
from schemas.outcome import OutcomeKind, Reason
from schemas.providers.shopscript import ShopProduct
from tests.contract.shopscript.story import KNOWN, Story, Watched, form_of, snapshot

OURS = sha256(b"shop/test\x001001").hexdigest()[:32]
SERVICE = {"id": "wrap", "service_id": "4", "service_variant_id": "6", "price": "1.5", "discount_total": "0.5"}
HOME = {
    "address1": "Main Street 1", "address2": "2nd floor", "address4": "door B", "city": "Riga", "state": "Vidzeme",
    "postal_code": "LV-1001", "country": "LV",
}  # fmt: skip
NOBODY = {"customer": {"email": "a@b.c"}, "billing_address": {"city": "Riga"}}
SHIPPED = [{"tracking_number": "T1", "lines": []}, {"tracking_number": "T2"}, {"tracking_number": "T1"}]

# canonical fields below data.order with their values, and what a create sends; None: not sent
CREATES: dict[str, tuple[dict[str, Any], dict[str, str | None]]] = {
    "no id on a create": ({}, {"id": None}),
    "our key is searched by": ({}, {"params[ordercast_order]": OURS}),
    "source": ({}, {"params[ordercast_source]": "shop/test"}),
    "number": ({}, {"params[ordercast_number]": "1001"}),
    "product_id": ({}, {"items[0][product_id]": "71", "items[1][product_id]": "72"}),
    "sku_id from variant_id": ({}, {"items[0][sku_id]": "701", "items[1][sku_id]": "702"}),
    "product_id from the map, as ours is no whole number": (
        {"items.0.product_id": "P-71", "items.0.sku": "MUG"}, {"items[0][product_id]": "91"},
    ),
    "sku_id from the map, as ours is missing": (
        {"items.0.variant_id": None, "items.0.sku": "MUG"}, {"items[0][sku_id]": "901"},
    ),
    "ids of ours before the map": ({"items.0.sku": "MUG"}, {"items[0][sku_id]": "701"}),
    "quantity": ({}, {"items[0][quantity]": "2.000"}),
    "quantity, a part of a piece is one": ({"items.0.quantity": "1.2345"}, {"items[0][quantity]": "1.000"}),
    "price of one piece is the line's": ({"items.0.quantity": "1.25"}, {"items[0][price]": "12.5000"}),
    "what one piece stands for": (
        {"items.0.quantity": "1.25"}, {"params[ordercast_pieces]": "1: 1.25 x 10"},
    ),
    "price": ({}, {"items[0][price]": "10.0000", "items[1][price]": "5.5000"}),
    "price of nothing is sent": ({"items.0.unit_price": "0"}, {"items[0][price]": "0.0000"}),
    "price finer than cents is one piece's": ({"items.0.unit_price": "1.0075"}, {"items[0][price]": "2.0200"}),
    "price, the line's own subtotal": (
        {"items.0.unit_price": "3.33", "items.0.quantity": "3", "items.0.subtotal": "10"}, {"items[0][price]": "10.0000"},
    ),
    "total_discount": ({"items.0.discount_total": "2"}, {"items[0][total_discount]": "2.0000"}),
    "total_discount of every line, where one has it": (
        {"items.0.discount_total": "2"}, {"items[1][total_discount]": "0.0000"},
    ),
    "no total_discount where no line has one": ({}, {"items[0][total_discount]": None}),
    "stock_id": ({"items.0.stock_id": "3"}, {"items[0][stock_id]": "3", "items[1][stock_id]": None}),
    "virtual_stock_id, the page's name": ({"items.0.virtual_stock_id": "8"}, {"items[0][virtual_stock_id]": "8"}),
    "virtual_stock_id, the source's name": ({"items.0.virtual_stock_id": "8"}, {"items[0][virtualstock_id]": "8"}),
    "services' service_id": ({"items.0.services": [SERVICE]}, {"items[0][services][0][service_id]": "4"}),
    "services' variant": ({"items.0.services": [SERVICE]}, {"items[0][services][0][service_variant_id]": "6"}),
    "services' price": ({"items.0.services": [SERVICE]}, {"items[0][services][0][price]": "1.5000"}),
    "services' discount is the line's": (
        {"items.0.services": [SERVICE]},
        {"items[0][total_discount]": "0.5000", "items[0][services][0][total_discount]": None},
    ),
    "no service's item_id on a create": ({"items.0.services": [SERVICE]}, {"items[0][services][0][item_id]": None}),
    "email": ({}, {"customer[email]": "ida@example.com"}),
    "firstname, lastname": ({}, {"customer[firstname]": "Ida", "customer[lastname]": "Holm"}),
    "company": ({"customer.company": "Co"}, {"customer[company]": "Co"}),
    "phone": ({"customer.phone": "1", "billing_address.phone": "2"}, {"customer[phone]": "1"}),
    "phone from billing": (
        {"billing_address.phone": "2", "shipping_address.phone": "3"}, {"customer[phone]": "2"},
    ),
    "phone from shipping": ({"shipping_address.phone": "3"}, {"customer[phone]": "3"}),
    "names from billing": (
        NOBODY | {"billing_address.first_name": "Bo", "shipping_address.last_name": "Sid"},
        {"customer[firstname]": "Bo", "customer[lastname]": None},
    ),
    "names from shipping": (NOBODY | {"shipping_address.last_name": "Sid"}, {"customer[lastname]": "Sid"}),
    "company from billing": (NOBODY | {"billing_address.company": "Co"}, {"customer[company]": "Co"}),
    "street of all lines": (
        {"shipping_address": HOME}, {"shipping_address[street]": "Main Street 1, 2nd floor, door B"},
    ),
    "city, region": (
        {"shipping_address": HOME}, {"shipping_address[city]": "Riga", "shipping_address[region]": "Vidzeme"},
    ),
    "zip": ({"shipping_address": HOME}, {"shipping_address[zip]": "LV-1001"}),
    "country in three small letters": ({"shipping_address": HOME}, {"shipping_address[country]": "lva"}),
    "billing address": (
        {"billing_address": HOME}, {"billing_address[street]": "Main Street 1, 2nd floor, door B",
        "billing_address[city]": "Riga", "billing_address[region]": "Vidzeme", "billing_address[zip]": "LV-1001",
        "billing_address[country]": "lva"},
    ),
    "an address' empty fields too": (
        {"shipping_address.city": "Riga"}, {"shipping_address[street]": "", "shipping_address[country]": ""},
    ),
    "no address": ({}, {"shipping_address[city]": None, "billing_address[city]": None}),
    "no discount is sent as none": ({}, {"discount": "0.0000"}),
    "discount from the order's": ({"discounts": [{"amount": "3"}]}, {"discount": "3.0000"}),
    "discount with the lines' in it": (
        {"items.0.discount_total": "2", "discounts": [{"amount": "3"}]}, {"discount": "5.0000"},
    ),
    "discount without an allocated one": (
        {"items.0.discount_total": "2", "discounts": [{"amount": "2", "allocated": True}]}, {"discount": "2.0000"},
    ),
    "discount from rebates": ({"totals.rebates": "1"}, {"discount": "1.0000"}),
    "discount from rounding down": (
        {"totals.rounding": "-0.02", "totals.grand": "25.48"}, {"discount": "0.0200"},
    ),
    "shipping from rounding up": (
        {"totals.rounding": "0.02", "totals.grand": "25.52"}, {"discount": "0.0000", "shipping": "0.0200"},
    ),
    "discount less rounding up": (
        {"totals.rounding": "0.02", "totals.grand": "22.52", "discounts": [{"amount": "3"}]}, {"discount": "2.9800", "shipping": "0.0000"},
    ),
    "discount from a fee below zero": ({"fees": [{"title": "Thanks", "amount": "-2"}]}, {"discount": "2.0000"}),
    "shipping": ({"shipping.price": "4.9"}, {"shipping": "4.9000"}),
    "shipping from the totals": ({"totals.shipping": "4"}, {"shipping": "4.0000"}),
    "no shipping is sent as none": ({}, {"shipping": "0.0000"}),
    "currency on a create": ({}, {"currency": "EUR"}),
    "tax among the parameters": ({"totals.tax": "4"}, {"params[ordercast_tax]": "4.0000"}),
    "fees among the parameters": ({"fees": [{"title": "Tip", "amount": "2"}]}, {"params[ordercast_fees]": "2.0000"}),
    "handling among the parameters": ({"totals.handling": "3"}, {"params[ordercast_handling]": "3.0000"}),
    "rebates among the parameters": ({"totals.rebates": "1"}, {"params[ordercast_rebates]": "1.0000"}),
    "rounding among the parameters": ({"totals.rounding": "-0.02"}, {"params[ordercast_rounding]": "-0.0200"}),
    "tracking among the parameters": ({"shipments": SHIPPED}, {"params[ordercast_tracking]": "T1, T2"}),
    "grand among the parameters": ({}, {"params[ordercast_grand]": "25.5000"}),
    "codes among the parameters": (
        {"discounts": [{"amount": "1", "code": "A"}, {"amount": "0", "code": "B", "allocated": True}]},
        {"params[ordercast_codes]": "A, B"},
    ),
    "status among the parameters": ({"status": "on_hold"}, {"params[ordercast_status]": "on_hold"}),
    "shipping title": ({"shipping": {"method": "dhl", "title": "DHL"}}, {"params[ordercast_shipping]": "DHL"}),
    "shipping method without a title": ({"shipping.method": "dhl"}, {"params[ordercast_shipping]": "dhl"}),
    "payment title": ({"payment": {"method": "card", "title": "Visa"}}, {"params[ordercast_payment]": "Visa"}),
    "payment method without a title": ({"payment.method": "card"}, {"params[ordercast_payment]": "card"}),
    "transaction": ({"payment.transaction_id": "t-9"}, {"params[ordercast_transaction]": "t-9"}),
    "recipient": (
        {"shipping_address": {"first_name": "Sid", "last_name": "Roe", "company": "Co", "phone": "3"}},
        {"params[ordercast_recipient]": "Sid Roe, Co, 3"},
    ),
    "attributes under their names": ({"attributes": {"Gift text": "Hi"}}, {"params[Gift_text]": "Hi"}),
    "an attribute that would mean something": (
        {"attributes": {"shipping_id": "7"}}, {"params[shipping_id]": None, "params[ordercast_attribute_shipping_id]": "7"},
    ),
    "nothing empty on a create": ({}, {"params[ordercast_tax]": None, "params[ordercast_codes]": None}),
    "comment": ({"comment": "Ring"}, {"comment": "Ring"}),
    "notes after the comment": (
        {"comment": "Ring", "notes": [{"text": "Twice.", "author": "Bo"}]}, {"comment": "Ring\n\nBo: Twice."},
    ),
    "no comment": ({}, {"comment": None}),
    "contact_id from refs": ({"refs": {"shopscript": {"contact_id": "55"}}}, {"contact_id": "55"}),
    "no contact_id of another provider": ({"refs": {"other": {"contact_id": "55"}}}, {"contact_id": None}),
}  # fmt: skip

# an order as it was created, as it is updated, and what the edit sends
EDITS: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, str | None]]] = {
    "id from the link": ({}, {}, {"id": "1"}),
    "item_id from the link": ({}, {}, {"items[0][item_id]": "1", "items[1][item_id]": "2"}),
    "no item_id of a line that is new": (
        {}, {"items.2": {"id": "3", "name": "Cup", "quantity": "1", "unit_price": "2", "product_id": "73",
        "variant_id": "703"}}, {"items[1][item_id]": "2", "items[2][item_id]": None},
    ),
    "a line that is gone is left out": ({}, {"items.1.quantity": "0"}, {"items[0][item_id]": "1", "items[1][sku_id]": None}),
    "services' item_id": (
        {"items.0.services": [SERVICE]}, {"items.0.services": [SERVICE]},
        {"items[0][services][0][item_id]": "2", "items[1][item_id]": "3"},
    ),
    "no currency": ({}, {}, {"currency": None}),
    "no contact_id": (
        {"refs": {"shopscript": {"contact_id": "55"}}}, {"refs": {"shopscript": {"contact_id": "55"}}}, {"contact_id": None},
    ),
    "discount left out where it is the same": (
        {"discounts": [{"amount": "3"}]}, {"discounts": [{"amount": "3"}], "comment": "Ring"}, {"discount": None},
    ),
    "discount where it changed": ({"discounts": [{"amount": "3"}]}, {"discounts": [{"amount": "4"}]}, {"discount": "4.0000"}),
    "discount that is gone": ({"discounts": [{"amount": "3"}]}, {}, {"discount": "0.0000"}),
    "price where it changed": ({}, {"items.0.unit_price": "11"}, {"items[0][price]": "11.0000"}),
    "a parameter that is gone is blanked": ({"totals.tax": "4"}, {}, {"params[ordercast_tax]": ""}),
    "comment where it changed": ({"comment": "Ring"}, {"comment": "Knock"}, {"comment": "Knock"}),
}  # fmt: skip


def wrong(sent: dict[str, str], wanted: dict[str, str | None]) -> dict[str, str | None]:
    """What was sent of the wanted fields, where it is something else."""
    return {name: sent.get(name) for name, text in wanted.items() if sent.get(name) != text}


@pytest.mark.parametrize(("changes", "wanted"), CREATES.values(), ids=CREATES)
def test_a_create_sends_each_field_where_the_mapping_says(changes, wanted):
    story = Story({"products": {"MUG": ShopProduct(product_id=91, sku_id=901)}})
    assert wrong(story.save(changes), wanted) == {}


@pytest.mark.parametrize(("before", "changes", "wanted"), EDITS.values(), ids=EDITS)
def test_an_edit_sends_each_field_where_the_mapping_says(before, changes, wanted):
    story = Story()
    story.save(before)
    assert wrong(story.update(changes), wanted) == {}


def test_the_shops_ids_may_come_from_the_producer():
    story = Story()
    story.save()
    story.link = Link()
    known = {"order_id": "1", "line_ids": {"1": "1", "2": "2"}}
    wanted = {"id": "1", "items[0][item_id]": "1", "items[1][item_id]": "2"}
    assert wrong(story.update({"refs": {"shopscript": known}}), wanted) == {}


def test_line_ids_that_nobody_knows_are_read_from_the_order_first():
    story = Story()
    story.save()
    story.link = Link(order_id="1")
    assert wrong(story.update(), {"items[0][item_id]": "1", "items[1][item_id]": "2"}) == {}


def test_a_discount_given_in_the_shop_outlives_an_update_of_something_else():
    story = Story()
    story.save()
    story.shop._orders.by_id["1"] |= {"discount": "5.0000", "total": "20.5000"}
    assert wrong(story.update({"comment": "Ring"}), {"discount": None}) == {}
    assert story.held["total"] == "20.5000"


@pytest.mark.parametrize("amount", ["0", "3"])
def test_the_shop_calculates_the_discount_where_the_setting_says_so(amount):
    story = Story({"calculate_discount": True})
    assert story.save({"discounts": [{"amount": amount}]})["discount"] == "calculate"
    assert story.update({"discounts": [{"amount": amount}]})["discount"] == "calculate"


@pytest.mark.parametrize("missing", [{"items.0.product_id": None}, {"items.0.variant_id": "V-1", "items.0.sku": "CUP"}])
def test_a_line_without_a_product_in_the_shop_is_rejected_before_sending(missing):
    story = Story({"products": {"MUG": ShopProduct(product_id=91, sku_id=901)}})
    outcome = story.cast(snapshot(missing))
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.NO_PRODUCT)
    assert story.shop.calls == []


@pytest.mark.parametrize("name", ["ordercast_source", "ordercast_number"])
def test_a_hit_counts_only_where_source_and_number_agree(name):
    story = Story()
    story.save()
    story.link = Link()
    story.shop._orders.by_id["1"]["params"][name] = "another"
    story.save()
    assert story.link.order_id == "2"


def test_what_the_shop_holds_is_compared_with_what_was_sent():
    story = Story(shop=Watched(max_input_vars=13))  # room for one line of the two
    outcome = story.cast(snapshot())
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.DIFFERS)


def test_the_variables_are_counted_as_an_edit_has_them():
    """400 lines of 4 variables on a create, of 5 on an edit: what is created must be editable."""
    story = Story()
    outcome = story.cast(of_lines(400))
    assert (outcome.kind, outcome.reason, story.shop.calls) == (OutcomeKind.REJECTED, Reason.TOO_MANY_LINES, [])
    [most] = [n for n in range(180, 190) if f"the first {n} would" in outcome.message]
    assert Story().cast(of_lines(most + 1)).reason is Reason.TOO_MANY_LINES
    story.cast(of_lines(most))
    story.cast(of_lines(most, "order.updated"))
    assert 945 <= len(form_of(story.shop.asked("shop.order.save")[-1])) <= 950
    assert len(story.held["items"]) == most


def of_lines(count: int, event_type: str = "order.created") -> Event:
    """An order of so many lines of one piece."""
    line = {"name": "Mug", "quantity": "1", "unit_price": "1", "product_id": "71", "variant_id": "701"}
    return snapshot(dict.fromkeys(KNOWN) | {"items": [line | {"id": str(n)} for n in range(count)]}, event_type)
