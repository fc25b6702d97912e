"""The played OpenBizBox: whatever it is sent, it answers, and stays readable."""

import json
from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.examples import examples
from tests.fakes.openbizbox_till import Till, three

VAT = {"tax_rate": 0.25, "tax_title": "VAT"}
ADDRESS = {"name": "A", "street": "B", "zip": "C", "city": "D", "country": "DNK", "company_name": "E", "phone": "F"}
BODIES = {
    "orders": {
        "id": 5,
        "created_at": "2012-12-12 14:14",
        "customer": {"email": "a@b.c", "name": "A", "customer_type_id": 2, "language": "da", "original_customer": 1500},
        "billing_address": ADDRESS,
        "shipping_address": ADDRESS,
        "status": 4,
        "currency": {"rate": 1, "code": "DKK"},
        "comment": "Ring",
        "lines": {
            "payment": {"title": "cash", "price": 1, **VAT},
            "shipping": {"title": "flat", "price": 1, "tax_class_id": 3},
            "products": [{"product_article_id": 1001, "price": 1, "quantity": 1, "weight": 1, **VAT}, {}],
            "discounts": [{"title": "Coupon", "price": 1, **VAT}],
            "fees": {"0": {"title": "Box", "price": 1}},
        },
    },
    "orders/1001/refunds": {"restock": False, "lines": [{"order_line_id": 74, "amount_with_tax": 0.5, "quantity": 1}]},
    "orders/1001/invoice": {"id": 444, "notify": True, "created_at": "2012-10-01 12:15"},
    "products/mapping": {"models": ["v512"]},
}
LEAVES = st.sampled_from([None, True, 0, 1, -1, 10**30, 0.5, 1e300, "", "0", "74", "DNK", "1e99", "NaN", "\0", "&<"])
TREES = st.recursive(LEAVES, lambda below: st.lists(below, max_size=2) | st.dictionaries(LEAVES.map(str), below))


def places(tree):
    """Every way down into a body."""
    steps = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [(), *((step, *rest) for step, inner in steps for rest in places(inner))]


def put(tree, place, value):
    if not place:
        return value
    tree = deepcopy(tree)
    inner = tree
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    return tree


@pytest.mark.parametrize("what", BODIES)
@settings(max_examples=examples(60), deadline=None)
@given(st.data())
def test_whatever_is_sent_is_answered_and_orders_stay_readable(what, data):
    till = Till()
    three(till)
    body = put(BODIES[what], data.draw(st.sampled_from(places(BODIES[what]))), data.draw(TREES))
    version = "v3" if what == "products/mapping" else "v2"
    assert till.call("POST", f"/api/{version}/{what}.json", body)[0] in {200, 201, 400}
    if what == "orders":
        assert till.call("PUT", "/api/v2/orders/1001.json", body)[0] in {204, 400}
    assert till.call("GET", "/api/v2/orders/1001.json")[0] == 200
    assert till.search("email=like=*")[0] == 200
    assert json.dumps(till.shop.orders())
