"""The examples of the vendor's page "Order" (goldenplanetdk/api-example, 2020-02-20), as test data."""

from __future__ import annotations

from typing import Any

LUDVIG = {"name": "Ludvig Forbes", "street": "Dalbygade 40 A", "zip": "DK-6000", "city": "Kolding", "country": "DNK"}
VAT = {"tax_rate": 0.25, "tax_title": "Another VAT"}

CREATE: dict[str, Any] = {
    "customer": {"email": "user@openbizbox.com", "name": "Ludvig Forbes"},
    "billing_address": LUDVIG,
    "status": 4,
    "currency": {"rate": 1, "code": "DNK"},
}
CREATE_WITH_LINES: dict[str, Any] = {
    "customer": {"email": "user@openbizbox.com", "name": "Ludvig Forbes", "customer_type_id": 2, "language": "da"},
    "billing_address": LUDVIG,
    "shipping_address": LUDVIG,
    "status": 5,
    "currency": {"rate": 1, "code": "DNK"},
    "lines": {
        "payment": {"title": "cash", "price": 100, **VAT},
        "shipping": {"title": "flat", "price": 100, "tax_class_id": 3},
        "products": [{"product_article_id": 1001}],
        "discounts": [{"title": "Coupon", "price": 50, **VAT}],
        "fees": [{"title": "low order penalty", "price": 20}],
    },
}
EXACT = {"id": 777, "created_at": "2012-12-12 14:14"}

EDIT = {"lines": {"products": [{"price": 1200}, {"weight": 0.33, "quantity": 33}, {}]}}
ADD = {"lines": {"products": [{}, {}, {"product_article_id": 1001, "price": 100}]}}
REMOVE = {"lines": {"products": {"1": {}, "2": {}}, "shipping": None}}
REMOVE_ALL = {"lines": {"products": {}}}

INVOICE = {"notify": True}
INVOICE_EXACT = {"id": 444, "notify": True, "created_at": "2012-10-01 12:15"}

NOT_RESTOCKED = {"restock": False}
REFUND_LINE = {"order_line_id": 16, "amount_with_tax": 1000, "quantity": 1}

_NEVER = "-0001-11-30T00:00:00+0100"
_DATES = {"created_at": _NEVER, "modified_at": _NEVER}
_DENMARK = {
    "country": {"id": "DNK", "title": "Denmark", "iso_code2": "DK", "iso_code3": "DNK"},
    "country_title": "Denmark",
}
_JANE = {
    "name": "Jane Roe",
    "street": "Foobar street, 123",
    "zip": "6660",
    "city": "Wonderlandburg",
    "company_name": "",
}


def _line(number: int, title: str, prices: tuple[float, float], rate: float, weight: float = 0) -> dict[str, Any]:
    return {
        "price_with_tax": prices[1],
        "order_line_id": number,
        "title": title,
        "quantity": 1,
        "price": prices[0],
        "tax_title": "",
        "tax_rate": rate,
        "weight": weight,
    }


def _product(line: dict[str, Any], product: int, variant: int, model: str, *attributes: Any) -> dict[str, Any]:
    own = {"product_id": product, "variant_id": variant, "model": model, "is_bundled": 1}
    return {**line, "attributes": list(attributes), **own}


ANSWER: dict[str, Any] = {
    "id": 1015,
    "total_with_tax": 2351.54,
    "total": 2317.79,
    "customer": {
        "id": 1511,
        "email": "janeroe@openbizbox.com",
        "name": "Jane Roe",
        "ean": "",
        "vat": "",
        "user_id": "",
        "language": "en",
        "customer_type_id": 1,
        "customer_type_title": "Private",
        **_DATES,
    },
    "currency": {"code": "DKK", "rate": 1},
    "extra_tracking": [],
    "shipping_address": {**_JANE, **_DENMARK, "state_title": "", **_DATES},
    "billing_address": {**_JANE, "phone": "", "mobile": "", **_DENMARK, **_DATES},
    "status": {
        "id": 4,
        "title": "Pending",
        "sort_order": 20,
        "is_cancelled": False,
        "is_default": True,
        "is_pre_payment": False,
    },
    "created_at": "2017-06-03T13:07:36+0200",
    "comment": "",
    "ip_address": "192.168.97.102",
    "lines": {
        "products": [
            _product(_line(74, "512MB miniSD", (150, 187.5), 0.25, 0.005), 14, 1014, "v512"),
            _product(_line(75, "Bob Marley - Is This Love", (0, 0), 0.25), 16, 1016, ""),
            _product(
                _line(76, "Nokia 7373", (2420, 2420), 0, 0.2),
                9,
                1023,
                "",
                {"id": 2, "title": "Color", "value": "Black"},
                {"id": 3, "title": "Battery", "value": "1200 mAh"},
            ),
        ],
        "discounts": [_line(78, "Customer Loyalty Discount", (-257, -260.75), 0.0146)],
        "payment": _line(79, "Payment Type Charge (1,45&nbsp;DKK + 0,10%)", (3.8, 3.8), 0),
        "shipping": _line(80, "Copy of Flat Rate", (0.99, 0.99), 0),
        "taxes": [{"title": "Taxes", "rate": 0, "amount": 33.75}],
    },
    "discount_total": -257,
    "discount_total_with_tax": -260.75,
    "subtotal": 2570,
    "subtotal_with_tax": 2607.5,
    "shipping_data": {"method": "flat1", "choices": "N;"},
    "payment_data": {"transaction_id": "46513332"},
}
