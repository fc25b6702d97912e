"""While a request of unknown fate may still be carried out, nothing goes out to its order that it could undo."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from schemas.delivery import Delivery, Link, order_digest
from schemas.outcome import Outcome, OutcomeKind, Reason
from tasks.attempt import Attempting
from tests.fakes.ledger import ACCEPTED, UNAVAILABLE, UNKNOWN, Ledger, action, snapshot
from tests.fakes.scripted import Script, Scripted
from worker.ledger.lanes import Finished
from worker.ledger.links import Links
from worker.ledger.store.client import Epoch
from worker.providers.base import Absent, Found, OnUnknown
from worker.providers.http import Driver

SETTLE_S = 60.0
SAVED = Link(order_id="77")


def attempt(ledger: Ledger, script: Script) -> Finished:
    """One attempt, recorded."""
    claim = ledger.claim()
    attempting = Attempting(
        claim,
        claim.event,
        Scripted(ledger.configs["one"], script),
        ledger.plans["one"],
        Driver(),
        guard=lambda _: True,
        owner="shop/one",
    )
    finished = attempting.run()
    ledger.runner().finish(claim, finished, last=True)
    return finished


def pass_time(ledger: Ledger, seconds: float) -> None:
    ledger.advance(seconds)
    ledger.tick()


def linked(ledger: Ledger, outcome: object = UNKNOWN, on_unknown: OnUnknown = "resend") -> None:
    """An order that was made, and an update of it that ended so."""
    ledger.accept(snapshot("e1"))
    ledger.deliver()
    ledger.accept(snapshot("e2", grand="20"))
    attempt(ledger, Script(outcome, Found(SAVED), on_unknown=on_unknown))  # type: ignore[arg-type]


def delivery(ledger: Ledger, event_id: str) -> Delivery:
    return next(one for one in ledger.deliveries() if one.event_id == event_id)


def test_what_is_sent_again_without_looking_waits_until_the_first_request_cannot_come_any_more(ledger: Ledger) -> None:
    linked(ledger)
    pass_time(ledger, SETTLE_S - 2)
    ledger.nothing()
    pass_time(ledger, 3)
    script = Script(ACCEPTED, on_unknown="resend")
    attempt(ledger, script)
    assert script.happened == ["act"]
    assert (delivery(ledger, "e2").state, delivery(ledger, "e2").attempts) == ("delivered", 2)


def test_what_was_surely_not_done_is_sent_again_after_its_back_off(ledger: Ledger) -> None:
    linked(ledger, UNAVAILABLE)
    pass_time(ledger, 20)
    script = Script(ACCEPTED, on_unknown="resend")
    attempt(ledger, script)
    assert script.happened == ["act"]


@pytest.mark.parametrize("on_unknown", ["resend", "look_up"])
def test_a_newer_snapshot_rests_for_the_one_that_it_supersedes(ledger: Ledger, on_unknown: OnUnknown) -> None:
    linked(ledger, on_unknown=on_unknown)
    pass_time(ledger, 30)
    ledger.accept(snapshot("e3", grand="30"))
    ledger.dead.replay(delivery(ledger, "e2").id)  # its due time is now
    script = Script(ACCEPTED, Found(SAVED), on_unknown=on_unknown)
    rested = attempt(ledger, script)
    assert "act" not in script.happened
    assert rested.verdict.reason is Reason.TOO_EARLY
    assert 25 < rested.verdict.wait_s <= 30
    assert ledger.states()["e2"] == "superseded"
    pass_time(ledger, 31)
    attempt(ledger, script)
    assert script.happened[-1] == "act"
    assert ledger.states()["e3"] == "delivered"


def test_a_rest_is_no_attempt_spends_no_try_and_says_nothing_of_the_provider(ledger: Ledger) -> None:
    linked(ledger)
    ledger.dead.replay(delivery(ledger, "e2").id)
    before = ledger.row()
    rested = attempt(ledger, Script(ACCEPTED, on_unknown="resend"))
    resting = delivery(ledger, "e2")
    assert rested.attempt is None
    assert not rested.verdict.spends_try
    assert (resting.state, resting.reason, resting.attempts, resting.in_doubt) == ("parked", "too_early", 1, True)
    assert resting.last_attempt is not None
    assert resting.last_attempt.outcome == OutcomeKind.UNKNOWN
    assert (ledger.row().limit, ledger.row().gate) == (before.limit, before.gate)


def test_an_action_is_not_in_doubt_for_what_was_sent_before_it(ledger: Ledger) -> None:
    """Else what only a person can tell of would ask one, though nothing of it was ever sent."""
    linked(ledger)
    ledger.accept(action("a1"))
    ledger.dead.discard(delivery(ledger, "e2").id)
    script = Script(ACCEPTED, on_unknown="ask")
    attempt(ledger, script)
    assert (delivery(ledger, "a1").reason, delivery(ledger, "a1").in_doubt) == ("too_early", False)
    pass_time(ledger, SETTLE_S + 1)
    attempt(ledger, Script(UNAVAILABLE, on_unknown="ask"))
    assert delivery(ledger, "a1").state == "parked"
    pass_time(ledger, SETTLE_S + 1)
    attempt(ledger, script)
    assert (script.happened, delivery(ledger, "a1").state) == (["act"], "delivered")


def test_after_a_worker_was_lost_in_an_update_the_order_rests_from_the_end_of_its_lease(ledger: Ledger) -> None:
    linked(ledger, UNAVAILABLE)
    pass_time(ledger, 20)
    ledger.claim()
    pass_time(ledger, ledger.plans["one"].lease_s + 1)
    script = Script(ACCEPTED, on_unknown="resend")
    rested = attempt(ledger, script)
    assert script.happened == []
    assert SETTLE_S - 3 < rested.verdict.wait_s < SETTLE_S


def test_losses_of_workers_are_counted_through_a_rest(ledger: Ledger) -> None:
    """What ends every worker that takes it up waits longer each time."""
    linked(ledger, UNAVAILABLE)
    pass_time(ledger, 20)
    ledger.claim()
    pass_time(ledger, ledger.plans["one"].lease_s + 1)
    attempt(ledger, Script(ACCEPTED, on_unknown="resend"))
    pass_time(ledger, SETTLE_S)
    ledger.claim()
    pass_time(ledger, ledger.plans["one"].lease_s + 1)
    ledger.nothing()
    pass_time(ledger, 5)
    ledger.claim()


def test_after_a_store_came_back_a_linked_order_rests_for_what_the_store_may_have_forgotten(ledger: Ledger) -> None:
    linked(ledger, UNAVAILABLE)
    pass_time(ledger, 20)
    ledger.store.epoch = Epoch(2, ledger.store.now_ms())
    script = Script(ACCEPTED, Found(SAVED), on_unknown="resend")
    rested = attempt(ledger, script)
    assert (script.happened, rested.verdict.reason) == ([], Reason.TOO_EARLY)
    assert not rested.verdict.in_doubt
    pass_time(ledger, SETTLE_S + 1)
    attempt(ledger, script)
    assert script.happened == ["act"]


def test_after_a_store_came_back_an_order_of_which_only_a_contact_is_known_is_looked_for(ledger: Ledger) -> None:
    """A link without an order id does not say that the order was ever created."""
    ledger.accept(snapshot("e1"))
    known = Link(contact_id="5")
    order = order_digest("shop/one", "1001")
    assert Links(ledger.store).correct("one", order, known, what="one", why="asked", who="ann") == "linked"
    ledger.store.epoch = Epoch(2, ledger.store.now_ms())
    pass_time(ledger, SETTLE_S + 1)
    script = Script(ACCEPTED, Found(SAVED))
    attempt(ledger, script)
    assert script.happened == ["look", "act"]


def test_an_order_that_is_seen_to_have_been_created_goes_on_at_once(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    attempt(ledger, Script(UNKNOWN))
    pass_time(ledger, 20)
    script = Script(ACCEPTED, Found(SAVED))
    attempt(ledger, script)
    assert script.happened == ["look", "act"]


def test_what_was_delivered_since_ends_the_rest(ledger: Ledger) -> None:
    linked(ledger)
    pass_time(ledger, SETTLE_S + 1)
    attempt(ledger, Script(ACCEPTED, on_unknown="resend"))
    ledger.accept(action("a1"))
    script = Script(ACCEPTED, Absent())
    attempt(ledger, script)
    assert script.happened == ["act"]


def test_what_is_waited_for_after_a_restart_of_the_store_is_said_with_its_times(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    began_ms = ledger.store.now_ms() - 5000
    ledger.store.epoch = Epoch(2, began_ms)
    early = attempt(ledger, Script(ACCEPTED, Absent())).outcome
    began, over = utc(began_ms), utc(began_ms + 60_000)
    assert early.message == (
        f"The store was restarted at {began} UTC; until {over} UTC nothing is created or changed there, to be sure."
    )


NO_LOOK = Outcome(kind=OutcomeKind.UNAVAILABLE, reason=Reason.CONNECT, message="No connection to shop.example:443.")


def restarted(ledger: Ledger, ago_s: int, *, accepted_after: bool) -> int:
    """An order that was never sent, whose first attempt could not look for it; when the store was restarted."""
    ledger.accept(snapshot("e1")) if not accepted_after else None
    pass_time(ledger, 100)
    began_ms = ledger.store.now_ms()
    pass_time(ledger, ago_s)
    ledger.accept(snapshot("e1")) if accepted_after else None
    ledger.store.epoch = Epoch(2, began_ms)
    attempt(ledger, Script(ACCEPTED, NO_LOOK))
    assert delivery(ledger, "e1").in_doubt
    return began_ms


@pytest.mark.parametrize("accepted_after", [True, False])
def test_an_order_that_was_never_sent_waits_for_the_restart_and_not_for_a_request(
    ledger: Ledger, accepted_after: bool
) -> None:
    began_ms = restarted(ledger, 20, accepted_after=accepted_after)
    pass_time(ledger, 20)
    early = attempt(ledger, Script(ACCEPTED, Absent())).outcome
    said = re.match(r"The store was restarted at (\d\d:\d\d:\d\d) UTC; until ", early.message)
    assert said is not None, early.message
    assert said[1] in {utc(began_ms), utc(began_ms + 900)}


def test_what_is_open_since_a_restart_is_not_in_doubt_from_before_the_order_was_accepted(ledger: Ledger) -> None:
    began_ms = restarted(ledger, 20, accepted_after=True)
    [known] = Links(ledger.store).known(order_digest("shop/one", "1001"), ["one"])
    assert known.in_doubt_since == delivery(ledger, "e1").created_at
    assert known.restarted_at is not None
    assert abs(datetime.fromisoformat(known.restarted_at).timestamp() * 1000 - began_ms) < 2000


def test_a_request_without_an_answer_is_in_doubt_since_it_was_sent_restart_or_not(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    ledger.store.epoch = Epoch(2, ledger.store.now_ms() - 100_000)
    pass_time(ledger, 20)
    sent_ms = ledger.store.now_ms()
    attempt(ledger, Script(UNKNOWN, Absent()))
    [known] = Links(ledger.store).known(order_digest("shop/one", "1001"), ["one"])
    assert known.restarted_at is None
    assert known.in_doubt_since is not None
    assert abs(datetime.fromisoformat(known.in_doubt_since).timestamp() * 1000 - sent_ms) < 2000


def test_what_is_waited_for_after_a_request_without_an_answer_is_said_with_its_times(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    attempt(ledger, Script(UNKNOWN))
    pass_time(ledger, 20)
    claim_ms = ledger.store.now_ms() - 20_000
    early = attempt(ledger, Script(ACCEPTED, Absent())).outcome
    said = re.fullmatch(
        r"The order is not there yet\. A request of (\d\d:\d\d:\d\d) UTC may still create it,"
        r" so nothing more is sent until (\d\d:\d\d:\d\d) UTC\.",
        early.message,
    )
    assert said is not None, early.message
    assert said[1] in {utc(claim_ms + late_ms) for late_ms in range(-2000, 2001, 500)}
    assert said[2] in {utc(claim_ms + 60_000 + late_ms) for late_ms in range(-2000, 2001, 500)}


@pytest.mark.parametrize(("forgets", "goes"), [(False, ["act"]), (True, ["look"])], ids=["empty", "with an event"])
def test_only_a_ledger_that_held_an_event_before_its_store_was_restarted_looks_before_it_creates(
    ledger: Ledger, forgets: bool, goes: list[str]
) -> None:
    if forgets:
        ledger.accept(snapshot("e0", number="1000"))
        ledger.deliver()
    ledger.store.client.hset(ledger.store.keys.key("epoch"), "run_id", "the server before")
    restarted = Ledger(ledger.store.url)
    restarted.accept(snapshot("e1"))
    script = Script(ACCEPTED, Absent())
    attempt(restarted, script)
    assert script.happened == goes
    assert restarted.store.epoch.number == 2
    restarted.store.close()


def utc(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%H:%M:%S}"
