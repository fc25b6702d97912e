"""Statuses judged, and waits read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.outcome import OutcomeKind, Reason
from worker.providers.answers import WAIT_CAP_S, judge_status, retry_after_s
from worker.providers.base import Reply

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def replied(status: int, body: bytes = b"", **headers: str) -> Reply:
    return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({}, None),
        ({"retry-after": "30"}, 30),
        ({"x-retry-after": " 7 "}, 7),
        ({"retry-after": "2.5"}, 2.5),
        ({"retry-after": "3", "x-retry-after": "9"}, 9),
        ({"retry-after": "0"}, 0),
        ({"retry-after": "999999"}, WAIT_CAP_S),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "1e9"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "\u0661\u0662"}, None),
        ({"retry-after": "Sun, 22 Nov 2026 12:01:30 GMT"}, 90),
        ({"retry-after": "Sunday, 22-Nov-26 12:01:30 GMT"}, 90),
        ({"retry-after": "Sun, 22 Nov 2026 11:00:00 GMT"}, 0),
        ({"retry-after": "Sun, 22 Nov 2036 12:00:00 GMT"}, WAIT_CAP_S),
        ({"retry-after": "Sun, 99 Nov 2026 12:00:00 GMT"}, None),
    ],
)
def test_a_wait_is_read_in_seconds_or_as_a_date(headers: dict[str, str], wait_s: float | None):
    assert retry_after_s(headers, NOON) == wait_s


def test_a_date_counts_from_the_answers_own_clock():
    headers = {"date": "Wed, 01 Jan 2020 00:00:00 GMT", "retry-after": "Wed, 01 Jan 2020 00:00:20 GMT"}
    assert retry_after_s(headers) == 20


@given(st.text())
def test_no_header_makes_the_wait_raise(value: str):
    wait_s = retry_after_s({"retry-after": value, "date": value})
    assert wait_s is None or 0 <= wait_s <= WAIT_CAP_S


@pytest.mark.parametrize(
    ("status", "mutating", "kind", "reason"),
    [
        (401, True, OutcomeKind.UNAUTHORIZED, Reason.CREDENTIALS),
        (403, False, OutcomeKind.UNAUTHORIZED, Reason.CREDENTIALS),
        (429, True, OutcomeKind.THROTTLED, Reason.THROTTLED),
        (301, True, OutcomeKind.REJECTED, Reason.REJECTED),
        (304, False, OutcomeKind.REJECTED, Reason.REJECTED),
        (408, False, OutcomeKind.UNAVAILABLE, Reason.SERVER_ERROR),
        (408, True, OutcomeKind.UNKNOWN, Reason.SERVER_ERROR),
        (425, False, OutcomeKind.UNAVAILABLE, Reason.SERVER_ERROR),
        (500, True, OutcomeKind.UNKNOWN, Reason.SERVER_ERROR),
        (503, False, OutcomeKind.UNAVAILABLE, Reason.SERVER_ERROR),
        (599, True, OutcomeKind.UNKNOWN, Reason.SERVER_ERROR),
    ],
)
def test_a_status_means_the_same_at_every_vendor(status: int, mutating: bool, kind: OutcomeKind, reason: Reason):
    outcome = judge_status(replied(status, b"words"), mutating=mutating)
    assert outcome is not None
    assert (outcome.kind, outcome.reason, outcome.http_status, outcome.excerpt) == (kind, reason, status, "words")


@pytest.mark.parametrize("status", [200, 201, 204, 400, 404, 409, 422])
def test_other_statuses_are_left_to_the_adapter(status: int):
    assert judge_status(replied(status), mutating=True) is None


def test_a_throttled_answer_carries_the_wait_and_the_tokens():
    outcome = judge_status(replied(429, x_retry_after="12", x_tokens_remaining="0"), mutating=True)
    assert outcome is not None
    assert (outcome.wait_s, outcome.tokens_left) == (12, 0)
    assert "12 s" in outcome.message


def test_a_redirect_says_where_to_point_base_url_and_keeps_the_query_to_itself():
    outcome = judge_status(replied(301, location="https://new.example/api?key=abc"), mutating=True)
    assert outcome is not None
    assert "https://new.example/api:" in outcome.message
    assert "abc" not in outcome.message


@pytest.mark.parametrize("location", ["", "http://[", "//"])
def test_a_redirect_to_nowhere_is_still_rejected(location: str):
    outcome = judge_status(replied(302, location=location), mutating=False)
    assert outcome is not None
    assert outcome.kind is OutcomeKind.REJECTED
