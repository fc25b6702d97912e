"""What is lent of a gate beside places: its rate, its probe, and the provider's wish to be left alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from schemas.config import Rate
from tests.fakes.ledger import UNAUTHORIZED, UNAVAILABLE, park, snapshot
from tests.fakes.split import SplitLedger

TURN_MS = 200
"""How often shards are asked for a claim. A single token that nobody asks for in time is lost, as it is in a shop."""

SETTLED = 10
"""Rounds after which loans have come to rest."""


@pytest.fixture
def split(clean_store: str) -> Iterator[SplitLedger]:
    made = SplitLedger((clean_store,) * 3)
    yield made
    made.close()


def calls_in(split: SplitLedger, seconds: int) -> int:
    """How many claims all shards give out in so long, each of one call."""
    found = 0
    for _ in range(seconds * 1000 // TURN_MS):
        split.advance(TURN_MS / 1000)
        split.borrow()
        for shard in range(3):
            claims = split.claim_all(shard)
            found += len(claims)
            split.end_all(shard, claims)
    return found


@pytest.mark.parametrize(("per_second", "burst"), [(2, 9), (2, 1), (0.5, 2)])
def test_all_shards_together_keep_to_the_rate_and_come_near_it(clean_store, per_second, burst):
    split = SplitLedger((clean_store,) * 3, max_in_flight=8, rate=Rate(per_second=per_second, burst=burst))
    for shard in range(3):
        split.fill(shard, 60)
    calls_in(split, 5)
    assert 30 * per_second <= calls_in(split, 60) <= burst + 60 * per_second
    split.close()


def test_a_rate_is_had_by_whoever_alone_has_work_but_for_what_idle_shards_have(clean_store):
    split = SplitLedger((clean_store,) * 3, max_in_flight=8, rate=Rate(per_second=3, burst=6))
    split.fill(1, 60)
    calls_in(split, 5)
    assert calls_in(split, 20) >= 18
    split.close()


def trip(split: SplitLedger, shard: int) -> None:
    split.at = shard
    for n in range(5):
        split.finish(split.claim_in(shard), UNAVAILABLE, park(600), on_wire_ago_ms=n)


def test_while_a_gate_is_tripped_one_shard_alone_has_one_place(split):
    for shard in range(3):
        split.fill(shard, 20)
    split.borrow(rounds=SETTLED)
    trip(split, 1)
    split.borrow(rounds=SETTLED)
    assert split.lent() == [0, 1, 0]
    assert [split.claim_all(shard) for shard in range(3)] == [[], [], []]
    split.advance(7)
    split.borrow(rounds=2)
    [probe] = split.claim_all(1)
    assert split.claim_all(0) + split.claim_all(2) == []
    split.end_all(1, [probe])
    split.borrow(rounds=SETTLED)
    assert all(split.lent())


def test_a_tripped_shard_without_anything_to_try_leaves_the_probe_to_another(split):
    split.fill(1, 5)
    split.fill(2, 5)
    split.borrow(rounds=SETTLED)
    trip(split, 1)
    split.advance(1.5)
    split.borrow(rounds=SETTLED)
    assert split.lent() == [0, 0, 1]
    split.end_all(2, [split.claim_in(2)])
    split.borrow(rounds=SETTLED)
    assert split.row().gate.state != "tripped"
    assert all(split.lent())


def test_a_provider_found_well_in_one_shard_is_probed_no_longer_in_the_others(split):
    for shard in range(3):
        split.fill(shard, 20)
    split.borrow(rounds=SETTLED)
    for shard in (0, 1):
        split.at = shard
        for _ in range(3):
            split.finish(split.claim_in(shard), UNAUTHORIZED, park(600))
    split.borrow(rounds=SETTLED)
    assert split.row().gate.state == "held"
    assert split.lent() == [1, 0, 0]
    split.advance(2)
    split.advance(61, 0)
    split.borrow(rounds=SETTLED)
    [probe] = split.claim_all(0)
    split.end_all(0, [probe])
    split.borrow(rounds=SETTLED)
    assert split.row().gate.state in ("open", "limited")


def test_what_the_hold_parked_in_a_shard_comes_back_there_when_the_probe_of_another_gets_through(split):
    for shard in (0, 1):
        split.fill(shard, 4)
    split.borrow(rounds=SETTLED)
    for shard in (0, 1):
        split.at = shard
        for _ in range(3):
            split.finish(split.claim_in(shard), UNAUTHORIZED, park(600))
    split.borrow(rounds=SETTLED)
    split.advance(2)
    split.advance(61, 0)
    split.borrow(rounds=SETTLED)
    split.end_all(0, split.claim_all(0))
    split.borrow(rounds=SETTLED)
    parked = [one.client.zcard(one.keys.key("parked", provider="one")) for one in split.store.shards]
    assert parked == [0, 0, 0]


def test_a_providers_wish_to_be_left_alone_reaches_every_shard(split):
    for shard in range(3):
        split.fill(shard, 5)
    split.borrow(rounds=SETTLED)
    gate = split.store.shards[1].keys.key("gate", provider="one")
    split.store.shards[1].client.hset(gate, "wait_until", split.store.shards[1].now_ms() + 8000)
    split.borrow(rounds=3)
    assert [split.claim_all(shard) for shard in range(3)] == [[], [], []]
    for _ in range(9):
        split.advance(1)
        split.borrow()
    assert all(split.claim_all(shard) for shard in range(3))


def test_runners_are_called_for_as_many_places_as_are_lent(split):
    split.borrow(rounds=SETTLED)
    calls = split.calls(*[snapshot(f"e{n}1", n) for n in split.numbers(2, 9)])
    assert calls == ["one#2"] * 2
