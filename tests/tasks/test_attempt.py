"""One attempt at an action whose first request may have been done: who is asked, and what is done about the answer."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.delivery import Delivery, Link
from schemas.outcome import Outcome, OutcomeKind, Reason
from tasks.attempt import Attempting
from tests.fakes.ledger import ACCEPTED, UNKNOWN, Ledger, action, snapshot
from tests.fakes.scripted import Script, Scripted
from worker.ledger.claims import Claim
from worker.ledger.lanes import Finished
from worker.ledger.store.client import Epoch
from worker.providers.base import Absent, LookupResult, Settled, Undetermined
from worker.providers.http import Driver

CLEAR = Undetermined("The order there shows 3 pieces; compare its refunds.")


def attempt(ledger: Ledger, script: Script) -> tuple[Claim, Finished]:
    """One attempt, recorded."""
    claim = ledger.claim()
    provider = Scripted(ledger.configs["one"], script)
    attempting = Attempting(
        claim, claim.event, provider, ledger.plans["one"], Driver(), guard=lambda _: True, owner="shop/one"
    )
    finished = attempting.run()
    ledger.runner().finish(claim, finished, last=True)
    return claim, finished


def in_doubt(ledger: Ledger, sighting: LookupResult | None, **more: Any) -> Script:
    """A cancellation that may have been done by its first attempt, due again."""
    ledger.accept(snapshot("e1"))
    ledger.deliver()
    ledger.accept(action("a1"))
    attempt(ledger, Script(UNKNOWN, **more))
    ledger.advance(3600)
    ledger.tick()
    return Script(ACCEPTED, sighting, **more)


def the_action(ledger: Ledger) -> Delivery:
    [one] = [d for d in ledger.deliveries() if d.event_id == "a1"]
    return one


def force(ledger: Ledger, *, by_force: bool = True) -> None:
    assert ledger.dead.replay(the_action(ledger).id, force=by_force).result == "replayed"


def test_an_action_that_is_seen_done_is_delivered_without_doing_it_again(ledger: Ledger) -> None:
    script = in_doubt(ledger, Settled("The order there is cancelled.", Link(order_id="78")))
    attempt(ledger, script)
    assert script.happened == ["look"]
    done = the_action(ledger)
    assert (done.state, done.reason, done.in_doubt) == ("delivered", "exists", False)
    assert done.link is not None
    assert done.link.order_id == "78"


def test_an_action_that_is_surely_not_done_is_done(ledger: Ledger) -> None:
    script = in_doubt(ledger, Absent())
    attempt(ledger, script)
    assert script.happened == ["look", "act"]
    assert the_action(ledger).state == "delivered"


def test_an_action_that_reading_cannot_tell_of_asks_a_person_with_the_evidence(ledger: Ledger) -> None:
    script = in_doubt(ledger, CLEAR)
    attempt(ledger, script)
    assert script.happened == ["look"]
    letter = the_action(ledger)
    assert (letter.state, letter.reason, letter.in_doubt) == ("dead", "unknown", True)
    assert letter.last_attempt is not None
    assert letter.last_attempt.message.startswith(CLEAR.message)
    assert "--force" in letter.last_attempt.message


@pytest.mark.parametrize(("sighting", "on_unknown"), [(CLEAR, "look_up"), (None, "ask")])
def test_a_plain_replay_of_what_nobody_can_tell_does_it_not(
    ledger: Ledger, sighting: LookupResult | None, on_unknown: Any
) -> None:
    script = in_doubt(ledger, sighting, on_unknown=on_unknown)
    if on_unknown == "look_up":
        attempt(ledger, script)
    force(ledger, by_force=False)
    attempt(ledger, script)
    assert "act" not in script.happened
    assert the_action(ledger).state == "dead"


@pytest.mark.parametrize(("sighting", "on_unknown"), [(CLEAR, "look_up"), (None, "ask")])
def test_a_forced_replay_is_a_persons_word_that_it_was_not_done(
    ledger: Ledger, sighting: LookupResult | None, on_unknown: Any
) -> None:
    script = in_doubt(ledger, sighting, on_unknown=on_unknown)
    if on_unknown == "look_up":
        attempt(ledger, script)
    force(ledger)
    assert the_action(ledger).in_doubt is False
    attempt(ledger, script)
    assert script.happened[-1] == "act"
    assert the_action(ledger).state == "delivered"


def test_what_a_person_vouched_for_is_in_doubt_again_after_an_attempt_without_an_answer(ledger: Ledger) -> None:
    script = in_doubt(ledger, CLEAR)
    attempt(ledger, script)
    force(ledger)
    _, finished = attempt(ledger, Script(UNKNOWN))
    assert finished.verdict.in_doubt
    assert the_action(ledger).in_doubt
    ledger.advance(3600)
    ledger.tick()
    attempt(ledger, script)
    assert (the_action(ledger).state, script.happened) == ("dead", ["look", "look"])


def test_an_operation_that_only_a_person_can_tell_of_asks_at_once(ledger: Ledger) -> None:
    in_doubt(ledger, None, on_unknown="ask")
    letter = the_action(ledger)
    assert (letter.state, letter.reason, letter.in_doubt) == ("dead", "unknown", True)


def test_an_action_is_given_the_order_as_it_was_last_accepted(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1", grand="10"), snapshot("e2", grand="30"), action("a1"))
    ledger.deliver()
    script = Script(ACCEPTED)
    attempt(ledger, script)
    [job] = script.jobs
    assert job.order is not None
    assert job.order.totals.grand == 30


def test_an_action_for_an_order_that_is_not_kept_is_given_none(ledger: Ledger) -> None:
    ledger.accept(action("a1"))
    script = Script(ACCEPTED)
    attempt(ledger, script)
    assert script.jobs[0].order is None


def test_after_a_store_came_back_an_action_is_looked_up_before_it_is_done(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    ledger.deliver()
    ledger.accept(action("a1"))
    ledger.store.epoch = Epoch(2, ledger.store.now_ms())
    ledger.advance(120)
    script = Script(ACCEPTED, Absent())
    attempt(ledger, script)
    assert script.happened == ["look", "act"]


def test_a_look_up_that_was_refused_decides_nothing_about_the_action(ledger: Ledger) -> None:
    script = in_doubt(ledger, Outcome(kind=OutcomeKind.REJECTED, reason=Reason.REJECTED, message="No."))
    _, finished = attempt(ledger, script)
    assert (finished.outcome.kind, finished.outcome.reason) == (OutcomeKind.UNKNOWN, Reason.UNANSWERED_LOOK_UP)
    assert script.happened == ["look"]
