"""Lanes under any order of things: never two runners in one, never an older event after a newer, and all of it ends.

Of a log all of it goes out, but what a person gave up.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest

from schemas.delivery import Delivery
from tests.fakes.ledger import ACCEPTED, BURY, DELIVER, REJECTED, UNAVAILABLE, Ledger, action, ended, park, snapshot
from worker.ledger.claims import Claim
from worker.ledger.lanes import Runner, give_back

ORDERS = ["1001", "1002", "1003"]
STEPS = 250
STOPPED = ("dead", "parked")


class Lanes:
    """A ledger with one provider, and the claims on it that are held now."""

    def __init__(self, ledger: Ledger, chance: random.Random, *, is_strict: bool, is_log: bool) -> None:
        self.ledger, self.chance, self.is_strict, self.is_log = ledger, chance, is_strict, is_log
        self.held: dict[Runner, Claim] = {}
        self.delivered: dict[tuple[str, str], list[int]] = {}
        self.events = 0

    def arrive(self) -> None:
        self.ledger.accept(*[self._event() for _ in range(self.chance.randint(1, 3))])

    def _event(self):
        self.events += 1
        kind = snapshot if self.chance.random() < 0.7 else action
        revision = self.chance.choice([None, *range(9)])
        return kind(f"e{self.events}", number=self.chance.choice(ORDERS), revision=revision)

    def begin(self) -> None:
        runner = self.ledger.runner()
        self._hold(runner, runner.begin())

    def _hold(self, runner: Runner, claimed: object) -> None:
        if not isinstance(claimed, Claim):
            return
        assert claimed.order not in {claim.order for claim in self.held.values()}, "two runners in one lane"
        self.held[runner] = claimed

    def finish(self) -> None:
        if not self.held:
            return
        runner = self.chance.choice(list(self.held))
        claim = self.held.pop(runner)
        end = self.chance.choices(["deliver", "park", "bury", "give back"], [6, 2, 1, 1])[0]
        if end == "deliver":
            self._note(claim)
        ends = {
            "deliver": lambda: ended(claim, ACCEPTED, DELIVER),
            "park": lambda: ended(claim, UNAVAILABLE, park(5)),
            "bury": lambda: ended(claim, REJECTED, BURY),
            "give back": lambda: give_back(claim),
        }
        self._hold(runner, runner.finish(claim, ends[end](), last=self.chance.random() < 0.3))

    def _note(self, claim: Claim) -> None:
        """By kind, but of a log: the snapshot that heals a dead one of an order that is not linked yet passes the actions
        between."""
        of_kind = "" if self.is_log else claim.kind
        self.delivered.setdefault((claim.order, of_kind), []).append(claim.seq)

    def lose(self) -> None:
        """Workers end without a word; what they held comes back when its lease is over."""
        self.held.clear()
        self.ledger.advance(3600)
        self.ledger.tick()

    def wait(self) -> None:
        self.ledger.advance(6)
        self.ledger.tick()

    def replay(self) -> None:
        if some := self._stopped():
            self.ledger.dead.replay(self.chance.choice(some).id, force=not self.is_strict)

    def discard(self) -> None:
        if some := self.ledger.deliveries(state="pending") + self._stopped():
            self.ledger.dead.discard(self.chance.choice(some).id)

    def _stopped(self) -> list[Delivery]:
        return [one for state in STOPPED for one in self.ledger.deliveries(state=state)]

    def drain(self) -> None:
        """Everything that has no end yet gets one."""
        while still := self.ledger.deliveries(state="pending") + self._stopped() + list(self.held.values()):
            before = len(still)
            self.lose()
            for dead in self.ledger.deliveries(state="dead"):
                self.ledger.dead.discard(dead.id)
            while isinstance(claim := self.ledger.runner().begin(), Claim):
                self._hold(runner := self.ledger.runner(), claim)
                self._note(claim)
                self.ledger.finish(self.held.pop(runner), ACCEPTED, DELIVER)
            left = self.ledger.deliveries(state="pending") + self._stopped()
            assert len(left) < before, f"{len(left)} deliveries that no runner gets"


@pytest.fixture(params=["lanes", "logs"])
def supersede(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "lanes")


@pytest.fixture(params=["block", "continue"])
def lanes(clean_store: str, request: pytest.FixtureRequest, supersede: bool) -> Iterator[Lanes]:
    seed = int(os.environ.get("ORDERCAST_SEED", random.randrange(10**9)))
    print(f"ORDERCAST_SEED={seed}")  # noqa: T201  so that a failure can be repeated
    ledger = Ledger(clean_store, after_dead=request.param, max_in_flight=50, supersede=supersede)
    yield Lanes(ledger, random.Random(seed), is_strict=request.param == "block", is_log=not supersede)
    ledger.store.close()


def test_no_lane_has_two_runners_or_goes_back_or_stands_still(lanes: Lanes) -> None:
    steps = [lanes.arrive, lanes.begin, lanes.finish, lanes.wait, lanes.lose, lanes.replay, lanes.discard]
    for step in lanes.chance.choices(steps, [6, 8, 8, 2, 0.3, 1, 1], k=STEPS):
        step()
    lanes.drain()
    if lanes.is_strict:
        assert all(seqs == sorted(seqs) for seqs in lanes.delivered.values())
    ends = [one.state.value for one in lanes.ledger.deliveries()]
    row = lanes.ledger.row()
    assert (row.delivered, row.superseded, row.discarded) == tuple(
        ends.count(state) for state in ("delivered", "superseded", "discarded")
    )
    assert (len(ends), row.pending, row.parked, row.dead, row.attempting) == (lanes.events, 0, 0, 0, 0)
    if lanes.is_log:
        assert (row.superseded, row.delivered + row.discarded) == (0, lanes.events)
