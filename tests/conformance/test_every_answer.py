"""Each kind of answer to a save comes to the outcome that is right for it, whatever the vendor's own words are."""

from __future__ import annotations

import json

import pytest

from schemas.outcome import OutcomeKind, Reason
from tests.conformance.account import Account
from tests.conformance.orders import FIRST, created, lines_of

UNCLEAR = {OutcomeKind.UNKNOWN, OutcomeKind.UNREADABLE}
LOGIN_PAGE = "<!DOCTYPE html><html><body><form action='/login'>Please log in</form></body></html>"
ODD_BODIES = {
    "empty": "",
    "blank": " \n",
    "html": LOGIN_PAGE,
    "null": "null",
    "list": "[]",
    "empty object": "{}",
    "text": '"ok"',
    "number": "1",
    "nested deep": "[" * 100_000,
    "another api's": json.dumps({"success": True, "result": {"orders": []}}),
}


def test_a_good_answer_is_accepted_and_the_order_is_there(account: Account) -> None:
    outcome = account.deliver(created())
    assert outcome.kind is OutcomeKind.ACCEPTED
    assert outcome.reason in {Reason.SAVED, Reason.REMARK}
    assert account.lines() == lines_of(FIRST)
    assert [held["key"] for held in account.orders()] == ["1001"]


def test_a_refusal_is_rejected_and_the_vendors_words_are_kept(account: Account) -> None:
    status, body = account.row.refusal("Too many teapots")
    account.fault_save("status", status=status, body=body)
    outcome = account.deliver(created())
    assert (outcome.kind, outcome.http_status) == (OutcomeKind.REJECTED, status)
    assert "Too many teapots" in outcome.message + outcome.excerpt


def test_a_throttled_save_is_to_wait_as_long_as_it_was_told(account: Account) -> None:
    account.fault_save("status", status=429, headers={account.row.wait_header: "7"})
    outcome = account.deliver(created())
    assert (outcome.kind, outcome.reason, outcome.wait_s) == (OutcomeKind.THROTTLED, Reason.THROTTLED, 7)
    assert not outcome.may_have_been_done, "nothing is to be looked up before it is sent again"


def test_a_throttled_first_call_is_to_wait_as_long_as_it_was_told(account: Account) -> None:
    account.fault("status", times=None, status=429, headers={account.row.wait_header: "7"})
    outcome = account.deliver(created())
    assert (outcome.kind, outcome.wait_s) == (OutcomeKind.THROTTLED, 7)


def test_throttling_without_a_wait_is_throttling(account: Account) -> None:
    account.fault_save("status", status=429, body="<html>Too Many Requests</html>")
    assert account.deliver(created()).kind is OutcomeKind.THROTTLED


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_are_no_fault_of_the_order(account: Account, status: int) -> None:
    account.fault_save("status", status=status)
    outcome = account.deliver(created())
    assert (outcome.kind, outcome.reason) == (OutcomeKind.UNAUTHORIZED, Reason.CREDENTIALS)


def test_credentials_that_the_vendor_does_not_know_are_unauthorized(account: Account) -> None:
    account.options = account.row.strange
    outcome = account.deliver(created())
    assert (outcome.kind, outcome.reason) == (OutcomeKind.UNAUTHORIZED, Reason.CREDENTIALS)
    assert account.orders() == []


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599, 408, 425])
def test_a_vendor_in_trouble_after_a_save_leaves_doubt(account: Account, status: int) -> None:
    account.fault_save("status", status=status, body=LOGIN_PAGE)
    outcome = account.deliver(created())
    assert outcome.kind is OutcomeKind.UNKNOWN
    assert outcome.may_have_been_done


def test_a_vendor_in_trouble_before_anything_was_changed_is_unavailable(account: Account) -> None:
    """Where the save is the first call, it is the save that may have been done."""
    first = next(account.operation(created()).converse())
    account.fault("status", times=None, status=503)
    outcome = account.deliver(created())
    assert outcome.kind is (OutcomeKind.UNKNOWN if first.mutating else OutcomeKind.UNAVAILABLE)
    assert outcome.reason is Reason.SERVER_ERROR


def test_a_wait_that_a_vendor_in_trouble_asks_for_is_kept(account: Account) -> None:
    account.fault_save("status", status=503, headers={"Retry-After": "11"})
    assert account.deliver(created()).wait_s == 11


@pytest.mark.parametrize("body", ODD_BODIES.values(), ids=ODD_BODIES)
def test_a_success_that_says_nothing_documented_is_not_believed(account: Account, body: str) -> None:
    account.fault_save("status", status=200, body=body)
    _assert_not_believed(account)


@pytest.mark.parametrize("effect", ["garbage", "huge"])
def test_a_success_that_cannot_be_read_is_not_believed(account: Account, effect: str) -> None:
    account.fault_save(effect)
    _assert_not_believed(account)


def test_half_a_body_is_no_answer(account: Account) -> None:
    """Where there is no body to halve, it is half a head."""
    account.fault_save("half")
    outcome = account.deliver(created())
    assert outcome.kind in UNCLEAR
    assert outcome.may_have_been_done


def test_half_an_answer_to_a_reading_call_leaves_no_order_lost(account: Account) -> None:
    account.fault("half", times=1, match={"mutating": False})
    outcome = account.deliver(created())
    kinds = {OutcomeKind.ACCEPTED, *UNCLEAR}
    assert outcome.kind in kinds
    assert len(account.orders()) == (outcome.may_have_been_done or outcome.kind is OutcomeKind.ACCEPTED)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed_and_says_what_to_change(account: Account, status: int) -> None:
    account.fault_save("redirect", status=status)
    outcome = account.deliver(created())
    assert (outcome.kind, outcome.http_status) == (OutcomeKind.REJECTED, status)
    assert "base_url" in outcome.message
    assert account.orders() == []


@pytest.mark.parametrize("status", [400, 404, 405, 410, 418, 422])
def test_a_status_that_says_no_is_never_believed_to_be_a_success(account: Account, status: int) -> None:
    account.fault_save("status", status=status, body=LOGIN_PAGE)
    outcome = account.deliver(created())
    assert outcome.kind in {OutcomeKind.REJECTED, OutcomeKind.UNAUTHORIZED}
    assert outcome.http_status == status


def _assert_not_believed(account: Account) -> None:
    outcome = account.deliver(created())
    if not account.row.reads:
        assert outcome.kind is OutcomeKind.ACCEPTED
        return
    assert outcome.kind in UNCLEAR
    assert outcome.may_have_been_done
    assert outcome.http_status == 200
