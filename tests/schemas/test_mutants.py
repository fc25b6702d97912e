"""Events with one thing changed: the loader and the JSON Schema take the same ones, and refuse the same ones.

The right verdicts are written by hand, after what "Repairs and remarks" of the canonical event says.
"""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from schemas.fault import InvalidEvent
from schemas.json_schema import event_json_schema
from schemas.loading import load_event
from tests.fakes.bodies import LEFT_OUT, NOW, event_body

VALIDATOR = Draft202012Validator(event_json_schema())
ITEM = {"id": "9", "name": "Cup", "quantity": "1", "unit_price": "1"}

OF_ATTRIBUTES: list[tuple[str, list[Any], list[Any]]] = [
    ("specversion", ["1.0"], ["0.3", 1.0, None, "", LEFT_OUT]),
    ("id", ["e:1/2", 7, 7.0, "x" * 128], ["", "a b", "e\n", "é", "x" * 129, 7.5, True, None, LEFT_OUT]),
    ("source", ["a", "https://shop.example/1"], ["", "shop?", "shop/ä", "s\n", "s" * 129, LEFT_OUT]),
    ("type", ["order.updated"], ["order.lost", "order.created\n", "", None, ["order.created"], LEFT_OUT]),
    ("time", ["2026-11-21t09:30:00.1234567z", "2026-11-21T09:30:00-23:59", "2024-02-29T00:00:00Z"], []),
    ("time", [], ["2026-11-21T09:30:00", "2026-11-21 09:30:00Z", "2026-11-21", "2026-11-21T09:30:00Z\n", 1763717400]),
    ("time", [], ["2026-02-29T09:30:00Z", "1900-02-29T00:00:00Z", "2026-04-31T09:30:00Z", "2026-13-01T09:30:00Z"]),
    ("time", [], ["2026-11-00T09:30:00Z", "2026-11-21T24:00:00Z", "2026-11-21T09:60:00Z", "2016-12-31T23:59:60Z"]),
    ("time", [], ["2026-11-21T09:30:00+05:60", "2026-11-21T09:30:00+24:00", "0000-01-01T00:00:00Z", "", None]),
    ("revision", [0, 3.0, 2**53 - 1, None, "", " "], [-1, 1.5, 2**53, True, "3", "x"]),
    ("test", [True, False, None, ""], ["yes", 1, 0]),
    ("tenant", ["a", "", 7, -1.5, True, None, "a\x07b", "\ud800", 2**53, 1e300], [{}, ["a"]]),
    ("traceparent", ["00-a-b-01", "", None], [7, True, {}]),
    ("dataschema", ["https://shop.example/x", "x", "", None, 7], [{}, []]),
    ("trace_parent", [], ["x", None]),
    ("tenant\n", [], ["x"]),
    ("Tenant", [], ["x"]),
    ("data", [], [{}, [], "", None, LEFT_OUT, {"note": {"text": "x"}}]),
]
OF_ORDERS: list[tuple[str, list[Any], list[Any]]] = [
    ("currency", ["JPY", "HRK", "SLL"], ["EURO", "eur", "XXX", "JEP", "", None, LEFT_OUT]),
    ("placed_at", ["2026-11-21T09:30:00+05:30"], ["2026-11-21 09:30:00", "0000-00-00", "", None, LEFT_OUT]),
    ("updated_at", ["soon", "0000-00-00 00:00:00", "", None, False, 7, "2026-11-21T09:30:00+05:60"], [{}, []]),
    ("status", ["paid", "", None], ["lost", "Paid", 1]),
    ("language", ["da", "en_US", "English!", "", None, 1], [["da"], {}]),
    ("comment", ["a\r\nb", "\x07", "", None, "\ufeff"], [7, True, []]),
    ("tags", [[], ["a", ""], [None], None, ["\x07"]], ["a", {}, [7], [[]]]),
    ("exchange_rate", ["7.4605", 7.46, "", None, 20 / 3], ["0", "0.00", 0, "-1", "1e3", "0.12345678901"]),
    ("shoe_size", [], ["42", None]),
    ("customer", [None, {}, [], {"company": " "}, {"email": ""}, LEFT_OUT], [[None], "Ida", {"shoe_size": None}]),
    ("customer.email", ["ida", "a@b", "", False, None, 7], [{}, ["a@b"]]),
    ("customer.birthday", ["1988-02-30", "", "1988-04-17", 1988], [{}]),
    ("customer.id", ["", 7, -7, 7.0, None], [7.5, True, {}]),
    ("customer.marketing_consent", [True, None, " "], ["yes", 1]),
    ("billing_address", [{"country": "DNK"}, {"country": 1}, {"postal_code": 2100}, {}, [], None], [{"zip": "1"}]),
    ("items", [[], None, "", LEFT_OUT, [ITEM]], [{}, "x", [None], [{}], [ITEM | {"id": " "}], [[]]]),
    ("items.0.id", ["a", 3, "\u00a0a"], ["", " ", "\x07", "\ufeff", "\u00a0", 2.5, True, None, LEFT_OUT]),
    ("items.0.name", ["\x07a", " a "], ["", "\x07", "\ufeff", "\u2003", 7, None, LEFT_OUT]),
    (
        "items.0.quantity",
        ["0", 0, "0.0", "1.000000", 1.5, "7.0000000"],
        ["1.0000001", "-1", "", None, "1\n", "٣", True],
    ),
    ("items.0.unit_price", ["0.12345678910", 20 / 3, "00.5", 1e-7], ["0.12345678901", "1e3", "-1", "+1", "1,5", ".5"]),
    ("items.0.weight", ["1000000000000.00", 10**12, "", None], ["1000000000000.1", 10**12 + 1, "1.5\n", " 1.5"]),
    ("items.0.tax_rate", ["1.000", "0.25", 0.25, "", None], ["25", 25, "1.01", "0.1234567", "-0.1", "1\n"]),
    ("items.0.delivery_type", ["download", "", None], ["pigeon", 1]),
    (
        "items.0.variation",
        [{"Size": 42}, {"Size": None, "C": ""}, {}, [], None],
        [{"": "x"}, {"Size": 4.5}, [[]], {"Size": []}, {" ": "x"}],
    ),
    (
        "items.0.metadata",
        [{"a": None}, {"a": 1.5}, {"a": "\x07"}, {"a\x07": "b"}, {"a": 10**20}, []],
        [{"a": []}, {"\x07": 1}],
    ),
    ("items.0.services", [[], None, ""], [[{}], [None], [{"price": "1"}]]),
    ("shipping", [{"title": ""}, {}, None, {"pickup_point": {"id": None}}, []], [{"price": "x"}, "Post"]),
    ("shipping.pickup_point", [[], {}, None], [[{}], [[]]]),
    ("payment", [{"card_last4": "42"}, {"card_expiry": "13/28"}, {"status": ""}, []], [{"status": "Captured"}, [7]]),
    ("fees", [[{"title": "Tip", "amount": "-1"}], None], [[{"amount": "1"}], [{"title": "", "amount": "1"}], "x"]),
    (
        "totals",
        [{"grand": "25.501234567891234"}, {"grand": 25.5, "tax": ""}],
        [{}, [], None, {"grand": "-1"}, {"grand": ""}],
    ),
    ("shipments", [[{"tracking_number": 7}]], [[{"tracking_number": ""}], [{"tracking_number": "1", "lines": [{}]}]]),
    (
        "attributes",
        [{"a": 7}, {"a": ""}, {"a": None}, []],
        [{"a": True}, {"a": {}}, {"a": []}, ["a"], {"": None}, {"": "x"}, {"\ufeff": "x"}],
    ),
    ("refs", [{"desk": {}}, {"desk": None}, {"desk": {"order_id": 7}}], [{"desk": {"id": "1"}}, {"desk": ""}]),
    ("refs", [[], {"desk": []}, {"desk": {"line_ids": []}}], [{"": []}, {"desk": [[]]}, {"desk": {"line_ids": [1]}}]),
]
OF_ACTIONS: list[tuple[str, str, list[Any], list[Any]]] = [
    ("order.refunded", "refund", [{"whole": True}, {"amount": 5}, {"amount": "5", "whole": False}], [{}, None, []]),
    ("order.refunded", "refund", [{"whole": True, "amount": "", "lines": None}], [{"whole": True, "amount": "5"}]),
    ("order.refunded", "refund", [{"amount": "5", "id": 7}], [{"amount": "0"}, {"amount": "5.00001"}, {"amount": ""}]),
    (
        "order.refunded",
        "refund",
        [{"lines": [{"item_id": 7}]}],
        [{"lines": []}, {"lines": [{"amount": "1"}]}, {"lines": ""}],
    ),
    (
        "order.refunded",
        "refund.lines",
        [[{"item_id": "1", "quantity": 0, "amount": "1"}], [{"item_id": "1", "quantity": "", "amount": ""}]],
        [[{"item_id": "1", "quantity": "0.0"}], [{"item_id": "1", "quantity": 0, "amount": ""}], [{}], [None]],
    ),
    (
        "order.invoiced",
        "invoice",
        [{"number": 900}, {"issued_at": "soon"}, {"notify": ""}, {}, []],
        [{"notify": 1}, [[]], ""],
    ),
    ("order.cancelled", "cancellation", [{}, {"restock": None}, {"reason": "\x07"}], [None, "", {"restock": 0}]),
    ("order.cancelled", "order", [None, "", {}, {"number": None}, {"customer": {"email": ""}}], [{"number": "1"}, [1]]),
    (
        "order.cancelled",
        "order",
        [[], {"customer": []}, {"metadata": []}, {"refs": {}}],
        [{"items": [[]]}, {"tags": [1]}],
    ),
    ("order.cancelled", "cancellation", [[], {}], [[[]], None, "x"]),
    ("order.deleted", "deletion", [[], {}], [[[]], None]),
    ("order.created", "order", [], [[]]),
    ("order.noted", "note", [{"text": "a", "created_at": "soon"}], [{"text": " "}, {"text": "\ufeff"}, {}, None]),
]


def mutants() -> list[tuple[str, str, Any, bool]]:
    """The type of an event, the path of what is changed in it, its new value, and whether it is taken."""
    rows = [("order.created", path, taken, refused) for path, taken, refused in OF_ATTRIBUTES]
    rows += [("order.created", f"data.order.{path}", taken, refused) for path, taken, refused in OF_ORDERS]
    rows += [(kind, f"data.{path}", taken, refused) for kind, path, taken, refused in OF_ACTIONS]
    numbers = (
        ["1001", " 1001\n", 1001, "\ufeff1001", "1001\x85\u2028\ufeff"],
        ["", "10\n01", "10\u200b01", "10\x0001", "1" * 65, True, None],
    )
    rows.append(("order.created", "subject", *numbers))
    return [
        (kind, path, value, is_taken)
        for kind, path, taken, refused in rows
        for values, is_taken in ((taken, True), (refused, False))
        for value in values
    ]


def mutant(kind: str, path: str, value: Any) -> dict[str, Any]:
    """The event with the one thing changed."""
    whole = {"data.refund": {}} if path == "data.refund.lines" else {}
    changes = whole | {path: value} | ({"data.order.number": value} if path == "subject" else {})
    return event_body(kind, changes)


@pytest.mark.parametrize(("kind", "path", "value", "is_taken"), mutants())
def test_loader_and_schema_are_of_one_mind(kind: str, path: str, value: Any, is_taken: bool) -> None:
    body = mutant(kind, path, value)
    assert (_loads(body), VALIDATOR.is_valid(body)) == (is_taken, is_taken)


def test_there_are_mutants_enough() -> None:
    assert len(mutants()) > 300


def _loads(body: dict[str, Any]) -> bool:
    try:
        load_event(body, totals="off", now=NOW)
    except InvalidEvent:
        return False
    return True
