"""The first shard lends each gate to all of them: never more than there is, and something to everybody."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from schemas.config import Rate
from tests.fakes.ledger import (
    ACCEPTED,
    DELIVER,
    UNAUTHORIZED,
    UNAVAILABLE,
    park,
    snapshot,
)
from tests.fakes.split import SplitLedger
from worker.errors import StoreUnreachable
from worker.ledger.lanes import Claim
from worker.ledger.lending import Borrowing

SETTLED = 10
"""Rounds after which loans have come to rest."""


@pytest.fixture
def split(clean_store: str) -> Iterator[SplitLedger]:
    made = SplitLedger((clean_store,) * 3)
    yield made
    made.close()


def small(clean_store: str, most: int, **more: object) -> SplitLedger:
    return SplitLedger((clean_store,) * 3, max_in_flight=most, **more)


def fill(split: SplitLedger, shard: int, orders: int) -> None:
    split.accept(*[snapshot(f"s{shard}e{n}1", n) for n in split.numbers(shard, orders)])


def claim_all(split: SplitLedger, shard: int) -> list[Claim]:
    """Every claim that this shard gives out now."""
    claims = []
    while isinstance(claim := split.try_in(shard), Claim):
        claims.append(claim)
    return claims


def end_all(split: SplitLedger, shard: int, claims: list[Claim]) -> None:
    split.at = shard
    for claim in claims:
        split.finish(claim, ACCEPTED, DELIVER)


def test_nothing_is_claimed_before_anything_is_lent(split):
    fill(split, 1, 1)
    assert claim_all(split, 1) == []
    split.borrow(rounds=SETTLED)
    assert len(claim_all(split, 1)) == 1


def test_idle_shards_have_places_in_reserve_so_that_nothing_waits_for_a_loan(split):
    split.borrow(rounds=SETTLED)
    assert split.lent() == [3, 3, 2]
    fill(split, 2, 1)
    assert len(claim_all(split, 2)) == 1


def test_places_go_where_the_work_is_but_for_one_of_each(split):
    fill(split, 1, 20)
    split.borrow(rounds=SETTLED)
    assert split.lent() == [1, 6, 1]
    assert len(claim_all(split, 1)) == 6


def test_shards_that_all_want_more_have_even_parts(split):
    for shard in range(3):
        fill(split, shard, 20)
    split.borrow(rounds=SETTLED)
    assert sum(len(claim_all(split, shard)) for shard in range(3)) == 8
    assert split.claims() == [3, 3, 2]


def test_a_place_is_lent_again_only_when_its_claim_has_ended(split):
    fill(split, 1, 20)
    split.borrow(rounds=SETTLED)
    claims = claim_all(split, 1)
    fill(split, 2, 20)
    split.borrow(rounds=SETTLED)
    assert (len(claims), split.lent()) == (6, [1, 4, 1])
    end_all(split, 1, claims[:3])
    split.borrow(rounds=SETTLED)
    assert split.lent() == [1, 4, 3]
    claim_all(split, 2)
    assert sum(split.claims()) <= 8


def test_a_loan_that_was_never_taken_is_lent_to_nobody_else(split, monkeypatch):
    split.borrow(rounds=SETTLED)
    fill(split, 1, 20)
    split.borrow(1)
    with monkeypatch.context() as dying:
        dying.setattr(split.store.shards[1], "run_each", unreachable)
        for _ in range(SETTLED):
            with pytest.raises(StoreUnreachable):
                split.borrow(1)
            split.borrow(0, 2)
    assert split.lent() == [1, 3, 1]
    fill(split, 2, 20)
    split.borrow(0, 2, rounds=SETTLED)
    assert split.lent() == [1, 3, 1]
    split.borrow(rounds=SETTLED)
    assert split.lent() == [1, 4, 3]


def test_two_workers_may_ask_for_one_shard_and_old_loans_are_not_taken_for_newer_ones(split):
    split.borrow(rounds=SETTLED)
    stalled = Borrowing(split.store.shards[1], split.plans)
    stalled.go_round()
    kept: list[tuple[str, list[object]]] = []
    stalled.shard = Later(split.store.shards[1], kept)  # type: ignore[assignment]  # all that it calls
    stalled.go_round()
    fill(split, 2, 20)
    split.borrow(rounds=SETTLED)
    before = split.lent()
    [(step, calls)] = kept
    split.store.shards[1].run_each(step, calls)  # the stalled one comes back
    assert split.lent() == before == [1, 1, 6]


def test_a_lapsed_loan_lets_nothing_through_and_lengthens_no_claim(split):
    fill(split, 1, 20)
    split.borrow(rounds=SETTLED)
    claim = split.claim_in(1)
    split.at = 1
    assert split.runner().renew(claim)
    split.advance(10.1, 1)
    assert claim_all(split, 1) == []
    assert not split.runner().renew(claim)
    split.borrow(rounds=2)
    assert split.runner().renew(claim)
    assert claim_all(split, 1)


def test_a_loan_that_arrives_late_ends_no_later(split):
    fill(split, 1, 20)
    split.borrow(rounds=SETTLED)
    split.advance(9, 1)
    split.borrow(1)  # the report that this loan goes by is nine seconds old
    split.advance(2, 1)
    assert claim_all(split, 1) == []


def test_what_a_silent_shard_may_hold_is_reserved_until_its_claims_are_over(split):
    fill(split, 1, 20)
    split.borrow(rounds=SETTLED)
    claim_all(split, 1)
    fill(split, 2, 20)
    lease_s = split.plans["one"].lease_s
    for _ in range(int(lease_s + 15)):
        split.advance(1)
        split.borrow(0, 2)
    assert split.lent()[0] + split.lent()[2] <= 2
    for _ in range(10):
        split.advance(1)
        split.borrow(0, 2)
    assert split.lent()[2] == 7


def test_a_shard_that_comes_back_has_nothing_until_it_is_lent_anew(split):
    fill(split, 1, 20)
    split.borrow(rounds=SETTLED)
    fill(split, 2, 20)
    for _ in range(90):
        split.advance(1)
        split.borrow(0, 2)
    claim_all(split, 2)
    assert claim_all(split, 1) == []
    split.borrow(1)
    claim_all(split, 1)
    split.borrow(rounds=SETTLED)
    claim_all(split, 1)
    assert sum(split.claims()) <= 8


@pytest.mark.parametrize("offset_s", [7200, -7200])
def test_clocks_that_differ_are_nobodys_concern(split, offset_s):
    split.advance(offset_s, 1)
    fill(split, 1, 20)
    split.borrow(rounds=SETTLED)
    assert len(claim_all(split, 1)) == 6
    split.advance(11, 1)
    assert claim_all(split, 1) == []


def test_a_lender_whose_clock_jumps_forward_ends_nobodys_loan(split):
    fill(split, 1, 20)
    split.borrow(rounds=SETTLED)
    claim_all(split, 1)
    fill(split, 2, 20)
    split.advance(7200, 0)
    split.borrow(0, 2, rounds=SETTLED)
    assert split.lent()[0] + split.lent()[2] <= 2


def test_a_borrower_whose_clock_jumps_back_believes_no_loan_that_is_longer_than_any(split):
    fill(split, 1, 20)
    split.borrow(rounds=SETTLED)
    split.advance(-3600, 1)
    assert claim_all(split, 1) == []
    split.borrow(rounds=2)
    assert claim_all(split, 1)


def test_a_lender_that_was_restored_lends_no_more_before_it_has_heard_all_shards(split):
    fill(split, 1, 20)
    split.borrow(rounds=SETTLED)
    store = split.store
    store.client.hset(store.keys.key("epoch"), "number", 99)
    fill(split, 2, 20)
    split.borrow(0, 2, rounds=SETTLED)
    assert split.lent() == [1, 6, 1]
    split.borrow(rounds=SETTLED)
    assert split.lent()[2] > 1


def test_a_lender_that_has_forgotten_its_loans_learns_them_from_the_shards(split):
    fill(split, 1, 20)
    split.borrow(rounds=SETTLED)
    claims = claim_all(split, 1)
    split.store.client.delete(split.store.keys.key("loans", provider="one"))
    split.borrow(1, 2, 0, rounds=SETTLED)
    end_all(split, 1, claims)
    assert len(claim_all(split, 1)) == 6


def test_fewer_places_than_shards_go_round(clean_store):
    split = small(clean_store, 1)
    for shard in range(3):
        fill(split, shard, 5)
    served = set()
    for _ in range(60):
        split.advance(0.5)
        split.borrow()
        for shard in range(3):
            claims = claim_all(split, shard)
            assert sum(split.claims()) <= 1
            served |= {shard} if claims else set()
            end_all(split, shard, claims)
        if served == {0, 1, 2}:
            break
    assert served == {0, 1, 2}
    split.close()


def calls_in(split: SplitLedger, seconds: int) -> int:
    """How many claims all shards give out in so long, each of one call."""
    found = 0
    for _ in range(seconds * 2):
        split.advance(0.5)
        split.borrow()
        for shard in range(3):
            claims = claim_all(split, shard)
            found += len(claims)
            end_all(split, shard, claims)
    return found


@pytest.mark.parametrize(("per_second", "burst"), [(2, 9), (2, 1), (0.5, 2)])
def test_all_shards_together_keep_to_the_rate_and_come_near_it(clean_store, per_second, burst):
    split = small(clean_store, 8, rate=Rate(per_second=per_second, burst=burst))
    for shard in range(3):
        fill(split, shard, 60)
    calls_in(split, 5)
    found = calls_in(split, 60)
    assert 0.5 * 60 * per_second <= found <= burst + 60 * per_second
    split.close()


def test_a_rate_is_had_by_whoever_alone_has_work_but_for_what_idle_shards_have(clean_store):
    split = small(clean_store, 8, rate=Rate(per_second=3, burst=6))
    fill(split, 1, 60)
    calls_in(split, 5)
    assert calls_in(split, 20) >= 18
    split.close()


def trip(split: SplitLedger, shard: int) -> None:
    split.at = shard
    for n in range(5):
        split.finish(split.claim_in(shard), UNAVAILABLE, park(600), on_wire_ago_ms=n)


def test_while_a_gate_is_tripped_one_shard_alone_has_one_place(split):
    for shard in range(3):
        fill(split, shard, 20)
    split.borrow(rounds=SETTLED)
    trip(split, 1)
    split.borrow(rounds=SETTLED)
    assert split.lent() == [0, 1, 0]
    assert [claim_all(split, shard) for shard in range(3)] == [[], [], []]
    split.advance(7)
    split.borrow(rounds=2)
    [probe] = claim_all(split, 1)
    assert claim_all(split, 0) + claim_all(split, 2) == []
    end_all(split, 1, [probe])
    split.borrow(rounds=SETTLED)
    assert all(split.lent())


def test_a_tripped_shard_without_anything_to_try_leaves_the_probe_to_another(split):
    fill(split, 1, 5)
    fill(split, 2, 5)
    split.borrow(rounds=SETTLED)
    trip(split, 1)
    split.advance(1.5)
    split.borrow(rounds=SETTLED)
    assert split.lent() == [0, 0, 1]
    end_all(split, 2, [split.claim_in(2)])
    split.borrow(rounds=SETTLED)
    assert split.row().gate.state != "tripped"
    assert all(split.lent())


def test_a_provider_found_well_in_one_shard_is_probed_no_longer_in_the_others(split):
    for shard in range(3):
        fill(split, shard, 20)
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
    [probe] = claim_all(split, 0)
    end_all(split, 0, [probe])
    split.borrow(rounds=SETTLED)
    assert split.row().gate.state in ("open", "limited")


def test_a_providers_wish_to_be_left_alone_reaches_every_shard(split):
    for shard in range(3):
        fill(split, shard, 5)
    split.borrow(rounds=SETTLED)
    gate = split.store.shards[1].keys.key("gate", provider="one")
    split.store.shards[1].client.hset(gate, "wait_until", split.store.shards[1].now_ms() + 8000)
    split.borrow(rounds=3)
    assert [claim_all(split, shard) for shard in range(3)] == [[], [], []]
    for _ in range(9):
        split.advance(1)
        split.borrow()
    assert all(claim_all(split, shard) for shard in range(3))


def test_runners_are_called_for_as_many_places_as_are_lent(split):
    split.borrow(rounds=SETTLED)
    calls = split.calls(*[snapshot(f"e{n}1", n) for n in split.numbers(2, 9)])
    assert calls == ["one#2"] * 2


class Later:
    """A shard whose last word goes out only when somebody sends it on."""

    def __init__(self, shard, kept):
        self.shard, self.kept, self.number = shard, kept, shard.number

    def run_each(self, step, calls):
        self.kept.append((step, calls))
        return self.shard.run_each(step, [(*call[:3], "", 0, 0, 0, 0, "") for call in calls])


def unreachable(*_):
    raise StoreUnreachable
