"""The page's "Response example": read by us to the last value, and answered by the played shop in every field."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal

import pytest

from schemas.providers.openbizbox import read_instant, read_json, read_order
from tests.contract.openbizbox import page
from tests.fakes.openbizbox_till import Till

JANE = {"name": "Jane Roe", "street": "Foobar street, 123", "zip": "6660", "city": "Wonderlandburg", "country": "DNK"}
REQUEST = {
    "id": 1015,
    "created_at": "2017-06-03 13:07",
    "customer": {"email": "janeroe@openbizbox.com", "name": "Jane Roe"},
    "billing_address": JANE,
    "status": 4,
    "currency": {"code": "DNK", "rate": 1},
    "lines": {
        "products": [
            {"product_article_id": 1014, "price": 150, "tax_rate": 0.25, "weight": 0.005},
            {"product_article_id": 1016, "price": 0, "tax_rate": 0.25},
            {"product_article_id": 1023, "price": 2420, "tax_rate": 0, "weight": 0.2},
        ],
        "discounts": [{"title": "Customer Loyalty Discount", "price": 257, "tax_rate": 0.0146}],
        "payment": {
            "title": "Payment Type Charge (1,45\N{NO-BREAK SPACE}DKK + 0,10%)",
            "price": 3.8,
            "tax_rate": 0,
        },
        "shipping": {"title": "Copy of Flat Rate", "price": 0.99, "tax_rate": 0},
    },
}
"""A request that makes the order of the page's answer."""

THE_SHOPS_OWN = {
    "customer.id",  # a number of the shop's
    "ip_address",  # of the buyer's browser: the API has none
    "shipping_data.method",  # a module of the shop's
    *(f"lines.{name}.order_line_id" for name in ("discounts.0", "payment", "shipping")),  # the page has no 77
}
THE_CATALOGUES = {"title", "attributes", "product_id"}
"""What a played shop without a catalogue cannot know of a product."""


@pytest.fixture(scope="module")
def shown():
    """The order of the page, as the played shop answers it."""
    till = Till(models={"v512": 1014}, timezone="Europe/Copenhagen")
    till.create(**REQUEST)
    till.shop.authorize(1015, "46513332")
    return till.call("GET", "/api/v2/orders/1015.json")[1]


@pytest.fixture(scope="module")
def read():
    """The page's answer, as we read it."""
    return read_order(read_json(json.dumps(page.ANSWER).encode()))


def leaves(tree, path=""):
    """Every value by its dotted path; an empty list is one."""
    if isinstance(tree, dict):
        return {key: value for name in tree for key, value in leaves(tree[name], f"{path}.{name}").items()}
    if isinstance(tree, list) and tree:
        return {key: value for n, one in enumerate(tree) for key, value in leaves(one, f"{path}.{n}").items()}
    return {path.removeprefix("."): tree}


def differing(shown):
    """Paths of the page whose values are others in what the shop shows, but for what only a real shop knows."""
    theirs, ours = leaves(page.ANSWER), leaves(shown)
    return {
        path
        for path in theirs.keys() | ours.keys()
        if theirs.get(path, "-") != ours.get(path, "-")
        and path not in THE_SHOPS_OWN
        and not (path.startswith("lines.products.") and path.split(".")[3] in THE_CATALOGUES)
    }


def test_the_played_shop_answers_what_the_page_shows(shown):
    """All but the second of its making, which cannot be asked for."""
    assert differing(shown) == {"created_at"}
    assert shown["created_at"] == "2017-06-03T13:07:00+0200"


def test_the_played_shop_has_every_field_of_the_page_and_no_other(shown):
    def names(tree):
        return {name for path in leaves(tree) for name in path.split(".") if not name.isdecimal()}

    assert names(page.ANSWER) - names(shown) == {"value"}  # of an attribute, beside its id and title
    assert names(shown) <= names(page.ANSWER)


def test_an_answer_is_read_as_the_order_that_it_is(read):
    assert (read.id, read.customer_id, read.email, read.currency) == ("1015", "1511", "janeroe@openbizbox.com", "DKK")
    assert (read.total, read.total_with_tax) == (Decimal("2317.79"), Decimal("2351.54"))
    assert (read.comment, read.whole) == ("", True)
    assert read.created_at == datetime.fromisoformat("2017-06-03T13:07:36+02:00")


def test_objects_of_an_answer_are_read_as_the_ids_of_a_request(read):
    """Quirk 2."""
    assert (read.sections["status"], read.sections["billing_address"]["country"]) == (4, "DNK")
    assert read.sections["customer"]["name"] == "Jane Roe"


def test_the_products_of_an_answer_are_read(read):
    lines = [(line.id, line.article, line.model, line.quantity, line.price, line.weight) for line in read.products]
    assert lines == [
        ("74", 1014, "v512", 1, 150, Decimal("0.005")),
        ("75", 1016, "", 1, 0, 0),
        ("76", 1023, "", 1, 2420, Decimal("0.2")),
    ]
    assert [(line.price_with_tax, line.tax_rate) for line in read.products] == [
        (Decimal("187.5"), Decimal("0.25")),
        (0, Decimal("0.25")),
        (2420, 0),
    ]


def test_a_discount_of_an_answer_is_read_as_positive(read):
    """Quirk 5."""
    [line] = read.discounts
    assert (line.id, line.title, line.price, line.price_with_tax, line.tax_rate) == (
        "78",
        "Customer Loyalty Discount",
        257,
        Decimal("260.75"),
        Decimal("0.0146"),
    )


def test_single_lines_of_an_answer_are_read_without_their_entities(read):
    """Quirk 8."""
    assert (read.payment.title, read.payment.price) == (
        "Payment Type Charge (1,45\N{NO-BREAK SPACE}DKK + 0,10%)",
        Decimal("3.8"),
    )
    assert (read.shipping.title, read.shipping.price, read.fees) == ("Copy of Flat Rate", Decimal("0.99"), [])


@pytest.mark.parametrize("part", ["customer", "billing_address", "shipping_address"])
def test_a_date_that_is_none_is_read_as_none(part):
    """Quirk 7."""
    assert read_instant(page.ANSWER[part]["created_at"]) is None


def test_the_played_shops_answer_is_read_like_the_pages(read, shown):
    """All but the numbers of lines and the second, which are the shop's own."""
    other = read_order(read_json(json.dumps(shown).encode()))
    for name in ("products", "discounts", "fees"):
        assert [_told(line) for line in getattr(other, name)] == [_told(line) for line in getattr(read, name)]
    assert (other.total, other.total_with_tax, other.sections["status"]) == (read.total, read.total_with_tax, 4)


def _told(line):
    return (line.article, line.model, line.quantity, line.price, line.price_with_tax, line.tax_rate, line.weight)
