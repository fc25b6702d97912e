"""A body as places and values, whatever it is written in; and in what two differ."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.delivery import SentRequest
from schemas.rehearsal import BodyChange
from worker.providers import phpform
from worker.providers.base import Request
from worker.providers.body_lines import body_lines, changes
from worker.providers.sent import shown_request

JSON, FORM = "application/json; charset=utf-8", phpform.CONTENT_TYPE


def lines(content_type: str, body: bytes, *, is_cut: bool = False) -> dict[str, str]:
    return body_lines(SentRequest("0" * 16, "save", "POST", content_type, body, is_cut))


def test_json_is_a_place_for_each_leaf_and_keeps_how_numbers_are_written() -> None:
    body = b'{"a": {"b": [1.10, "x", null]}, "c": true, "d": [], "e": 123456789012345678901234567890}'
    assert lines(JSON, body) == {
        "a.b[0]": "1.10",
        "a.b[1]": '"x"',
        "a.b[2]": "null",
        "c": "true",
        "d": "[]",
        "e": "123456789012345678901234567890",
    }


def test_phps_brackets_are_places_and_blanks_stay() -> None:
    tree = {"id": 7, "items": [{"sku": "a b", "price": "1.50"}, {"sku": ""}], "params": {"x y": "ø"}}
    assert lines(FORM, phpform.encode(tree)) == {
        "id": "7",
        "items[0].sku": "a b",
        "items[0].price": "1.50",
        "items[1].sku": "",
        "params.x y": "ø",
    }


def test_json_in_a_field_of_a_form_is_taken_apart() -> None:
    body = phpform.encode({"k": "***", "data": json.dumps({"order": {"no": "12"}}), "note": "{not json"})
    assert lines(FORM, body) == {"k": "***", "data.order.no": '"12"', "note": "{not json"}


def test_a_name_that_a_form_says_again_is_a_place_of_its_own() -> None:
    before, after = lines(FORM, b"tag=a&tag=b&x[]=1&x[]=2"), lines(FORM, b"tag=c&tag=b&x[]=1&x[]=2")
    assert after == {"tag": "c", "tag (2)": "b", "x[]": "1", "x[] (2)": "2"}
    assert changes(before, after) == [BodyChange("tag", "a", "c")]


@pytest.mark.parametrize(("content_type", "body"), [(JSON, b"{"), ("text/xml", b"<a/>"), (JSON, b"[" * 100_000)])
def test_what_cannot_be_read_is_one_line(content_type: str, body: bytes) -> None:
    assert lines(content_type, body) == {"": body.decode()}


def test_no_body_has_no_line_and_a_cut_one_is_not_read() -> None:
    assert lines(JSON, b"") == {}
    assert lines(JSON, b'{"a": 1}', is_cut=True) == {"": '{"a": 1}'}


def test_what_was_removed_added_and_changed() -> None:
    before, after = {"a": "1", "b": "2", "c": "3"}, {"a": "1", "c": "4", "d": "5"}
    assert changes(before, after) == [BodyChange("c", "3", "4"), BodyChange("d", None, "5"), BodyChange("b", "2", None)]


@given(st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=5))
def test_a_body_differs_in_nothing_from_itself(tree: dict[str, str]) -> None:
    told = lines(JSON, json.dumps(tree).encode())
    assert changes(told, told) == []


def test_a_secret_is_masked_in_every_spelling_and_the_customer_stays() -> None:
    body = phpform.encode({"k": "s3cr&t-key", "name": "Ida", "json": json.dumps({"t": "s3cr&t-key"})})
    shown = shown_request(Request("POST", "/x", "save", {"content-type": FORM}, body, mutating=True), ("s3cr&t-key",))
    assert b"s3cr" not in shown.body
    assert lines(FORM, shown.body) == {"k": "***", "name": "Ida", "json.t": '"***"'}
    assert "Ida" not in repr(shown)
