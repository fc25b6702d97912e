"""docs/fields/openbizbox.md says what is sent, both ways: no row too many, no field without a row."""

from __future__ import annotations

import re
from decimal import Decimal

import msgspec
import pytest

from schemas.event import Cancellation, EventType, Invoice, Refund, RefundLine
from schemas.order import Address, Customer, Discount, Fee, Payment, Shipping, TaxLine
from tests.contract.openbizbox import page
from tests.contract.openbizbox.account import account
from tests.fakes.fieldtable import names, table
from tests.fakes.snapshots import PLACED_AT, action, item, order, totals

QUARTER = Decimal("0.25")
TAXED = {"tax_rate": QUARTER}
ADDRESS = Address(
    first_name="Jane",
    last_name="Roe",
    company="Acme",
    address1="Dalbygade 40 A",
    address2="2. tv",
    city="Kolding",
    state="Syddanmark",
    postal_code="DK-6000",
    country="DK",
    phone="70209594",
)
EVERYTHING = {
    "status": "paid",
    "language": "da-DK",
    "comment": "Ring twice",
    "customer": Customer(
        id="C-1",
        email="jane@example.com",
        first_name="Jane",
        last_name="Roe",
        phone="1",
        group="b2b",
        tax_id="DK12345678",
        ip_address="192.0.2.1",
    ),
    "billing_address": ADDRESS,
    "shipping_address": ADDRESS,
    "items": [
        item(1, variant_id="1001", weight=Decimal("0.33"), variation={"size": "L"}, **TAXED),
        item(2, variant_id="1002", tax_class="3"),
    ],
    "payment": Payment(method="card", fee=Decimal(1), transaction_id="tx-1", gateway="pay", **TAXED),
    "discounts": [Discount(code="SPRING", amount=Decimal(5), **TAXED)],
    "fees": [Fee(title="Gift box", amount=Decimal(2), **TAXED)],
    "tax_lines": [TaxLine(title="Moms", rate=QUARTER, amount=Decimal(1))],
    "totals": totals("38", items="40", discount="5", fees="3"),
}
SHIPPING = [Shipping(method="flat", price=Decimal(5), **TAXED), Shipping(method="flat", tax_class="3")]
SETTINGS = {"order_id_offset": 50_000, "statuses": {"paid": 5, "shipped": 6}, "customer_types": {"b2b": 2}}


def places(tree, path=""):
    """Every field of a body by its dotted path, places of a list as ``[n]``."""
    if not isinstance(tree, dict):
        return {path}
    found = set()
    for name, inner in tree.items():
        step = "[n]" if isinstance(name, int) else f".{name}" if path else name
        found |= places(inner, path + step)
    return found


def query(path):
    return {f"?{name}" for name in re.findall(r"[?&]([^=]+)=", path)}


@pytest.fixture(scope="module")
def opened():
    """An account that has made two orders with everything, edited one, and done to them all that can be done."""
    opened = account(**SETTINGS)
    for number, shipping in enumerate(SHIPPING, 1001):
        of = order(number=str(number), shipping=shipping, **EVERYTHING)
        link = opened.save(of)
    later = {"status": "shipped", "items": [*of.items, item(3, variant_id="1003", **TAXED)], "comment": "Ring thrice"}
    of = order(number="1002", shipping=None, **(EVERYTHING | later))
    link = opened.save(of, link, EventType.UPDATED)
    part = RefundLine(item_id="line-1", quantity=Decimal(1), amount=Decimal(1))
    for kind, parts in (
        (EventType.INVOICED, {"invoice": Invoice(number="444", issued_at=PLACED_AT, notify=True)}),
        (EventType.REFUNDED, {"refund": Refund(lines=[part])}),
        (EventType.CANCELLED, {"cancellation": Cancellation(restock=False)}),
    ):
        opened.deliver(msgspec.structs.replace(action(kind, **parts), subject="1002"), link, of)
    return opened


def sent_to_orders(opened):
    saves = [sent for sent in opened.sent if re.fullmatch(r"/api/v2/orders(/\d+)?\.json(\?.*)?", sent.path)]
    assert {sent.method for sent in saves} == {"POST", "PUT"}
    return {place for sent in saves for place in places(sent.body) | query(sent.path)} - {"lines.shipping"}


def sent_below_orders(opened):
    """The fields of every refund and invoice."""
    found = set()
    for sent in opened.sent:
        if act := re.search(r"/(refunds|invoice)\.json", sent.path):
            found |= {f"{act[1]}: {place}" for place in places(sent.body) | query(sent.path)}
    return found


def test_what_is_marked_sent_of_an_order_is_sent_and_nothing_else(opened):
    rows = table("openbizbox", "The order")
    assert sent_to_orders(opened) == names(rows, "sent")
    assert names(rows, "sent") | names(rows, "not sent") == rows.keys()


def test_what_is_marked_sent_of_refunds_and_invoices_is_sent_and_nothing_else(opened):
    rows = table("openbizbox", "Refunds and invoices")
    assert sent_below_orders(opened) == names(rows, "sent")
    assert names(rows, "sent") | names(rows, "not sent") == rows.keys()


def keyed(example):
    """An example of the page with its lists as maps of places."""
    if isinstance(example, list):
        return {n: keyed(one) for n, one in enumerate(example)}
    return {name: keyed(one) for name, one in example.items()} if isinstance(example, dict) else example


def test_every_field_that_the_page_requests_has_a_row():
    asked = [page.CREATE, page.CREATE_WITH_LINES, page.EXACT, page.EDIT, page.ADD]
    fields = {place for example in asked for place in places(keyed(example))}
    assert fields <= table("openbizbox", "The order").keys()
    acts = {f"invoice: {name}" for name in page.INVOICE_EXACT} | {f"refunds: {name}" for name in page.NOT_RESTOCKED}
    acts |= {f"refunds: lines[n].{name}" for name in page.REFUND_LINE}
    assert acts <= table("openbizbox", "Refunds and invoices").keys()


def test_every_part_of_a_buyer_that_an_answer_shows_has_a_row():
    """What could be mistaken for a field of a request: all but what the shop computes, names or dates itself."""
    own = {"id", "customer_type_title", "country_title", "created_at", "modified_at"}
    shown = {
        f"{part}.{name}"
        for part in ("customer", "billing_address", "shipping_address")
        for name in page.ANSWER[part]
        if name not in own
    }
    shown |= {
        "comment",
        "ip_address",
        "extra_tracking",
        "shipping_data",
        "payment_data",
        "currency.code",
        "currency.rate",
    }
    assert shown <= table("openbizbox", "The order").keys()
