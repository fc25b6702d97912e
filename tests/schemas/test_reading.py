"""From bytes, or from what another library decoded, to an event: size, JSON, depth and number of items."""

from __future__ import annotations

import json

import pytest

from schemas.fault import InvalidEvent
from schemas.loading import read_decoded, read_event
from schemas.outcome import Reason
from schemas.strict_json import strict_json
from tests.fakes.bodies import NOW, event_body, order_body

LIMIT_BYTES = 262_144
BODY = json.dumps(event_body()).encode()


def reason_of(body: bytes, limit_bytes: int = LIMIT_BYTES) -> Reason:
    with pytest.raises(InvalidEvent) as refusal:
        read_event(body, limit_bytes=limit_bytes, now=NOW)
    return refusal.value.reason


def decoded_reason_of(raw: object, limit_bytes: int = LIMIT_BYTES) -> Reason:
    with pytest.raises(InvalidEvent) as refusal:
        read_decoded(raw, limit_bytes=limit_bytes, now=NOW)
    return refusal.value.reason


def nested(depth: int) -> list[object]:
    value: list[object] = []
    for _ in range(depth - 1):
        value = [value]
    return value


def test_both_doors_lead_to_the_same_event():
    by_bytes = read_event(BODY, limit_bytes=LIMIT_BYTES, now=NOW)
    assert by_bytes == read_decoded(event_body(), limit_bytes=LIMIT_BYTES, now=NOW)
    assert by_bytes == read_event(b"\xef\xbb\xbf" + BODY, limit_bytes=LIMIT_BYTES, now=NOW)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"event",
        b"{",
        BODY + b"}",
        BODY[:-1] + b',"tenant":NaN}',
        BODY[:-1] + b',"tenant":-Infinity}',
        BODY[:-1] + b',"subject":"1001"}',
        BODY[:-1] + b',"tenant":"\xff"}',
        BODY[:-1] + b',"tenant":"\xed\xa0\x80"}',
        BODY[:-1] + b',"tenant":' + b"1" * 5000 + b"}",
        "{}".encode("utf-16"),
    ],
)
def test_what_is_not_strict_json_is_refused(body):
    assert reason_of(body) == Reason.NOT_JSON


def test_a_pair_of_escapes_for_one_character_is_whole():
    event = read_event(BODY[:-1] + b',"tenant":"\\ud83d\\ude00"}', limit_bytes=LIMIT_BYTES, now=NOW)
    assert event.extensions == {"tenant": "\U0001f600"}


def test_a_half_of_a_character_is_dropped_whichever_way_it_comes():
    written = BODY[:-1] + b',"tenant":"a\\ud800b"}'
    by_bytes = read_event(written, limit_bytes=LIMIT_BYTES, now=NOW)
    assert by_bytes == read_decoded(json.loads(written), limit_bytes=LIMIT_BYTES, now=NOW)
    assert by_bytes.extensions == {"tenant": "ab"}
    assert [remark.path for remark in by_bytes.remarks] == ["tenant"]


def test_where_nobody_drops_it_half_a_character_is_no_json():
    with pytest.raises(InvalidEvent, match="half characters"):
        strict_json(b'["\\ud800"]')


@pytest.mark.parametrize("value", [float("nan"), {1, 2}, b"bytes", object()])
def test_a_decoded_value_that_json_cannot_have_is_refused(value):
    assert decoded_reason_of(event_body(changes={"tenant": value})) == Reason.NOT_JSON


def test_a_body_may_be_as_long_as_the_limit_and_no_longer():
    assert read_event(BODY, limit_bytes=len(BODY), now=NOW).id == "e-1"
    assert reason_of(BODY, limit_bytes=len(BODY) - 1) == Reason.TOO_LARGE


def test_a_decoded_event_is_measured_as_compact_json_in_utf_8():
    raw = order_body({"comment": "é" * 10})
    size_bytes = len(json.dumps(raw, ensure_ascii=False, separators=(",", ":")).encode())
    assert read_decoded(raw, limit_bytes=size_bytes, now=NOW).id == "e-1"
    assert decoded_reason_of(raw, limit_bytes=size_bytes - 1) == Reason.TOO_LARGE


@pytest.mark.parametrize("depth", [33, 1000, 120_000])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_deep_json_is_refused_without_running_out_of_stack(depth, opening, closing):
    body = opening * depth + b"1" + closing * depth
    assert reason_of(body, limit_bytes=10**7) == Reason.TOO_DEEP


@pytest.mark.parametrize("depth", [33, 100_000])
def test_a_deep_decoded_value_is_refused_without_running_out_of_stack(depth):
    value = nested(depth)
    assert decoded_reason_of(value) == Reason.TOO_DEEP
    while value:  # taken apart by hand: freeing it whole would recurse
        value = value[0]


def test_thirty_two_levels_are_not_too_deep():
    assert strict_json(json.dumps(nested(32)).encode()) == nested(32)
    assert strict_json(json.dumps(nested(33)).encode(), max_depth=33) == nested(33)
    assert decoded_reason_of(nested(32)) == Reason.INVALID


def test_two_thousand_items_are_the_most():
    item = event_body()["data"]["order"]["items"][0]
    items = [item | {"id": str(number)} for number in range(2001)]
    body = order_body({"items": items[:2000], "totals": {"grand": "40000"}})
    assert len(read_decoded(body, limit_bytes=10**7, now=NOW).order.items) == 2000
    assert decoded_reason_of(order_body({"items": items}), limit_bytes=10**7) == Reason.TOO_LARGE


def test_a_refusal_tells_its_first_faults_in_its_text():
    with pytest.raises(InvalidEvent, match=r"^id: must be 1 to 128 .*; source: must be") as refusal:
        read_event(json.dumps(event_body(changes={"id": "", "source": ""})).encode(), limit_bytes=LIMIT_BYTES, now=NOW)
    assert [fault.path for fault in refusal.value.errors] == ["id", "source"]
