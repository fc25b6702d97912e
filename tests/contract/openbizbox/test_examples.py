"""Every request of the page "Order" is one that we make, and one that the played shop takes as the page says."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from schemas.event import Cancellation, EventType, Invoice, Refund, RefundLine
from schemas.order import Address, Customer, Discount, Fee, Payment, Shipping, TaxLine
from tests.contract.openbizbox import page
from tests.contract.openbizbox.account import account, created
from tests.fakes.openbizbox_till import Till
from tests.fakes.snapshots import action, item, order, totals

QUARTER = Decimal("0.25")
LUDVIG = Address(address1="Dalbygade 40 A", postal_code="DK-6000", city="Kolding", country="DK")
ORDER = {
    "currency": "DKK",
    "status": "pending",
    "customer": Customer(email="user@openbizbox.com", first_name="Ludvig", last_name="Forbes", group="b2b"),
    "billing_address": LUDVIG,
}
WITH_LINES = {
    "status": "paid",
    "language": "da",
    "shipping_address": LUDVIG,
    "items": [item(1, variant_id="1001", quantity=Decimal(1))],
    "payment": Payment(method="cash", fee=Decimal(100), tax_rate=QUARTER),
    "shipping": Shipping(method="flat", price=Decimal(100), tax_class="3"),
    "discounts": [Discount(title="Coupon", amount=Decimal(50), tax_rate=QUARTER, tax_title="Another VAT")],
    "fees": [Fee(title="low order penalty", amount=Decimal(20))],
    "tax_lines": [TaxLine(title="Another VAT", rate=QUARTER, amount=Decimal("37.5"))],
    "totals": totals("217.5", items="10", shipping="100", fees="120", discount="50", tax="37.5"),
}
SETTINGS = {
    "currencies": {"DKK": "DNK"},
    "statuses": {"pending": 4, "paid": 5},
    "customer_types": {"b2b": 2},
}
FIRST, SECOND, THIRD = (item(n, variant_id=str(1000 + n)) for n in (1, 2, 3))
FLAT = Shipping(method="flat")
NOON = datetime(2012, 10, 1, 12, 15, tzinfo=UTC)


def php(example):
    """An example as PHP reads it, its numbers exact."""
    if isinstance(example, list):
        example = dict(enumerate(example))
    if isinstance(example, dict):
        return {int(key) if str(key).isdecimal() else key: php(value) for key, value in example.items()}
    return Decimal(str(example)) if isinstance(example, float) else example


def lacking(example, sent, path=""):
    """Every value of the example that is not in what was sent."""
    if isinstance(example, dict) and isinstance(sent, dict):
        return [one for key in example for one in lacking(example[key], sent.get(key), f"{path}.{key}")]
    return [] if example == sent else [f"{path}: {sent} for {example}"]


@pytest.mark.parametrize(
    ("example", "fields", "settings"),
    [
        pytest.param(page.CREATE, {"items": [FIRST]}, SETTINGS, id="an order"),
        pytest.param(page.CREATE_WITH_LINES, WITH_LINES, SETTINGS, id="an order with lines"),
        pytest.param(
            page.EXACT,
            {"number": "777", "placed_at": datetime(2012, 12, 12, 14, 14, tzinfo=UTC), "items": [FIRST]},
            {"order_id_offset": 0},
            id="an exact id and date",
        ),
    ],
)
def test_a_create_of_the_page_is_in_ours(example, fields, settings):
    assert lacking(php(example), created(order(**(ORDER | fields)), **settings)) == []


def edited(before, after):
    """The edit that turns an order of these items into one of those."""
    opened = account()
    link = opened.save(order(items=before, totals=totals(str(20 * len(before))), shipping=FLAT))
    sums = totals(f"{sum((line.quantity * line.unit_price for line in after), Decimal(0)):f}")
    opened.save(order(items=after, totals=sums, shipping=FLAT), link, EventType.UPDATED)
    return opened.last


@pytest.mark.parametrize(
    ("example", "before", "after"),
    [
        pytest.param(
            page.EDIT,
            [FIRST, SECOND, THIRD],
            [
                item(1, variant_id="1001", unit_price=Decimal(1200)),
                item(2, variant_id="1002", quantity=Decimal(33), weight=Decimal("0.33")),
                THIRD,
            ],
            id="two lines of three",
        ),
        pytest.param(page.REMOVE_ALL, [FIRST, SECOND], [item(1, quantity=Decimal(0))], id="all lines away"),
    ],
)
def test_an_edit_of_the_page_is_ours(example, before, after):
    sent = edited(before, after)
    assert (sent.method, sent.path, sent.body) == ("PUT", "/api/v2/orders/1001.json", php(example))


def test_the_pages_new_line_is_in_ours():
    added = item(3, variant_id="1001", unit_price=Decimal(100))
    sent = edited([FIRST, SECOND], [FIRST, SECOND, added])
    assert sent.body["lines"]["products"].keys() == {0, 1, 2}
    assert lacking(php(page.ADD), sent.body) == []


def test_the_pages_removal_is_ours():
    paid = Shipping(method="flat", price=Decimal(5))
    opened = account()
    link = opened.save(
        order(items=[FIRST, SECOND, THIRD], totals=totals("65", items="60", shipping="5"), shipping=paid)
    )
    opened.save(order(items=[SECOND, THIRD], totals=totals("40")), link, EventType.UPDATED)
    assert opened.last.body == php(page.REMOVE)


@pytest.mark.parametrize(
    ("kind", "part", "path", "body"),
    [
        pytest.param(EventType.INVOICED, Invoice(notify=True), "invoice", page.INVOICE, id="an invoice"),
        pytest.param(
            EventType.INVOICED,
            Invoice(number="444", notify=True, issued_at=NOON),
            "invoice",
            page.INVOICE_EXACT,
            id="an exact invoice",
        ),
        pytest.param(EventType.CANCELLED, Cancellation(), "refunds", None, id="a cancellation: an empty POST"),
        pytest.param(
            EventType.CANCELLED, Cancellation(restock=False), "refunds", page.NOT_RESTOCKED, id="without restocking"
        ),
    ],
)
def test_an_action_of_the_page_is_ours(kind, part, path, body):
    opened = account()
    of = order(items=[FIRST])
    link = opened.save(of)
    opened.deliver(action(kind, **{type(part).__name__.lower(): part}), link, of)
    [sent] = [sent for sent in opened.sent[1:] if sent.method == "POST"]
    assert (sent.path, sent.body) == (f"/api/v2/orders/1001/{path}.json", php(body))


def test_the_pages_refund_of_a_line_is_ours():
    opened = account()
    of = order(items=[item(1, variant_id="1001", unit_price=Decimal(1200))], totals=totals("2400"))
    link = opened.save(of)
    part = RefundLine(item_id="line-1", quantity=Decimal(1), amount=Decimal(1000))
    opened.deliver(action(EventType.REFUNDED, refund=Refund(lines=[part])), link, of)
    [sent] = [sent for sent in opened.sent[1:] if sent.method == "POST"]
    line = page.REFUND_LINE | {"order_line_id": int(link.line_ids["line-1"])}
    assert (sent.path, sent.body) == ("/api/v2/orders/1001/refunds.json", php({"lines": [line]}))


@pytest.fixture
def till():
    return Till()


@pytest.mark.parametrize(
    ("example", "order_id"),
    [(page.CREATE, 1001), (page.CREATE_WITH_LINES, 1001), (page.CREATE | page.EXACT, 777)],
    ids=["an order", "an order with lines", "an exact id and date"],
)
def test_the_shop_takes_each_create_of_the_page(till, example, order_id):
    status, shown = till.call("POST", "/api/v2/orders.json", example)
    assert (status, shown["id"], shown["status"]["id"]) == (201, order_id, example["status"])


def test_the_pages_lines_sum_up_in_the_shop(till):
    shown = till.call("POST", "/api/v2/orders.json", page.CREATE_WITH_LINES)[1]
    assert (shown["total"], shown["total_with_tax"], shown["discount_total"]) == (270, 337.5, -50)


@pytest.mark.parametrize(
    ("example", "held"),
    [
        (page.EDIT, [(1001, 1200, 1, 0), (1002, 2, 33, 0.33), (1003, 3, 1, 0)]),
        (page.REMOVE, [(1002, 2, 1, 0), (1003, 3, 1, 0)]),
        (page.REMOVE_ALL, []),
        (page.ADD, [(1001, 1, 1, 0), (1002, 2, 1, 0), (1003, 100, 1, 0)]),
    ],
    ids=["an edit", "a removal", "all away", "a third place that is taken"],
)
def test_the_shop_takes_each_edit_of_the_page(till, example, held):
    """The new line of the page is for an order of two: where there are three, it is an edit of the third."""
    three = [{"product_article_id": 1000 + n, "price": n} for n in (1, 2, 3)]
    shipping = {"title": "flat", "price": 9}
    made = till.create(lines={"products": three, "shipping": shipping})["id"]
    assert till.call("PUT", f"/api/v2/orders/{made}.json", example)[0] == 204
    shown = till.lines(made)
    names = ("variant_id", "price", "quantity", "weight")
    assert [tuple(line[name] for name in names) for line in shown["products"]] == held
    assert ("shipping" in shown) is (example is not page.REMOVE)


@pytest.mark.parametrize(
    ("path", "example"),
    [
        ("invoice", page.INVOICE),
        ("invoice", page.INVOICE_EXACT),
        ("refunds", None),
        ("refunds", page.NOT_RESTOCKED),
        ("refunds", {"lines": [page.REFUND_LINE | {"order_line_id": 74}]}),
        ("refunds", {"lines": [{"order_line_id": 74}]}),
    ],
    ids=["an invoice", "an exact invoice", "all", "without restocking", "a part of a line", "all of a line"],
)
def test_the_shop_takes_each_invoice_and_refund_of_the_page(till, path, example):
    made = till.create(lines={"products": [{"product_article_id": 1001, "price": 1200}]})["id"]
    assert till.call("POST", f"/api/v2/orders/{made}/{path}.json", example)[0] == 200
    assert till.shop.orders()[0]["moved"][0][0] == path.removesuffix("s")
