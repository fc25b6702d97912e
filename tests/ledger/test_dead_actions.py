"""A dead action that was surely not done holds back what depends on it, the actions behind it, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from schemas.event import event_digest
from schemas.outcome import Reason, Verdict, VerdictKind
from tests.fakes.dying import behind, bury, delivered, the_id
from tests.fakes.ledger import (
    ACCEPTED,
    BURY,
    DELIVER,
    REJECTED,
    UNAVAILABLE,
    Ledger,
    action,
    park,
    snapshot,
)
from worker.ledger.claims import Claim
from worker.ledger.intake import Arrival


@pytest.fixture
def going_on(clean_store: str) -> Iterator[Ledger]:
    """Lanes that go on past their dead letters."""
    made = Ledger(clean_store, after_dead="continue")
    yield made
    made.store.close()


@pytest.fixture
def log(clean_store: str) -> Iterator[Ledger]:
    made = Ledger(clean_store, supersede=False)
    yield made
    made.store.close()


def test_a_snapshot_that_waited_behind_an_action_goes_on_when_that_dies(ledger: Ledger) -> None:
    ledger.accept(action("a1"), snapshot("e2"))
    bury(ledger, "a1")
    assert delivered(ledger, 1) == ["e2"]
    assert ledger.states() == {"a1": "dead", "e2": "delivered"}


def test_a_snapshot_that_comes_later_goes_ahead_of_a_dead_action(ledger: Ledger) -> None:
    ledger.accept(action("a1"))
    bury(ledger, "a1")
    ledger.accept(snapshot("e2"))
    assert delivered(ledger, 1) == ["e2"]
    ledger.accept(snapshot("e3"))
    assert delivered(ledger, 1) == ["e3"]
    assert (ledger.nothing(), ledger.row().dead) == (None, 1)


@pytest.mark.parametrize("reason", [Reason.REJECTED, Reason.EXHAUSTED, Reason.FORBIDDEN, Reason.UNREADABLE])
def test_whatever_it_died_of_a_snapshot_goes_ahead_where_it_was_surely_not_done(ledger: Ledger, reason: Reason) -> None:
    ledger.accept(action("a1"), snapshot("e2"))
    ledger.finish(ledger.claim(), UNAVAILABLE, Verdict(kind=VerdictKind.BURY, reason=reason))
    assert delivered(ledger, 1) == ["e2"]


def test_it_is_the_one_lane_that_goes_on_and_a_runner_is_called_for_it(ledger: Ledger) -> None:
    ledger.accept(action("a1"))
    bury(ledger, "a1")
    ledger.advance(31)
    assert ledger.calls(snapshot("e2")) == ["one"]
    ledger.claim()
    assert ledger.nothing() is None


def test_actions_behind_a_dead_action_wait_for_it_and_say_so(ledger: Ledger) -> None:
    ledger.accept(action("a1"), action("a2"), snapshot("e3"), action("a4"))
    bury(ledger, "a1")
    assert behind(ledger) == {"a2": "a1", "a4": "a1"}
    assert delivered(ledger, 1) == ["e3"]
    ledger.accept(action("a5"))
    assert ledger.nothing() is None
    assert behind(ledger) == {"a2": "a1", "a4": "a1", "a5": "a1"}


def test_a_snapshot_that_goes_ahead_is_what_the_next_snapshot_waits_for(ledger: Ledger) -> None:
    ledger.accept(action("a1"), action("a2"), snapshot("e3"))
    bury(ledger, "a1")
    claim = ledger.claim()
    ledger.accept(snapshot("e4"))
    assert (ledger.nothing(), behind(ledger)) == (None, {"a2": "a1", "e4": "e3"})
    ledger.finish(claim, ACCEPTED, DELIVER)
    assert delivered(ledger, 1) == ["e4"]


def test_snapshots_that_go_ahead_give_way_to_one_another(ledger: Ledger) -> None:
    ledger.accept(action("a1"), snapshot("e2"), action("a3"), snapshot("e4"))
    bury(ledger, "a1")
    ledger.accept(snapshot("e5"))
    assert delivered(ledger, 1) == ["e5"]
    assert ledger.states() == {"a1": "dead", "e2": "superseded", "a3": "pending", "e4": "superseded", "e5": "delivered"}


def test_after_a_replay_all_of_it_keeps_the_order_of_its_arrival(ledger: Ledger) -> None:
    ledger.accept(action("a1"), action("a2"), snapshot("e3"), action("a4"))
    dead = bury(ledger, "a1")
    ledger.dead.replay(dead)
    assert delivered(ledger, 4) == ["a1", "a2", "e3", "a4"]


def test_a_replay_after_the_snapshot_has_arrived_sends_the_action_and_frees_the_rest(ledger: Ledger) -> None:
    ledger.accept(action("a1"), action("a2"), snapshot("e3"))
    dead = bury(ledger, "a1")
    delivered(ledger, 1)
    assert ledger.dead.replay(dead).result == "replayed"
    assert delivered(ledger, 2) == ["a1", "a2"]
    row = ledger.row()
    assert (row.delivered, row.dead, row.pending) == (3, 0, 0)


def test_after_a_discard_the_actions_that_waited_keep_the_order_of_their_arrival(ledger: Ledger) -> None:
    ledger.accept(action("a1"), action("a2"), snapshot("e3"), action("a4"))
    ledger.dead.discard(bury(ledger, "a1"))
    assert delivered(ledger, 3) == ["a2", "e3", "a4"]


def test_an_action_that_waited_and_dies_too_holds_back_the_next_in_its_turn(ledger: Ledger) -> None:
    ledger.accept(action("a1"), action("a2"), action("a3"))
    ledger.dead.discard(bury(ledger, "a1"))
    second = bury(ledger, "a2")
    ledger.accept(snapshot("e4"))
    assert delivered(ledger, 1) == ["e4"]
    assert (ledger.nothing(), behind(ledger)) == (None, {"a3": "a2"})
    ledger.dead.discard(second)
    assert delivered(ledger, 1) == ["a3"]


def test_a_discard_while_a_snapshot_is_on_its_way_lets_the_actions_follow(ledger: Ledger) -> None:
    ledger.accept(action("a1"), action("a2"), snapshot("e3"))
    dead = bury(ledger, "a1")
    claim = ledger.claim()
    ledger.dead.discard(dead)
    assert ledger.nothing() is None
    ledger.finish(claim, ACCEPTED, DELIVER)
    assert delivered(ledger, 1) == ["a2"]


@pytest.mark.parametrize("ends", ["dead", "parked"])
def test_a_replay_while_a_snapshot_fails_on_its_way_lets_the_action_go(ledger: Ledger, ends: str) -> None:
    ledger.accept(action("a1"), snapshot("e2"))
    dead = bury(ledger, "a1")
    claim = ledger.claim()
    ledger.dead.replay(dead)
    ledger.finish(claim, *((REJECTED, BURY) if ends == "dead" else (UNAVAILABLE, park(5))))
    ledger.advance(6)
    ledger.tick()
    assert ledger.claim().event.id == "a1"


def test_a_snapshot_that_went_ahead_and_waits_for_its_time_keeps_nobody_from_a_freed_action(ledger: Ledger) -> None:
    ledger.accept(action("a1"), action("a2"), snapshot("e3"))
    dead = bury(ledger, "a1")
    ledger.finish(ledger.claim(), UNAVAILABLE, park(3000))
    ledger.dead.discard(dead)
    assert delivered(ledger, 2) == ["a2", "e3"]


def test_a_dead_snapshot_before_it_is_healed_by_the_next_one(ledger: Ledger) -> None:
    ledger.accept(snapshot("e0"))
    delivered(ledger, 1)
    ledger.accept(action("a1"), snapshot("e2"))
    bury(ledger, "a1")
    bury(ledger, "e2")
    ledger.accept(snapshot("e3"))
    assert delivered(ledger, 1) == ["e3"]
    assert ledger.states() == {"e0": "delivered", "a1": "dead", "e2": "superseded", "e3": "delivered"}


def test_what_comes_in_with_an_older_number_takes_its_place_among_what_waits(ledger: Ledger) -> None:
    late = action("a2")
    ledger.accept(action("a1"))
    ledger.store.client.incr(ledger.store.keys.key("seq"))
    ledger.accept(action("a3"), snapshot("e4"))
    dead = bury(ledger, "a1")
    ledger.intake.accept([Arrival(late, event_digest(late), seq=2)])
    assert behind(ledger) == {"a2": "a1", "a3": "a1"}
    ledger.dead.replay(dead)
    assert delivered(ledger, 4) == ["a1", "a2", "a3", "e4"]


def test_what_comes_in_with_a_number_before_the_dead_actions_goes_at_once(ledger: Ledger) -> None:
    late = action("a1")
    ledger.store.client.incr(ledger.store.keys.key("seq"))
    ledger.accept(action("a2"), action("a3"), snapshot("e4"))
    bury(ledger, "a2")
    ledger.intake.accept([Arrival(late, event_digest(late), seq=1)])
    assert delivered(ledger, 2) == ["a1", "e4"]
    assert behind(ledger) == {"a3": "a2"}


def test_a_snapshot_that_went_ahead_and_waits_for_its_time_is_not_hurried_by_the_next(ledger: Ledger) -> None:
    ledger.accept(action("a1"), snapshot("e2"))
    bury(ledger, "a1")
    ledger.finish(ledger.claim(), UNAVAILABLE, park(60))
    ledger.accept(snapshot("e3"))
    assert ledger.nothing() is None
    ledger.advance(61)
    ledger.tick()
    assert delivered(ledger, 1) == ["e3"]


def test_a_lane_that_continues_passes_a_dead_action_with_all_there_is(going_on: Ledger) -> None:
    going_on.accept(action("a1"), action("a2"), snapshot("e3"))
    bury(going_on, "a1")
    assert delivered(going_on, 2) == ["a2", "e3"]


def test_at_a_log_everything_keeps_its_turn_and_waits(log: Ledger) -> None:
    log.accept(action("a1"), snapshot("e2"))
    bury(log, "a1")
    log.accept(snapshot("e3"))
    assert log.nothing() is None
    assert behind(log) == {"e2": "a1", "e3": "a1"}


def test_a_replay_put_before_a_snapshot_that_dies_goes_on(ledger: Ledger) -> None:
    ledger.accept(action("a1"), snapshot("e2"))
    ledger.dead.discard(the_id(ledger, "a1"))
    claim = ledger.claim()
    ledger.dead.replay(the_id(ledger, "a1"))
    ledger.finish(claim, REJECTED, BURY)
    assert isinstance(ledger.claim(), Claim)


def test_an_order_with_hundreds_of_actions_keeps_them_in_order_too(ledger: Ledger) -> None:
    ledger.accept(*[action(f"a{n}") for n in range(300)], snapshot("e1"))
    bury(ledger, "a0")
    assert delivered(ledger, 1) == ["e1"]
    ledger.dead.replay(the_id(ledger, "a0"))
    assert delivered(ledger, 300) == [f"a{n}" for n in range(300)]
