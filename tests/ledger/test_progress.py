"""Events watched to their end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.ledger import BURY, NO_ORDER, REJECTED, UNAVAILABLE, Ledger, action, park, snapshot
from worker.ledger.queries import progress as watching
from worker.ledger.queries.progress import EventProgress


@pytest.fixture
def two(clean_store: str) -> Iterator[Ledger]:
    made = Ledger(clean_store, "one", "two")
    yield made
    made.store.close()


def watched(ledger: Ledger, *events: object) -> EventProgress:
    made = EventProgress(ledger.store)
    made.follow(receipt.deliveries[0] for receipt in ledger.accept(*events))
    return made


def test_one_id_of_an_event_is_enough_to_watch_all_its_deliveries(two: Ledger) -> None:
    found = watched(two, snapshot("e1"))
    assert found.look().open == 2
    two.deliver("one")
    assert (found.look().open, found.unfinished, found.is_over) == (1, 1, False)
    two.deliver("two")
    assert found.look().moved
    assert (found.is_over, found.ended) == (True, {"delivered": 2})


def test_nothing_is_over_before_it_was_looked_at(two: Ledger) -> None:
    assert not watched(two, snapshot("e1")).is_over
    assert watched(two).is_over


def test_what_is_parked_goes_on_and_is_not_over(two: Ledger) -> None:
    found = watched(two, snapshot("e1"))
    two.finish(two.claim("one"), UNAVAILABLE, park(), "one")
    two.deliver("two")
    found.look()
    assert (found.is_over, found.unfinished) == (False, 1)


def test_a_dead_letter_has_ended_and_what_waits_behind_it_is_stuck(two: Ledger) -> None:
    found = watched(two, snapshot("e1"), action("a1"), action("a2", number="1002"))
    two.finish(two.claim("one"), REJECTED, BURY, "one")
    for name in ("one", "two", "two", "two"):
        two.deliver(name)
    found.look()
    assert found.ended == {"dead": 1, "delivered": 4}
    assert (found.is_over, found.unfinished) == (True, 1)


def test_a_dead_letter_that_blocks_nothing_has_ended_too(clean_store: str) -> None:
    one = Ledger(clean_store, "one", after_dead="continue")
    found = watched(one, snapshot("e1"))
    one.finish(one.claim(), REJECTED, BURY)
    found.look()
    assert (found.is_over, found.ended) == (True, {"dead": 1})
    one.store.close()


def test_a_dead_letter_that_goes_again_behind_its_order_has_not_ended(clean_store: str) -> None:
    one = Ledger(clean_store, "one")
    found = watched(one, action("a2", number="1002"), action("a1"), snapshot("e1"))
    for _ in range(2):
        one.finish(one.claim(), NO_ORDER, BURY)
    found.look()
    assert (found.is_over, found.ended) == (False, {"dead": 1})
    one.deliver()
    one.deliver()
    found.look()
    assert (found.is_over, found.ended) == (True, {"dead": 1, "delivered": 2})
    one.store.close()


def test_pages_are_looked_at_in_turn_until_all_have_ended(two: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "PAGE", 2)
    found = watched(two, *[snapshot(f"e{n}1", number=str(n)) for n in range(5)])
    assert [found.look().open for _ in range(3)] == [4, 4, 2 + 2]
    for _ in range(5):
        two.deliver("one")
        two.deliver("two")
    found.look_at_all()
    assert (found.is_over, found.ended["delivered"]) == (True, 10)


def test_an_event_is_watched_once_however_often_it_is_named(two: Ledger) -> None:
    found = watched(two, snapshot("e1"))
    found.follow(receipt.deliveries[1] for receipt in two.accept(snapshot("e1")))
    found.look()
    assert found.unfinished == 2
