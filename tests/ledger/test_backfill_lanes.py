"""A backfill keeps to the lanes: in order, behind live traffic, and not before its time."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from schemas.delivery import order_digest
from schemas.order import ProviderRefs
from tests.fakes.backfilled import add_provider, backfilled
from tests.fakes.ledger import (
    ACCEPTED,
    DELIVER,
    SOURCE,
    UNAVAILABLE,
    Ledger,
    action,
    order_of,
    park,
    snapshot,
)
from worker.ledger.provider_table import apply_table, remove_provider


@pytest.fixture
def ledger(clean_store: str) -> Iterator[Ledger]:
    made = Ledger(clean_store, max_in_flight=50)
    yield made
    made.store.close()


def test_an_order_that_was_missed_for_a_while_gets_its_newest_snapshot_behind_what_it_has(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    claim = ledger.claim()
    add_provider(ledger, "other")
    remove_provider(ledger.store, "one")
    ledger.accept(snapshot("e2"))
    apply_table(ledger.store, ledger.configs, "again")
    ledger.furnish()
    backfilled(ledger, "one")
    assert ledger.states(provider="one") == {"e1": "attempting", "e2": "pending"}
    ledger.nothing()
    ledger.finish(claim, ACCEPTED, DELIVER)
    assert ledger.states(provider="one") == {"e1": "delivered", "e2": "pending"}
    ledger.deliver()
    assert ledger.states(provider="one") == {"e1": "delivered", "e2": "delivered"}


def test_a_snapshot_that_waits_there_gives_way_to_the_newest_one(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    add_provider(ledger, "other")
    remove_provider(ledger.store, "one")
    ledger.accept(snapshot("e2"))
    apply_table(ledger.store, ledger.configs, "again")
    ledger.furnish()
    backfilled(ledger, "one")
    ledger.deliver()
    assert ledger.states(provider="one") == {"e1": "superseded", "e2": "delivered"}
    ledger.nothing()


def test_a_lane_that_is_parked_keeps_its_time(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    ledger.finish(ledger.claim(), UNAVAILABLE, park(60))
    add_provider(ledger, "other")
    remove_provider(ledger.store, "one")
    ledger.accept(action("a1"), snapshot("e2"))
    apply_table(ledger.store, ledger.configs, "again")
    ledger.furnish()
    backfilled(ledger, "one")
    assert ledger.states(provider="one") == {"e1": "parked", "e2": "pending"}
    ledger.nothing()
    ledger.advance(61)
    ledger.tick()
    ledger.deliver()
    assert ledger.states(provider="one") == {"e1": "superseded", "e2": "delivered"}


def test_the_snapshot_goes_before_an_action_that_came_after_it(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    add_provider(ledger)
    ledger.accept(action("a1"))
    backfilled(ledger)
    assert [ledger.deliver("new") and dict(ledger.states(provider="new")) for _ in range(2)] == [
        {"e1": "delivered", "a1": "pending"},
        {"e1": "delivered", "a1": "delivered"},
    ]
    ledger.nothing("new")


def test_live_traffic_goes_before_a_backfill_and_does_not_starve_it(ledger: Ledger) -> None:
    ledger.accept(*(snapshot(f"e{n}1", str(n)) for n in range(10)))
    add_provider(ledger)
    backfilled(ledger)
    ledger.accept(*(snapshot(f"l{n}1", f"live{n}") for n in range(30)))
    first = [ledger.claim("new").order for _ in range(24)]
    live = {order_digest(SOURCE, f"live{n}") for n in range(30)}
    assert 22 <= sum(order in live for order in first) <= 23


def test_the_link_that_a_producer_knows_is_kept(ledger: Ledger) -> None:
    order = msgspec.structs.replace(order_of(), refs={"new": ProviderRefs(order_id="88")})
    ledger.accept(snapshot("e1", order=order))
    add_provider(ledger)
    backfilled(ledger)
    claim = ledger.claim("new")
    assert claim.link is not None
    assert claim.link.order_id == "88"
