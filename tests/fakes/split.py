"""A ledger that is split over shards, for tests: each with a clock of its own that is set by hand."""

from __future__ import annotations

from itertools import count

from schemas.delivery import order_digest
from tests.fakes.ledger import ACCEPTED, DELIVER, SOURCE, Ledger, snapshot
from worker.ledger.claims import Claim, Claimed
from worker.ledger.gates import Gates
from worker.ledger.lanes import Runner
from worker.ledger.lending import QuotaBorrower
from worker.ledger.store.client import Store
from worker.ledger.store.shards import open_store, shard_of


class SplitLedger(Ledger):
    """As ``Ledger``, on several addresses, which may be one server's. ``at`` names the shard that claims and ticks."""

    at = 0

    def open(self, *urls: str) -> Store:
        return open_store(urls[0], urls[1:])

    def furnish(self) -> None:
        super().furnish()
        self.uptime_s = 0.0
        self.borrowings = [QuotaBorrower(shard, self.plans, lambda: self.uptime_s) for shard in self.store.shards]

    def close(self) -> None:
        for shard in self.store.shards:
            shard.close()

    def runner(self, name: str = "one") -> Runner:
        return Runner(self.store.shards[self.at], self.plans[name])

    def tick(self, name: str = "one") -> None:
        Gates(self.store.shards[self.at]).tick(name, self.plans[name].max_in_flight)

    def advance(self, seconds: float, *shards: int) -> None:
        """Set the clocks of these shards forward by hand; where none is named all of them, and our own: time goes on."""
        self.uptime_s += 0 if shards else seconds
        for shard in shards or range(len(self.store.shards)):
            one = self.store.shards[shard]
            one.client.hincrby(one.keys.key("epoch"), "clock", round(seconds * 1000))

    def now_ms(self) -> int:
        return self.store.shards[0].now_ms()

    def borrow(self, *shards: int, rounds: int = 1) -> None:
        """So many rounds of what ticks do for lending, in these shards or in all."""
        for _ in range(rounds):
            for shard in shards or range(len(self.borrowings)):
                self.borrowings[shard].go_round()

    def lent(self, name: str = "one") -> list[int]:
        """The places that each shard was lent last."""
        gates = [(shard, shard.keys.key("gate", provider=name)) for shard in self.store.shards]
        return [int(shard.client.hget(gate, "lent")) for shard, gate in gates]

    def claim_in(self, shard: int, name: str = "one") -> Claim:
        claimed = self.try_in(shard, name)
        assert isinstance(claimed, Claim), claimed
        return claimed

    def try_in(self, shard: int, name: str = "one") -> Claimed:
        return Runner(self.store.shards[shard], self.plans[name]).begin()

    def fill(self, shard: int, orders: int) -> None:
        """Accept so many orders that live in this shard."""
        self.accept(*[snapshot(f"s{shard}e{n}1", n) for n in self.numbers(shard, orders)])

    def claim_all(self, shard: int) -> list[Claim]:
        """Every claim that this shard gives out now."""
        claims = []
        while isinstance(claim := self.try_in(shard), Claim):
            claims.append(claim)
        return claims

    def end_all(self, shard: int, claims: list[Claim]) -> None:
        self.at = shard
        for claim in claims:
            self.finish(claim, ACCEPTED, DELIVER)

    def claims(self, name: str = "one") -> list[int]:
        """How many claims stand in each shard."""
        return [int(s.client.hlen(s.keys.key("claims", provider=name))) for s in self.store.shards]

    def shard(self, source: str, number: str) -> int:
        return shard_of(order_digest(source, number), len(self.store.shards))

    def numbers(self, shard: int, wanted: int) -> list[str]:
        """Order numbers that live in a shard."""
        found = (str(n) for n in count(1) if self.shard(SOURCE, str(n)) == shard)
        return [next(found) for _ in range(wanted)]
