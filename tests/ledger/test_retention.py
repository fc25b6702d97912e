"""Retention, and whose order a key is."""

from __future__ import annotations

from tests.fakes.ledger import ACCEPTED, BURY, DELIVER, REJECTED, Ledger, snapshot
from worker.ledger.customers import Customers
from worker.ledger.ownership import Ownership
from worker.ledger.provider_table import apply_table
from worker.ledger.retention import BATCH, Retention

DAY_S = 86_400
KEEP_MS = 14 * DAY_S * 1000


def sweep(ledger: Ledger) -> int:
    return Retention(ledger.store, KEEP_MS, Customers(ledger.store)).sweep(ledger.store.now_ms())


def test_what_was_delivered_is_forgotten_after_its_retention(ledger: Ledger) -> None:
    ledger.accept(snapshot())
    ledger.deliver()
    ledger.advance(13 * DAY_S)
    assert sweep(ledger) == 0
    ledger.advance(2 * DAY_S)
    assert sweep(ledger) == 1
    assert ledger.deliveries() == []
    assert ledger.records.find(["d" + "a" * 25]) == [None]


def test_what_was_forgotten_is_still_a_duplicate_with_the_same_receipt(ledger: Ledger) -> None:
    [first] = ledger.accept(snapshot())
    ledger.deliver()
    ledger.advance(30 * DAY_S)
    sweep(ledger)
    [again] = ledger.accept(snapshot())
    assert (again.status, again.deliveries) == ("duplicate", first.deliveries)


def test_the_link_outlives_its_event(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    ledger.deliver()
    ledger.advance(30 * DAY_S)
    sweep(ledger)
    ledger.accept(snapshot("e2"))
    assert ledger.claim().link is not None


def test_a_dead_letter_is_kept_until_it_is_handled(ledger: Ledger) -> None:
    ledger.accept(snapshot())
    ledger.finish(ledger.claim(), REJECTED, BURY)
    ledger.advance(300 * DAY_S)
    assert sweep(ledger) == 0
    ledger.dead.discard(ledger.deliveries()[0].id)
    assert sweep(ledger) == 1


def test_a_sweep_is_bounded_and_passes_over_what_must_stay(ledger: Ledger) -> None:
    ledger.accept(*[snapshot(f"e{i}1", number=str(i)) for i in range(2 * BATCH + 50)])
    for n in range(60):
        ledger.finish(ledger.claim(), REJECTED, BURY, fingerprint=f"f{n % 3}")
    for _ in range(2 * BATCH - 10):
        ledger.finish(ledger.claim(), ACCEPTED, DELIVER)
    ledger.advance(300 * DAY_S)
    tidy = Retention(ledger.store, KEEP_MS, Customers(ledger.store))
    assert [tidy.sweep(ledger.store.now_ms()) for _ in range(4)] == [BATCH - 60, BATCH, 50, 0]
    assert len(ledger.deliveries()) == 60


def test_a_key_belongs_to_the_source_that_first_used_it(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    ledger.deliver()
    other = snapshot("e9", source="shop/two")
    ledger.accept(other)
    assert Ownership(ledger.store).owner("one", other) == "shop/one"


def test_a_free_key_is_taken_once_for_all(ledger: Ledger) -> None:
    ours, theirs = snapshot("e1"), snapshot("e9", source="shop/two")
    ledger.accept(ours, theirs)
    ownership = Ownership(ledger.store)
    assert ownership.owner("one", theirs) == "shop/two"
    assert ownership.owner("one", ours) == "shop/two"


def test_with_one_source_every_key_is_its_own(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    assert Ownership(ledger.store).owner("one", snapshot("e1")) == "shop/one"
    assert ledger.store.client.exists(ledger.store.keys.key("owners", provider="one")) == 0


def test_an_event_that_no_provider_wants_is_kept_as_long_as_what_was_delivered(ledger: Ledger) -> None:
    """A provider that comes later can still be given it."""
    apply_table(ledger.store, {}, "nobody")
    [receipt] = ledger.accept(snapshot())
    assert (receipt.status, receipt.deliveries) == ("accepted", [])
    ledger.advance(13 * DAY_S)
    assert sweep(ledger) == 0
    assert [event.id for _, event in ledger.events.listed()] == ["e1"]
    ledger.advance(2 * DAY_S)
    assert sweep(ledger) == 1
