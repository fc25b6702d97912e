"""What is open of a delivery, what is said of it, and what is kept."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.config import ProviderConfig
from schemas.delivery import Link
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.sighting import Absent, Found, LookupResult, Undetermined
from tests.fakes.past import NOW_MS, claim, past
from worker.ledger.store.client import Epoch
from worker.policy import doubt
from worker.policy.doubt import AskPerson, Conclude, Doubt, Go, Rest
from worker.policy.plan import plan_of

PLAN = plan_of(ProviderConfig(name="one", kind="x", base_url="x", options=None))

FOUND, ABSENT = Found(Link(order_id="77")), Absent()
UNCLEAR = Undetermined("It shows 3 pieces.")
NO_ANSWER = Outcome(kind=OutcomeKind.UNKNOWN, reason=Reason.NO_ANSWER, message="No answer within 20 s.", calls=1)
NO_SUCH_PAGE = Outcome(kind=OutcomeKind.REJECTED, reason=Reason.REJECTED, http_status=404, calls=1)
REFUSED = Outcome(kind=OutcomeKind.UNAUTHORIZED, reason=Reason.CREDENTIALS, http_status=401, calls=1)


def test_nothing_is_open_of_a_delivery_that_nothing_is_known_of() -> None:
    is_open = doubt.since(claim(), PLAN)
    assert (is_open.own_ms, is_open.sent_ms, is_open.restarted_ms, is_open.to_look_up_ms) == (None, None, None, None)


@pytest.mark.parametrize("more", [{"maybe_since_ms": NOW_MS - 5000}, {"epoch": Epoch(2, NOW_MS - 5000)}])
def test_what_a_person_vouches_for_is_open_no_more(more: dict[str, Any]) -> None:
    is_open = doubt.since(claim(doubt_since_ms=0, **more), PLAN)
    assert (is_open.own_ms, is_open.to_look_up_ms, is_open.to_rest_ms) == (None, None, None)


def test_the_later_of_two_requests_counts() -> None:
    is_open = doubt.since(claim(doubt_since_ms=NOW_MS - 50_000, maybe_since_ms=NOW_MS - 10_000), PLAN)
    assert (is_open.own_ms, is_open.sent_ms) == (NOW_MS - 50_000, NOW_MS - 10_000)


def test_a_request_from_the_future_is_one_of_a_clock_that_was_set_back_and_counts_from_the_jump() -> None:
    sent_ms = NOW_MS + 3_600_000
    assert doubt.since(claim(doubt_since_ms=sent_ms, even_ms=NOW_MS - 3000), PLAN).sent_ms == NOW_MS - 3000
    assert doubt.since(claim(doubt_since_ms=sent_ms, even_ms=0), PLAN).sent_ms == NOW_MS


@pytest.mark.parametrize(
    ("epoch", "accepted_after_s", "restarted"),
    [
        (Epoch(1, NOW_MS), 0, False),  # the first life: nothing came before
        (Epoch(2, 0), 0, False),  # the ledger held no event when it began
        (Epoch(2, NOW_MS), 3600, True),
        (Epoch(2, NOW_MS), 3601, False),  # accepted an hour after: the store has known it from its beginning
    ],
)
def test_a_store_that_came_back_may_have_forgotten_what_was_accepted_till_an_hour_after(
    epoch: Epoch, accepted_after_s: int, restarted: bool
) -> None:
    is_open = doubt.since(claim(epoch=epoch, accepted_ms=NOW_MS + accepted_after_s * 1000), PLAN)
    assert (is_open.restarted_ms is not None) is restarted


def test_what_sends_nothing_need_not_rest() -> None:
    is_open = doubt.since(past("its own request", 20), PLAN)
    assert doubt.before(is_open, "resend", None, sends=False) == Go(NOW_MS - 20_000)


def test_an_order_at_rest_was_not_looked_at_and_one_that_is_absent_was() -> None:
    is_open = doubt.since(past("its own request", 20), PLAN)
    resting, early = doubt.before(is_open, "resend", None, sends=True), doubt.after(ABSENT, is_open, NOW_MS - 20_000)
    assert isinstance(resting, Rest)
    assert isinstance(early, Rest)
    assert (resting.is_unasked, early.is_unasked) == (True, False)


@pytest.mark.parametrize("seen", [NO_ANSWER, NO_SUCH_PAGE])
def test_a_look_up_that_failed_says_that_it_is_not_known(seen: Outcome) -> None:
    step = doubt.after(seen, Doubt(now_ms=NOW_MS, settle_s=60), NOW_MS - 1)
    assert isinstance(step, Conclude)
    assert (step.outcome.reason, step.outcome.message, step.clears) == ("unanswered_look_up", seen.message, False)


def test_a_look_up_that_was_refused_our_credentials_tells_of_the_account() -> None:
    assert doubt.after(REFUSED, Doubt(now_ms=NOW_MS, settle_s=60), NOW_MS - 1) == Conclude(REFUSED, NOW_MS - 1)


@pytest.mark.parametrize(
    ("what", "sighting", "is_linked", "message"),
    [
        (
            "its own request",
            ABSENT,
            False,
            (
                "The order is not there yet. A request of 07:59:40 UTC may still create it, so nothing more is sent until"
                " 08:00:40 UTC."
            ),
        ),
        (
            "its own request",
            FOUND,
            True,
            (
                "The order is there. A request of 07:59:40 UTC may still change it, so nothing more is sent until"
                " 08:00:40 UTC."
            ),
        ),
        (
            "a restart",
            ABSENT,
            False,
            (
                "The store was restarted at 07:59:40 UTC; until 08:00:40 UTC nothing is created or changed there, to be"
                " sure."
            ),
        ),
    ],
)
def test_a_rest_is_said_with_its_reason_and_its_times(
    what: str, sighting: LookupResult, is_linked: bool, message: str
) -> None:
    is_open = doubt.since(past(what, 20, is_linked=is_linked), PLAN)
    step = doubt.after(sighting, is_open, NOW_MS - 20_000)
    assert isinstance(step, Rest)
    assert step.outcome.message == message


def test_a_person_is_asked_with_the_evidence_and_what_to_do() -> None:
    step = doubt.after(UNCLEAR, Doubt(now_ms=NOW_MS, settle_s=60), NOW_MS - 1)
    assert isinstance(step, AskPerson)
    assert step.outcome.message == (
        "It shows 3 pieces. Then replay it with --force where it was not done, or discard it where it was."
    )


@pytest.mark.parametrize(
    ("step", "may_have_been_done", "ago_ms"),
    [
        (Go(), False, 0),
        (Go(clears=True), False, 0),
        (Go(NOW_MS - 20_000), True, 0),
        (Go(NOW_MS - 20_000), False, 20_300),
        (Conclude(NO_ANSWER, NOW_MS - 20_000), False, 20_300),
        (Conclude(NO_ANSWER), False, 0),
    ],
)
def test_what_is_open_still_is_kept_by_how_long_ago_it_was_on_the_wire(
    step: doubt.Step, may_have_been_done: bool, ago_ms: int
) -> None:
    outcome = Outcome(kind=OutcomeKind.UNKNOWN, reason=Reason.NO_ANSWER, may_have_been_done=may_have_been_done)
    assert doubt.on_wire_ago_ms(claim(), outcome, step, 300) == ago_ms
