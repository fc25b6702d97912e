"""docs/fields/shopscript.md says what is sent, both ways: no row too many, no field without a row."""

from __future__ import annotations

import re
from functools import cache
from urllib.parse import parse_qsl

import pytest

from schemas.delivery import Link
from tests.contract.shopscript.story import Story, Watched, action, form_of, snapshot
from tests.fakes.fieldtable import names, table
from tests.fakes.shop import account
from tests.fakes.wire import run
from worker.sandbox.base import VendorCall

SERVICE = {"id": "wrap", "service_id": "4", "service_variant_id": "6", "price": "1.5", "discount_total": "0.5"}
LINE = {
    "id": "1", "name": "Mug", "quantity": "2", "unit_price": "10", "product_id": "71", "variant_id": "701", "sku": "MUG",
    "gtin": "4006381333931", "discount_total": "2", "tax_rate": "0.25", "tax_title": "VAT", "weight": "0.3",
    "delivery_type": "ship", "category": "cups", "stock_id": "3", "virtual_stock_id": "8", "variation": {"colour": "red"},
    "services": [SERVICE], "metadata": {"shelf": 7},
}  # fmt: skip
WEIGHED = {"id": "2", "name": "Tea", "quantity": "0.25", "unit_price": "8", "product_id": "72", "variant_id": "702"}
PARTY = {
    "first_name": "Sid", "last_name": "Roe", "company": "Co", "address1": "Main Street 1", "address2": "2nd floor",
    "city": "Riga", "state": "Vidzeme", "postal_code": "LV-1001", "country": "LV", "phone": "3",
}  # fmt: skip
EVERYTHING = {
    "status": "shipped", "exchange_rate": "1", "language": "lv", "comment": "Ring", "channel": "web", "tags": ["gift"],
    "customer": {"id": "9", "email": "a@b.c", "first_name": "Ada", "last_name": "Roe", "company": "Co", "phone": "1",
                 "ip_address": "192.0.2.1", "birthday": "1990-02-01", "group": "club", "tax_id": "LV1",
                 "marketing_consent": True},
    "billing_address": PARTY, "shipping_address": PARTY, "return_address": {"name": "Co", "city": "Riga", "country": "LV"},
    "items": [LINE, WEIGHED], "shipping": {"method": "dhl", "title": "DHL", "price": "4.9", "pickup_point": {"id": "P1"}},
    "payment": {"method": "card", "title": "Visa", "fee": "1", "status": "captured", "transaction_id": "t-9",
                "gateway": "pay", "card_last4": "4242", "card_expiry": "12/2030"},
    "payments": [{"kind": "card", "amount": "10", "transaction_id": "t-9"}],
    "discounts": [{"code": "A", "title": "Loyal", "amount": "3"}],
    "fees": [{"title": "Tip", "amount": "2", "kind": "tip"}], "tax_lines": [{"title": "VAT", "rate": "0.25", "amount": "4"}],
    "totals": {"grand": "30", "tax": "4", "handling": "3", "rebates": "1", "rounding": "-0.02"},
    "shipments": [{"tracking_number": "T1", "carrier": "DHL"}], "notes": [{"text": "Twice.", "author": "Bo"}],
    "attributes": {"gift": "yes", "shipping_id": "7"}, "metadata": {"run": 7},
    "refs": {"shopscript": {"contact_id": "55"}},
}  # fmt: skip
WHOLE = dict.fromkeys(("items.0.product_id", "items.0.variant_id", "items.1.product_id", "items.1.variant_id"))
OF_EVERY_CALL = {"Authorization", "access_token", "format"}
QUESTIONS = ("shop.order.search", "shop.order.getInfo", "shop.order.actions")


def everything(event_type="order.created"):
    return snapshot(WHOLE | EVERYTHING, event_type)


@cache
def calls():
    """Every kind of call that the adapter makes, each with all it can carry."""
    shop = Watched()
    for options in ({}, {"token_in": "form", "format": "xml"}):
        story = Story(options, shop)
        story.cast(everything())
        story.cast(everything("order.updated"))
        story.cast(action("order.noted"))
        story.cast(action("order.cancelled"))
        story.link = Link()
        asked = account(**options).questions
        filters = {name: "id/1" if name == "hash" else "1" for name in asked["orders"].filters}
        run(asked["orders"].ask("", filters, "0"), shop)
        run(asked["order"].ask("1", {}, None), shop)
    story = Story({"customer_address": True, "late_tracking": True})
    story.key = "shop-1001"
    story.cast(everything())
    hours = {"shipping_start_datetime": "2026-12-01 10:00:00", "shipping_end_datetime": "2026-12-01 12:00:00"}
    story.shop._orders.by_id[story.link.order_id]["params"] |= hours
    later = [{"tracking_number": "T1"}, {"tracking_number": "T2"}]
    story.cast(snapshot(WHOLE | EVERYTHING | {"shipments": later}, "order.updated"))
    return shop.calls + story.shop.calls


def sent(*methods: str) -> set[str]:
    """The fields of all calls of these methods, as the page names them, without those of every call."""
    chosen = [call for call in calls() if call.path.rpartition("/")[2] in methods]
    assert chosen
    return {_row(name) for call in chosen for name in _names(call)} - OF_EVERY_CALL


def _names(call: VendorCall) -> set[str]:
    header = {"Authorization"} & {name.title() for name in call.headers}
    return {name for name, _ in parse_qsl(call.query, keep_blank_values=True)} | set(form_of(call)) | header


def _row(name: str) -> str:
    """The row of a form's name, where it has none of its own: positions are n and m, the buyer's are attributes."""
    if name in table("shopscript", "The save"):
        return name
    name = re.sub(r"^items\[\d+\]", "items[n]", name)
    name = re.sub(r"\[services\]\[\d+\]", "[services][m]", name)
    name = re.sub(r"^params\[(?!ordercast_)\w+\]", "params[<attribute>]", name)
    return re.sub(r"^params\[ordercast_attribute_\w+\]", "params[ordercast_attribute_<attribute>]", name)


@pytest.mark.parametrize(
    ("heading", "methods"),
    [("The save", ("shop.order.save",)), ("The action", ("shop.order.action",)), ("The questions", QUESTIONS)],
)
def test_what_is_marked_sent_is_sent_and_nothing_else(heading, methods):
    rows = table("shopscript", heading)
    assert sent(*methods) == names(rows, "sent")
    assert names(rows, "sent") | names(rows, "not sent") == rows.keys()


def test_every_call_carries_its_token_and_its_format_and_nothing_else():
    rows = table("shopscript", "Every call")
    found = {name for call in calls() for name in _names(call)}
    assert {name for name in rows if name in found} == names(rows, "sent") == OF_EVERY_CALL
    assert names(rows, "sent") | names(rows, "not sent") == rows.keys()


def test_every_field_of_the_vendors_page_has_a_row():
    line = {
        f"items[n][{name}]"
        for name in ("sku_id", "quantity", "price", "total_discount", "stock_id", "virtual_stock_id", "item_id")
    }
    service = {
        f"items[n][services][m][{name}]"
        for name in ("item_id", "service_id", "service_variant_id", "price", "total_discount")
    }
    rows = table("shopscript", "The save").keys()
    assert {"id", "discount", "comment", "contact_id"} | line | service <= rows
    assert {name.partition("[")[0] for name in rows} >= {"customer", "shipping_address", "billing_address", "params"}
    assert "format" in table("shopscript", "Every call")
