"""An action that overtook its order dies as ``unknown_order``, and goes by itself behind the first snapshot delivered there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.ledger import (
    ACCEPTED,
    BURY,
    DELIVER,
    NO_ORDER,
    REJECTED,
    SKIP,
    UNAVAILABLE,
    UNKNOWN,
    UNWANTED,
    Ledger,
    action,
    park,
    snapshot,
)


@pytest.fixture(params=["block", "continue", "log"])
def any_ledger(clean_store: str, request: pytest.FixtureRequest) -> Iterator[Ledger]:
    after = "continue" if request.param == "continue" else "block"
    made = Ledger(clean_store, after_dead=after, supersede=request.param != "log")
    yield made
    made.store.close()


def finds_no_order(ledger: Ledger, expected: str) -> None:
    """The head is an action, and the provider does not know its order."""
    claim = ledger.claim()
    assert claim.event.id == expected
    ledger.finish(claim, NO_ORDER, BURY, fingerprint="no order")


def delivered(ledger: Ledger, many: int) -> list[str]:
    return [ledger.deliver().event.id for _ in range(many)]


def the_id(ledger: Ledger, event_id: str) -> str:
    return next(one.id for one in ledger.deliveries() if one.event_id == event_id)


@pytest.mark.parametrize("comes", ["waiting", "later"])
def test_a_cancellation_that_overtook_its_order_follows_it(any_ledger: Ledger, comes: str) -> None:
    ledger = any_ledger
    ledger.accept(action("a1"), *([snapshot("e1")] if comes == "waiting" else []))
    finds_no_order(ledger, "a1")
    ledger.accept(*([snapshot("e1")] if comes == "later" else []))
    assert delivered(ledger, 2) == ["e1", "a1"]
    assert ledger.states() == {"e1": "delivered", "a1": "delivered"}
    assert ledger.nothing() is None


def test_it_says_why_it_goes_again_and_keeps_its_history(ledger: Ledger) -> None:
    ledger.accept(action("a1"), snapshot("e1"))
    finds_no_order(ledger, "a1")
    delivered(ledger, 1)
    [again] = ledger.deliveries(state="pending")
    assert (again.event_id, again.reason, again.attempts) == ("a1", "order_delivered", 1)
    assert again.last_attempt is not None
    assert again.last_attempt.reason == "unknown_order"
    claim = ledger.claim()
    assert (claim.number, claim.tries, claim.link is not None) == (2, 0, True)


def test_it_leaves_the_dead_letters_and_their_groups(any_ledger: Ledger) -> None:
    ledger = any_ledger
    ledger.accept(action("a1"), snapshot("e1"))
    finds_no_order(ledger, "a1")
    assert [group.count for group in ledger.dead.groups()] == [1]
    delivered(ledger, 1)
    row = ledger.row()
    assert (row.pending, row.dead, row.delivered) == (1, 0, 1)
    assert list(ledger.dead.groups()) == []
    assert ledger.deliveries(state="dead") == []


def test_what_still_finds_no_order_stays_dead_until_another_snapshot_is_delivered(any_ledger: Ledger) -> None:
    ledger = any_ledger
    ledger.accept(action("a1"), snapshot("e1"))
    finds_no_order(ledger, "a1")
    delivered(ledger, 1)
    finds_no_order(ledger, "a1")
    ledger.advance(3600)
    ledger.tick()
    assert (ledger.nothing(), ledger.row().dead) == (None, 1)
    ledger.accept(snapshot("e2"))
    assert delivered(ledger, 2) == ["e2", "a1"]


def test_several_actions_keep_their_order(any_ledger: Ledger) -> None:
    ledger = any_ledger
    ledger.accept(action("a1"), action("a2"), action("a3"))
    finds_no_order(ledger, "a1")
    if (claim := ledger.runner().begin()) is None:
        assert ledger.plans["one"].blocks
    else:
        ledger.finish(claim, NO_ORDER, BURY)
        finds_no_order(ledger, "a3")
    ledger.accept(snapshot("e1"))
    assert delivered(ledger, 4) == ["e1", "a1", "a2", "a3"]


def test_it_goes_behind_the_first_snapshot_delivered_and_before_the_next(any_ledger: Ledger) -> None:
    ledger = any_ledger
    ledger.accept(action("a1"), snapshot("e1"))
    finds_no_order(ledger, "a1")
    claim = ledger.claim()
    ledger.accept(snapshot("e2"), snapshot("e3", number="2002"))
    ledger.finish(claim, ACCEPTED, DELIVER)
    assert [one for one in delivered(ledger, 3) if one != "e3"] == ["a1", "e2"]


def test_a_snapshot_that_is_skipped_brings_no_order(ledger: Ledger) -> None:
    ledger.accept(action("a1"), snapshot("e1"))
    finds_no_order(ledger, "a1")
    ledger.finish(ledger.claim(), UNWANTED, SKIP)
    assert (ledger.nothing(), ledger.row().dead) == (None, 1)
    ledger.accept(snapshot("e2"))
    assert delivered(ledger, 2) == ["e2", "a1"]


@pytest.mark.parametrize("end", ["dead", "parked"])
def test_a_snapshot_that_fails_first_brings_it_when_it_gets_through(ledger: Ledger, end: str) -> None:
    ledger.accept(action("a1"), snapshot("e1"))
    finds_no_order(ledger, "a1")
    ledger.finish(ledger.claim(), *((REJECTED, BURY) if end == "dead" else (UNAVAILABLE, park(5))))
    ledger.accept(*([snapshot("e2")] if end == "dead" else []))
    ledger.advance(6)
    ledger.tick()
    assert delivered(ledger, 2)[1] == "a1"


def test_a_snapshot_whose_end_comes_late_brings_it_too(ledger: Ledger) -> None:
    ledger.accept(action("a1"), snapshot("e1"))
    finds_no_order(ledger, "a1")
    late = ledger.claim()
    ledger.advance(ledger.plans["one"].lease_s + 1)
    ledger.tick()
    ledger.finish(late, ACCEPTED, DELIVER)
    assert ledger.states() == {"a1": "pending", "e1": "delivered"}
    assert delivered(ledger, 1) == ["a1"]


@pytest.mark.parametrize("any_ledger", ["continue"], indirect=True)
def test_an_action_that_is_delivered_brings_no_order(any_ledger: Ledger) -> None:
    any_ledger.accept(action("a1"), action("a2"))
    finds_no_order(any_ledger, "a1")
    assert delivered(any_ledger, 1) == ["a2"]
    assert (any_ledger.nothing(), any_ledger.row().dead) == (None, 1)


def test_what_died_of_something_else_stays_with_the_person(ledger: Ledger) -> None:
    ledger.accept(action("a1"), snapshot("e1"))
    ledger.finish(ledger.claim(), REJECTED, BURY)
    delivered(ledger, 1)
    assert (ledger.nothing(), ledger.row().dead) == (None, 1)


def test_what_dies_of_something_else_after_its_order_came_stays_with_the_person(ledger: Ledger) -> None:
    ledger.accept(action("a1"), snapshot("e1"))
    finds_no_order(ledger, "a1")
    delivered(ledger, 1)
    ledger.finish(ledger.claim(), REJECTED, BURY)
    ledger.accept(snapshot("e2"))
    delivered(ledger, 1)
    assert (ledger.nothing(), ledger.row().dead) == (None, 1)


@pytest.mark.parametrize("deed", ["replay", "discard"])
def test_what_a_person_did_with_it_meanwhile_stands(ledger: Ledger, deed: str) -> None:
    ledger.accept(action("a1"))
    finds_no_order(ledger, "a1")
    if deed == "replay":
        ledger.dead.replay(the_id(ledger, "a1"))
        ledger.finish(ledger.claim(), REJECTED, BURY)
    else:
        ledger.dead.discard(the_id(ledger, "a1"))
    ledger.accept(snapshot("e1"))
    assert delivered(ledger, 1) == ["e1"]
    assert ledger.nothing() is None
    assert ledger.states()["a1"] == ("dead" if deed == "replay" else "discarded")


@pytest.mark.parametrize("any_ledger", ["block", "continue"], indirect=True)
def test_what_may_have_been_done_all_the_same_waits_for_a_person(any_ledger: Ledger) -> None:
    ledger = any_ledger
    ledger.accept(action("a1"), snapshot("e1"))
    ledger.finish(ledger.claim(), UNKNOWN, park(5, in_doubt=True))
    ledger.advance(6)
    ledger.tick()
    finds_no_order(ledger, "a1")
    if not ledger.plans["one"].blocks:
        assert delivered(ledger, 1) == ["e1"]
    assert (ledger.nothing(), ledger.row().dead) == (None, 1)


@pytest.mark.parametrize("any_ledger", ["block", "continue"], indirect=True)
def test_a_snapshot_that_finds_no_order_is_no_action_that_overtook(any_ledger: Ledger) -> None:
    ledger = any_ledger
    ledger.accept(snapshot("e1"))
    delivered(ledger, 1)
    ledger.accept(snapshot("e2"))
    finds_no_order(ledger, "e2")
    ledger.accept(snapshot("e3"))
    assert delivered(ledger, 1) == ["e3"]
    assert ledger.nothing() is None


def test_an_order_without_such_actions_keeps_nothing_of_it(ledger: Ledger) -> None:
    ledger.accept(action("a1"), snapshot("e1"))
    finds_no_order(ledger, "a1")
    delivered(ledger, 2)
    client = ledger.store.client
    [order] = client.keys("*:or:*")
    assert b"u:one" not in client.hgetall(order)
    assert client.keys("*dl:*") == []


def test_each_provider_waits_for_its_own_order(clean_store: str) -> None:
    ledger = Ledger(clean_store, "one", "two")
    ledger.accept(action("a1"), snapshot("e1"))
    for name in ("one", "two"):
        ledger.finish(ledger.claim(name), NO_ORDER, BURY, name)
    ledger.deliver("one")
    assert ledger.claim("one").event.id == "a1"
    assert ledger.claim("two").event.id == "e1"
    ledger.store.close()
