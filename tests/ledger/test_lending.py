"""The first shard lends each gate to all of them: never more than there is, and something to everybody."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.split import SplitLedger
from worker.errors import StoreUnreachable
from worker.ledger.lending import QuotaBorrower

SETTLED = 10
"""Rounds after which loans have come to rest."""


@pytest.fixture
def split(clean_store: str) -> Iterator[SplitLedger]:
    made = SplitLedger((clean_store,) * 3)
    yield made
    made.close()


def test_nothing_is_claimed_before_anything_is_lent(split):
    split.fill(1, 1)
    assert split.claim_all(1) == []
    split.borrow(rounds=SETTLED)
    assert len(split.claim_all(1)) == 1


def test_idle_shards_have_places_in_reserve_so_that_nothing_waits_for_a_loan(split):
    split.borrow(rounds=SETTLED)
    assert split.lent() == [3, 3, 2]
    split.fill(2, 1)
    assert len(split.claim_all(2)) == 1


def test_places_go_where_the_work_is_but_for_one_of_each(split):
    split.fill(1, 20)
    split.borrow(rounds=SETTLED)
    assert split.lent() == [1, 6, 1]
    assert len(split.claim_all(1)) == 6


def test_shards_that_all_want_more_have_even_parts(split):
    for shard in range(3):
        split.fill(shard, 20)
    split.borrow(rounds=SETTLED)
    assert sum(len(split.claim_all(shard)) for shard in range(3)) == 8
    assert split.claims() == [3, 3, 2]


def test_a_place_is_lent_again_only_when_its_claim_has_ended(split):
    split.fill(1, 20)
    split.borrow(rounds=SETTLED)
    claims = split.claim_all(1)
    split.fill(2, 20)
    split.borrow(rounds=SETTLED)
    assert (len(claims), split.lent()) == (6, [1, 4, 1])
    split.end_all(1, claims[:3])
    split.borrow(rounds=SETTLED)
    assert split.lent() == [1, 4, 3]
    split.claim_all(2)
    assert sum(split.claims()) <= 8


def test_a_loan_that_was_never_taken_is_lent_to_nobody_else(split, monkeypatch):
    split.borrow(rounds=SETTLED)
    split.fill(1, 20)
    split.borrow(1)
    with monkeypatch.context() as dying:
        dying.setattr(split.store.shards[1], "run_each", unreachable)
        for _ in range(SETTLED):
            with pytest.raises(StoreUnreachable):
                split.borrow(1)
            split.borrow(0, 2)
    assert split.lent() == [1, 3, 1]
    split.fill(2, 20)
    split.borrow(0, 2, rounds=SETTLED)
    assert split.lent() == [1, 3, 1]
    split.borrow(rounds=SETTLED)
    assert split.lent() == [1, 4, 3]


def test_two_workers_may_ask_for_one_shard_and_old_loans_are_not_taken_for_newer_ones(split):
    split.borrow(rounds=SETTLED)
    stalled = QuotaBorrower(split.store.shards[1], split.plans)
    stalled.go_round()
    kept: list[tuple[str, list[object]]] = []
    stalled.shard = Later(split.store.shards[1], kept)  # type: ignore[assignment]  # all that it calls
    stalled.go_round()
    split.fill(2, 20)
    split.borrow(rounds=SETTLED)
    before = split.lent()
    [(step, calls)] = kept
    split.store.shards[1].run_each(step, calls)  # the stalled one comes back
    assert split.lent() == before == [1, 1, 6]


def test_a_lapsed_loan_lets_nothing_through_and_lengthens_no_claim(split):
    split.fill(1, 20)
    split.borrow(rounds=SETTLED)
    claim = split.claim_in(1)
    split.at = 1
    assert split.runner().renew(claim)
    split.advance(10.1, 1)
    assert split.claim_all(1) == []
    assert not split.runner().renew(claim)
    split.borrow(rounds=2)
    assert split.runner().renew(claim)
    assert split.claim_all(1)


def test_a_loan_that_arrives_late_ends_no_later(split):
    split.fill(1, 20)
    split.borrow(rounds=SETTLED)
    split.advance(9, 1)
    split.borrow(1)  # the report that this loan goes by is nine seconds old
    split.advance(2, 1)
    assert split.claim_all(1) == []


def test_what_a_silent_shard_may_hold_is_reserved_until_its_claims_are_over(split):
    split.fill(1, 20)
    split.borrow(rounds=SETTLED)
    split.claim_all(1)
    split.fill(2, 20)
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
    split.fill(1, 20)
    split.borrow(rounds=SETTLED)
    split.fill(2, 20)
    for _ in range(90):
        split.advance(1)
        split.borrow(0, 2)
    split.claim_all(2)
    assert split.claim_all(1) == []
    split.borrow(1)
    split.claim_all(1)
    split.borrow(rounds=SETTLED)
    split.claim_all(1)
    assert sum(split.claims()) <= 8


@pytest.mark.parametrize("offset_s", [7200, -7200])
def test_clocks_that_differ_are_nobodys_concern(split, offset_s):
    split.advance(offset_s, 1)
    split.fill(1, 20)
    split.borrow(rounds=SETTLED)
    assert len(split.claim_all(1)) == 6
    split.advance(11, 1)
    assert split.claim_all(1) == []


def test_a_lender_whose_clock_jumps_forward_ends_nobodys_loan(split):
    split.fill(1, 20)
    split.borrow(rounds=SETTLED)
    split.claim_all(1)
    split.fill(2, 20)
    split.advance(7200, 0)
    split.borrow(0, 2, rounds=SETTLED)
    assert split.lent()[0] + split.lent()[2] <= 2


def test_a_borrower_whose_clock_jumps_back_believes_no_loan_that_is_longer_than_any(split):
    split.fill(1, 20)
    split.borrow(rounds=SETTLED)
    split.advance(-3600, 1)
    assert split.claim_all(1) == []
    split.borrow(rounds=2)
    assert split.claim_all(1)


def test_a_lender_that_was_restored_lends_no_more_before_it_has_heard_all_shards(split):
    split.borrow(rounds=SETTLED)
    store, loans = split.store, split.store.keys.key("loans", provider="one")
    older = store.client.hgetall(loans)
    split.fill(1, 20)
    split.borrow(rounds=SETTLED)
    assert split.lent() == [1, 6, 1]
    store.client.hset(loans, mapping=older)
    store.client.hset(store.keys.key("epoch"), "number", 99)
    split.fill(2, 20)
    split.borrow(0, 2, rounds=SETTLED)
    assert split.lent() == [1, 6, 1]
    split.borrow(rounds=SETTLED)
    assert split.lent() == [1, 4, 3]


def test_a_lender_that_has_forgotten_its_loans_learns_them_from_the_shards(split):
    split.fill(1, 20)
    split.borrow(rounds=SETTLED)
    claims = split.claim_all(1)
    split.store.client.delete(split.store.keys.key("loans", provider="one"))
    split.borrow(1, 2, 0, rounds=SETTLED)
    split.end_all(1, claims)
    for _ in range(12):
        split.advance(1)
        split.borrow()
    assert len(split.claim_all(1)) == 6


def test_fewer_places_than_shards_go_round(clean_store):
    split = SplitLedger((clean_store,) * 3, max_in_flight=1)
    for shard in range(3):
        split.fill(shard, 5)
    served = set()
    for _ in range(60):
        split.advance(0.5)
        split.borrow()
        for shard in range(3):
            claims = split.claim_all(shard)
            assert sum(split.claims()) <= 1
            served |= {shard} if claims else set()
            split.end_all(shard, claims)
        if served == {0, 1, 2}:
            break
    assert served == {0, 1, 2}
    split.close()


class Later:
    """A shard whose last word goes out only when somebody sends it on."""

    def __init__(self, shard, kept):
        self.shard, self.kept, self.number = shard, kept, shard.number

    def run_each(self, step, calls):
        self.kept.append((step, calls))
        return self.shard.run_each(step, [(*call[:3], "", 0, 0, 0, 0, "") for call in calls])


def unreachable(*_):
    raise StoreUnreachable


def test_a_provider_that_comes_while_the_workers_work_is_lent_too(clean_store: str) -> None:
    split = SplitLedger((clean_store,) * 3, "one", "two")
    later = split.plans.pop("two")
    split.borrow(rounds=SETTLED)
    split.plans["two"] = later
    split.borrow(rounds=SETTLED)
    assert split.lent("two") == split.lent("one") == [3, 3, 2]
    split.close()
