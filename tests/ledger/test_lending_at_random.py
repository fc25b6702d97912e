"""Workers that come, stall and die, shards that vanish, clocks that differ: never more is under way than there is."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest

from schemas.config import Rate
from tests.fakes.ledger import ACCEPTED, DELIVER, snapshot
from tests.fakes.split import SplitLedger
from worker.ledger.claims import Claim
from worker.ledger.lending import LOAN_MS, QuotaBorrower

MOST = 5
STEPS = 1200


class Slow:
    """A shard as a stalling worker sees it: what it was told to take may come late, or never."""

    def __init__(self, shard, chance: random.Random) -> None:
        self.shard, self.chance, self.number = shard, chance, shard.number
        self.late: list[tuple[str, list[tuple[object, ...]]]] = []

    def run_each(self, step, calls):
        if self.chance.random() < 0.3:
            self.late.append((step, calls))
            calls = [(*call[:3], "", 0, 0, 0, 0, "") for call in calls]
        return self.shard.run_each(step, calls)


class Walk:
    """One random course of things. ``held`` are the claims that somebody works on, each till its lease is over."""

    def __init__(self, split: SplitLedger, seed: int) -> None:
        self.split, self.chance = split, random.Random(seed)
        self.workers = [self.worker(shard) for shard in (0, 1, 2) for _ in range(2)]
        self.held: list[tuple[int, Claim, float]] = []
        self.away: set[int] = set()
        self.number = 0

    def worker(self, shard: int) -> QuotaBorrower:
        borrowing = QuotaBorrower(self.split.store.shards[shard], self.split.plans, lambda: self.split.uptime_s)
        borrowing.shard = Slow(borrowing.shard, self.chance)
        return borrowing

    def go(self) -> None:
        deeds: list[tuple[int, Callable[[], None]]] = [
            (40, self.borrow), (20, self.claim), (15, self.end), (5, self.renew), (5, self.come_late), (12, self.pass_time),
            (4, self.accept), (1, self.vanish), (1, self.restart), (1, self.jump),
        ]  # fmt: skip
        weights, choices = zip(*deeds, strict=True)
        for _ in range(STEPS):
            self.chance.choices(choices, weights)[0]()
            self.held = [one for one in self.held if one[2] > self.split.uptime_s]
            self.check()

    def heal(self) -> None:
        """All shards and workers are there again, and what was held is over."""
        for shard in range(3):
            self.split.fill(shard, 9)
        for _ in range(100):
            self.split.advance(1)
            for self.split.at in range(3):
                self.split.tick()
            self.split.borrow()

    def check(self) -> None:
        under_way = [sum(shard == one[0] for one in self.held) for shard in range(3)]
        lent, shares = zip(*(self.loan(shard) for shard in range(3)), strict=True)
        assert sum(map(max, zip(under_way, lent, strict=True))) <= MOST, (under_way, lent)
        assert sum(shares) <= 1 + 1e-9, shares

    def loan(self, shard: int) -> tuple[int, float]:
        """Places and share that this shard lends out now."""
        store = self.split.store.shards[shard]
        gate = store.client.hgetall(store.keys.key("gate", provider="one"))
        left = int(gate.get(b"lent_until", 0)) - store.now_ms()
        share = int(gate.get(b"one_of", 0))
        return (int(gate[b"lent"]), 1 / share if share else 0) if 0 < left <= LOAN_MS else (0, 0)

    def borrow(self) -> None:
        worker = self.chance.choice(self.workers)
        if worker.shard.number not in self.away:
            worker.go_round()

    def come_late(self) -> None:
        slow = self.chance.choice(self.workers).shard
        if slow.late:
            slow.shard.run_each(*slow.late.pop(self.chance.randrange(len(slow.late))))

    def accept(self) -> None:
        self.number += 1
        self.split.accept(*[snapshot(f"e{self.number}n{n}", f"{self.number}x{n}") for n in range(4)])

    def claim(self) -> None:
        shard = self.chance.randrange(3)
        if isinstance(claim := self.split.try_in(shard), Claim):
            self.held.append((shard, claim, self.lease_ends_s()))

    def end(self) -> None:
        if self.held:
            shard, claim, _ = self.held.pop(self.chance.randrange(len(self.held)))
            self.split.at = shard
            self.split.finish(claim, ACCEPTED, DELIVER)

    def renew(self) -> None:
        if self.held:
            place = self.chance.randrange(len(self.held))
            shard, claim, _ = self.held[place]
            self.split.at = shard
            if self.split.runner().renew(claim):
                self.held[place] = (shard, claim, self.lease_ends_s())

    def lease_ends_s(self) -> float:
        return self.split.uptime_s + self.split.plans["one"].lease_s

    def pass_time(self) -> None:
        self.split.advance(self.chance.choices([0.05, 0.3, 1, 12, 60], [30, 40, 20, 3, 1])[0])
        for self.split.at in range(3):
            self.split.tick()

    def vanish(self) -> None:
        shard = self.chance.randrange(3)
        self.away ^= {shard}

    def restart(self) -> None:
        """A worker dies with what it had not brought yet, and another comes."""
        place = self.chance.randrange(len(self.workers))
        self.workers[place] = self.worker(self.workers[place].shard.number)

    def jump(self) -> None:
        self.split.advance(self.chance.choice([100, 3600]), 0)
        self.held = [one for one in self.held if one[0] != 0]  # its ledger gives them up


@pytest.fixture
def split(clean_store: str) -> Iterator[SplitLedger]:
    made = SplitLedger((clean_store,) * 3, max_in_flight=MOST, rate=Rate(per_second=50, burst=50))
    made.advance(5000, 1)
    made.advance(-5000, 2)
    yield made
    made.close()


@pytest.mark.parametrize("seed", range(8))
def test_whatever_happens_no_more_is_lent_and_under_way_than_there_is(split: SplitLedger, seed: int) -> None:
    walk = Walk(split, seed)
    walk.go()
    walk.heal()
    assert sum(len(split.claim_all(shard)) for shard in range(3)) == MOST
