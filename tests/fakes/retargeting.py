"""An account at Retargeting, what its order/save page shows, and what the adapter sends of an order."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from schemas.config import Secret
from schemas.order import Address, Customer, Discount, Order
from schemas.outcome import Outcome
from schemas.providers.retargeting import RetargetingOptions
from tests.fakes.snapshots import item, job, order, snapshot, totals
from tests.fakes.wire import converse, open_account, reply
from worker.providers.base import Provider, Reply
from worker.providers.retargeting import Retargeting

OK = b'{"version":"1.0","status":200,"message":"OK","data":{"success":true}}'
EXISTS = b'{"version":"1.0","status":200,"message":"OK","data":{"error":"Order number exists"}}'
UNAUTHORIZED = b'{"version":"1.0","status":"401","message":"Unauthorized","error":"Invalid Authentication Data"}'
BAD = b'{"version":"1.0","status":"400","message":"Bad Request","error":"Invalid Product ID"}'
"""The page's "Response Example", and the shape of a 400 in ``products-api.md`` of retargeting/docs (2021-05-20)."""

# Source: serialize of PHP 8.2 of the same values (providers.md 1)
SERIAL_OK = (
    b'a:4:{s:7:"version";s:3:"1.0";s:6:"status";i:200;s:7:"message";s:2:"OK";s:4:"data";a:1:{s:7:"success";b:1;}}'
)
SERIAL_EXISTS = b'a:4:{s:7:"version";s:3:"1.0";s:6:"status";i:200;s:7:"message";s:2:"OK";s:4:"data";a:1:{s:5:"error";s:19:"Order number exists";}}'
SERIAL_401 = b'a:4:{s:7:"version";s:3:"1.0";s:6:"status";s:3:"401";s:7:"message";s:12:"Unauthorized";s:5:"error";s:27:"Invalid Authentication Data";}'

_LINES = (("307", 5, 500, ""), ("105", 1, 150, "42-B"), ("105", 2, 150, "42-W"), ("48", 10, 85, "M"))


def example(city: str, street: str) -> Order:
    """The order of the page's "Request Example" as we have it; only place and street differ between its two."""
    return order(
        number="235",
        customer=Customer(first_name="John", last_name="Doe", email="johndoe@mail.com", phone="0722444444"),
        billing_address=Address(address1=street, city=city, state="United Kingdom"),
        items=[
            item(n, product_id=i, quantity=Decimal(q), unit_price=Decimal(p), variation_code=code or None)
            for n, (i, q, p, code) in enumerate(_LINES)
        ],
        discounts=[Discount(code="EEE30PR", amount=Decimal(50))],
        totals=totals("3800", discount="50", shipping="10"),
    )


EXAMPLES = {
    "json": example("Londone", "Tottenham Street, no. 11"),
    "serial": example("London", "Tottenham Street, no. 2"),
}


def example_arguments(city: str, street: str) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """The two arguments of the page's call, each number as the text that a form makes of it."""
    of = {
        "order_no": "235", "lastname": "Doe", "firstname": "John", "email": "johndoe@mail.com", "phone": "0722444444",
        "state": "United Kingdom", "city": city, "address": street, "discount_code": ["EEE30PR"], "discount": "50",
        "shipping": "10", "rebates": "0", "fees": "0", "total": "3800",
    }  # fmt: skip
    lines = [{"id": i, "quantity": str(q), "price": str(p), "variation_code": code} for i, q, p, code in _LINES]
    return of, lines


ARGUMENTS = {
    "json": example_arguments("Londone", "Tottenham Street, no. 11"),
    "serial": example_arguments("London", "Tottenham Street, no. 2"),
}


def account(*, currency: str | None = None, key: str = "K", **options: Any) -> Provider:
    return open_account(Retargeting, RetargetingOptions(api_key=Secret(key), **options), currency=currency)


def sent(of: Order, **options: Any) -> list[tuple[str, str]]:
    """Every name and text of the form that this order is saved with, in its order."""
    requests, _ = converse(account(**options).operation(job(snapshot(of))).converse(), reply(200, OK))
    return parse_qsl(requests[0].body.decode(), keep_blank_values=True, strict_parsing=True)


def outcome_of(answer: Reply, **options: Any) -> Outcome:
    return converse(account(**options).operation(job()).converse(), answer)[1]
