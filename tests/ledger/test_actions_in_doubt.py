"""An action in doubt holds back everything of its order, until a person has said what was done, or an answer has."""

from __future__ import annotations

import pytest

from schemas.outcome import Outcome, OutcomeKind, Reason, Verdict, VerdictKind
from tests.fakes.dying import behind, bury, delivered, the_id
from tests.fakes.ledger import (
    ACCEPTED,
    BURY,
    BURY_UNKNOWN,
    DELIVER,
    REJECTED,
    UNKNOWN,
    Ledger,
    action,
    park,
    snapshot,
)

BURY_UNREADABLE = Verdict(kind=VerdictKind.BURY, reason=Reason.UNREADABLE, in_doubt=True)


def in_doubt(ledger: Ledger, expected: str) -> str:
    claim = ledger.claim()
    assert claim.event.id == expected
    ledger.finish(claim, UNKNOWN, BURY_UNKNOWN)
    return the_id(ledger, expected)


@pytest.mark.parametrize("comes", ["waiting", "later"])
def test_an_action_in_doubt_holds_back_everything(ledger: Ledger, comes: str) -> None:
    later = [snapshot("e2"), action("a3")]
    ledger.accept(action("a1"), *(later if comes == "waiting" else []))
    in_doubt(ledger, "a1")
    ledger.accept(*([] if comes == "waiting" else later))
    assert ledger.nothing() is None
    assert behind(ledger) == {"e2": "a1", "a3": "a1"}


def test_an_action_that_died_of_another_thing_while_in_doubt_holds_back_everything_too(ledger: Ledger) -> None:
    ledger.accept(action("a1"), snapshot("e2"))
    ledger.finish(ledger.claim(), UNKNOWN, BURY_UNREADABLE)
    assert ledger.nothing() is None
    assert ledger.deliveries(state="dead")[0].in_doubt


def test_a_dead_letter_whose_doubt_has_ended_lets_snapshots_go_ahead(ledger: Ledger) -> None:
    ledger.accept(action("a1"), snapshot("e2"))
    ledger.finish(ledger.claim(), UNKNOWN, park(5, in_doubt=True))
    ledger.advance(6)
    ledger.tick()
    ledger.finish(ledger.claim(), REJECTED, BURY, clears_doubt=True)
    assert delivered(ledger, 1) == ["e2"]


def test_behind_a_dead_action_one_in_doubt_holds_back_what_is_behind_itself(ledger: Ledger) -> None:
    """The older one was replayed while the other was in doubt, and died once more."""
    ledger.accept(action("a1"), action("a2"), snapshot("e3"))
    first = bury(ledger, "a1")
    ledger.dead.discard(first)
    doubtful = in_doubt(ledger, "a2")
    ledger.dead.replay(first)
    bury(ledger, "a1")
    ledger.accept(snapshot("e4"), action("a5"))
    assert ledger.nothing() is None
    assert behind(ledger) == {"e3": "a2", "e4": "a2", "a5": "a2"}
    ledger.dead.discard(doubtful)
    assert delivered(ledger, 1) == ["e4"]
    assert behind(ledger) == {"a5": "a1"}


def test_what_an_action_in_doubt_held_back_behind_a_dead_one_goes_on_when_it_is_given_up_after_a_replay(
    ledger: Ledger,
) -> None:
    ledger.accept(action("a1"), action("a2"), snapshot("e3"))
    first = bury(ledger, "a1")
    ledger.dead.discard(first)
    doubtful = in_doubt(ledger, "a2")
    ledger.dead.replay(first)
    bury(ledger, "a1")
    ledger.dead.replay(doubtful)
    assert ledger.nothing() is None
    assert behind(ledger) == {"a2": "a1", "e3": "a2"}
    ledger.dead.discard(doubtful)
    assert delivered(ledger, 1) == ["e3"]


def test_a_dead_snapshot_is_not_healed_from_behind_an_action_in_doubt(ledger: Ledger) -> None:
    """The provider has no order yet, as a look-up saw: the order's own doubt has ended, the action's has not."""
    ledger.accept(action("a0"), snapshot("e0"), action("a1"), action("a2"), snapshot("e3"))
    for given_up in ("a0", "e0"):
        ledger.dead.discard(the_id(ledger, given_up))
    first = bury(ledger, "a1")
    ledger.dead.discard(first)
    in_doubt(ledger, "a2")
    ledger.dead.replay(first)
    bury(ledger, "a1")
    ledger.dead.replay(the_id(ledger, "a0"))
    absent = Outcome(kind=OutcomeKind.ACCEPTED, reason=Reason.SAVED, calls=1)
    ledger.finish(ledger.claim(), absent, DELIVER, clears_doubt=True)
    ledger.dead.replay(the_id(ledger, "e0"))
    bury(ledger, "e0")
    assert ledger.nothing() is None
    assert ledger.states()["e3"] == "pending"


def test_a_late_answer_that_ends_the_doubt_lets_the_snapshots_go_ahead(ledger: Ledger) -> None:
    ledger.accept(action("a1"), action("a2"), snapshot("e3"))
    first = bury(ledger, "a1")
    ledger.dead.discard(first)
    lost = ledger.claim()
    ledger.advance(ledger.plans["one"].lease_s + 1)
    ledger.tick()
    ledger.dead.replay(first)
    bury(ledger, "a1")
    assert (ledger.nothing(), behind(ledger)) == (None, {"a2": "a1", "e3": "a2"})
    ledger.finish(lost, ACCEPTED, DELIVER)
    assert delivered(ledger, 1) == ["e3"]
    assert ledger.states() == {"a1": "dead", "a2": "delivered", "e3": "delivered"}
