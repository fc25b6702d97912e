"""docs/fields/orderdesk.md is true both ways: held against every request of a story in which all there is is sent."""

import json
import re
from collections import defaultdict
from pathlib import Path

import pytest

from schemas.outcome import OutcomeKind
from tests.contract.orderdesk import documented
from tests.contract.orderdesk.desk import action, open_desk, snapshot

PAGE = Path(__file__).parents[3] / "docs/fields/orderdesk.md"
ROW = re.compile(r"\| `([^`]+)` \| (yes|back|no) \| (\S.*) \|")
MAPS = ("checkout_data", "order_metadata", "order_items.variation_list", "order_items.metadata")

ADDRESS = {name: name[:2] for name in (*documented.JIMMY, "phone")} | {"country": "US"}
RETURN = {name: name[:2] for name in documented.RETURN_ADDRESS} | {"country": "US"}
EVERYTHING = {
    "status": "shipped",
    "comment": "Ring twice",
    "customer.id": "7",
    "customer.ip_address": "192.0.2.7",
    "billing_address": ADDRESS,
    "shipping_address": ADDRESS,
    "return_address": RETURN,
    "shipping": {"title": "Ground"},
    "payment": {
        "title": "Visa",
        "status": "captured",
        "card_last4": "4242",
        "card_expiry": "02/2030",
        "balance": "24.50",
        "gateway": "Stripe",
        "transaction_id": "t1",
    },
    "discounts": [{"title": "Loyal", "code": "L", "amount": "1"}],
    "notes": [{"text": "Called", "author": "Kim"}],
    "attributes": {"Gift": "yes"},
    "metadata": {"risk": 0},
    "items.0.sku": "mug",
    "items.0.weight": "1",
    "items.0.delivery_type": "ship",
    "items.0.category": "cups",
    "items.0.variation": {"Size": "L"},
    "items.0.metadata": {"image": "u"},
    "shipments": [
        {
            "tracking_number": "1Z",
            "carrier": "UPS",
            "method": "Ground",
            "weight": "1",
            "cost": "2",
            "tracking_url": "https://example.com/1Z",
            "shipped_at": "2026-11-20T12:00:00Z",
        }
    ],
    "totals.grand": "24.50",
}
PLACES = {"order-history": "order-history.", "move-orders": "move-orders.", "shipments": "shipments."}
PLACES |= {"order-items": "order_items."}


def fields_of(tree, prefix=""):
    """Every field of a tree by its path, with all its values; what a free map holds is one field."""
    found = defaultdict(list)
    for name, value in tree.items():
        path = f"{prefix}{name}"
        parts = value if isinstance(value, list) and value and isinstance(value[0], dict) else [value]
        for part in parts:
            if path in MAPS:
                found[f"{path}.*"].append(part or {})
            elif isinstance(part, dict) and part:
                for below, values in fields_of(part, f"{path}.").items():
                    found[below] += values
            else:
                found[path].append(part)
    return found


@pytest.fixture(scope="module")
def sent():
    """What all requests of a whole story have, and of that what is not merely sent back as it was read."""
    desk = open_desk(source_name="FoxyCart", folders={"shipped": 21656, "cancelled": 21657})
    grown = EVERYTHING | {"items.2": {"id": "3", "name": "Spoon", "quantity": "1", "unit_price": "1"}}
    events = [
        snapshot(EVERYTHING),
        snapshot(grown | {"totals.grand": "25.50"}, "order.updated"),
        *(action(f"order.{verb}") for verb in ("noted", "invoiced", "refunded", "cancelled", "deleted")),
    ]
    for event in events:
        assert desk.cast(event).kind is OutcomeKind.ACCEPTED
    everything, ours = set(), set()
    for request, before in zip(desk.requests, desk.before, strict=True):
        prefix = PLACES.get(request.path.rpartition("/")[2], "")
        fields = fields_of(json.loads(request.body), prefix) if request.body else {}
        held = fields_of(before[0]) if request.method == "PUT" else {}
        everything |= fields.keys()
        ours |= {path for path, values in fields.items() if values != held.get(path)}
    return everything, ours


def rows():
    return {field: (mark, told) for field, mark, told in ROW.findall(PAGE.read_text())}


def marked(mark):
    return {field for field, (held, _) in rows().items() if held == mark}


def test_every_row_of_a_field_is_read_once():
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    assert len(lines) == len(rows())


def test_every_documented_field_has_a_row():
    shown = fields_of(documented.PROPERTIES)
    shipments = {path.replace("order_shipments", "shipments") for path in shown if path.startswith("order_shipments.")}
    order = {path for path in shown if not path.startswith("order_shipments.")}
    assert rows().keys() >= order | shipments | {"cc_number", "order_shipments"}


def test_fields_marked_yes_are_those_that_we_decide(sent):
    _, ours = sent
    assert marked("yes") == ours


def test_fields_marked_back_are_sent_only_as_they_were_read(sent):
    everything, ours = sent
    assert marked("back") == everything - ours


def test_fields_marked_no_are_in_no_request(sent):
    everything, _ = sent
    assert not marked("no") & everything
