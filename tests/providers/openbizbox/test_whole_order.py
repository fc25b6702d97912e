"""OpenBizBox: an order with all that the page's examples have, as it is sent: created, and edited from an older one."""

from decimal import Decimal

from schemas.delivery import Link
from schemas.order import Address, Customer, Discount, Payment, Shipping, TaxLine
from tests.fakes.openbizbox import MARK, body, calls_of, held, save
from tests.fakes.snapshots import item, order, totals
from tests.fakes.wire import reply

SETTINGS = {"order_id_offset": 50_000, "statuses": {"paid": 5}, "timezone": "Europe/Copenhagen"}
QUARTER = Decimal("0.25")
ORDER = order(
    number="1001",
    currency="DKK",
    status="paid",
    language="da",
    comment="Ring twice",
    customer=Customer(email="jane@example.com", first_name="Jane", last_name="Roe"),
    billing_address=Address(address1="Dalbygade 40 A", city="Kolding", postal_code="6000", country="DK", phone="7"),
    items=[
        item(1, variant_id="1001", tax_rate=QUARTER),
        item(2, variant_id="1002", tax_rate=QUARTER, weight=Decimal("0.33")),
    ],
    shipping=Shipping(method="flat", title="Flat", price=Decimal(8)),
    payment=Payment(method="card", title="Card"),
    discounts=[Discount(code="SPRING", amount=Decimal(4))],
    tax_lines=[TaxLine(title="Moms", rate=QUARTER, amount=Decimal(11))],
    totals=totals("55", items="40", shipping="8", discount="4", tax="11"),
)
MOMS = {"tax_rate": 0.25, "tax_title": "Moms"}
SECTIONS = {
    "customer": {"email": "jane@example.com", "name": "Jane Roe", "language": "da"},
    "billing_address": {
        "name": "Jane Roe",
        "street": "Dalbygade 40 A",
        "zip": "6000",
        "city": "Kolding",
        "country": "DNK",
        "phone": "7",
    },
    "currency": {"code": "DKK", "rate": 1},
    "status": 5,
}
EXTRAS = {
    "payment": {"title": "Card", "price": 0, **MOMS},
    "shipping": {"title": "Flat", "price": 8, **MOMS},
    "discounts": [{"title": "SPRING", "price": 4, **MOMS}],
}
SECOND = {"product_article_id": 1002, "price": 10, "quantity": 2, "weight": 0.33, **MOMS}


def test_a_new_order_has_the_id_and_the_time_of_our_choice_and_every_line():
    requests, _ = save(reply(500), reply(404), of=ORDER, **SETTINGS)
    assert calls_of(requests[:1]) == ["POST /api/v2/orders.json"]
    assert requests[0].headers["Content-Type"] == "application/json; charset=utf-8"
    assert body(requests[0]) == {
        "id": 51001,
        "created_at": "2026-11-21 10:30",
        **SECTIONS,
        "comment": f"Ring twice\n{MARK}",
        "lines": {**EXTRAS, "products": [{"product_article_id": 1001, "price": 10, "quantity": 2, **MOMS}, SECOND]},
    }


def test_an_older_order_is_edited_where_it_differs():
    """It still has a line that we dropped, another price and status, and no second line of ours."""
    gone = {"order_line_id": 75, "variant_id": 9, "quantity": 1, "price": 5, "price_with_tax": 5, "tax_rate": 0}
    line = {"order_line_id": 74, "variant_id": 1001, "quantity": 1, "price": 10, "tax_rate": 0.25}
    older = held(id=51001, lines={"products": [gone, line], "shipping": {"title": "Flat", "price": 8}})
    link = Link(order_id="51001", line_ids={"line-1": "74", "line-9": "75"})
    requests, _ = save(reply(body=older), reply(500), of=ORDER, link=link, **SETTINGS)
    assert calls_of(requests[1:]) == ["PUT /api/v2/orders/51001.json"]
    assert body(requests[1]) == {
        **SECTIONS,
        "comment": f"Ring twice\n{MARK}",
        "lines": {**EXTRAS, "products": {"1": {"quantity": 2}, "2": SECOND}},
    }
