"""Lanes under any order of things: never two runners in one, never an older event after a newer, and all of it ends.

Where dead letters block, no action passes a dead one, and nothing one in doubt; what still waits then waits behind one of
those. Of a log all of it goes out, but what a person gave up.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest

from schemas.delivery import Delivery
from schemas.outcome import Reason
from tests.fakes.ledger import (
    ACCEPTED,
    BURY,
    BURY_UNKNOWN,
    DELIVER,
    NO_ORDER,
    REJECTED,
    UNAVAILABLE,
    UNKNOWN,
    Ledger,
    action,
    ended,
    park,
    snapshot,
)
from worker.ledger.claims import Claim
from worker.ledger.lanes import Runner, give_back

ORDERS = ["1001", "1002", "1003"]
STEPS = 250
STOPPED = ("dead", "parked")


class Lanes:
    """A ledger with one provider, and the claims on it that are held now. ``blocks``: what is dead holds back what
    depends on it. ``is_strict``: nobody takes back a discard, or forces anything."""

    def __init__(self, ledger: Ledger, chance: random.Random, *, blocks: bool, is_strict: bool, is_log: bool) -> None:
        self.ledger, self.chance = ledger, chance
        self.blocks, self.is_strict, self.is_log = blocks, is_strict, is_log
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
        if self.blocks:
            self._passes_none_it_may_not(claimed)
        self.held[runner] = claimed

    def _passes_none_it_may_not(self, claimed: Claim) -> None:
        for dead in self._dead_actions(claimed.event.subject):
            is_older = self._number(dead) < self._number_of(claimed.event.id)
            assert not (is_older and claimed.kind == "a"), "an action has passed a dead one"
            assert not (is_older and dead.in_doubt), "something has passed an action in doubt"

    def _dead_actions(self, number: str) -> list[Delivery]:
        letters = self.ledger.deliveries(state="dead", order=number)
        return [one for one in letters if one.event_type == "order.cancelled"]

    def _number(self, delivery: Delivery) -> int:
        return self._number_of(delivery.event_id)

    @staticmethod
    def _number_of(event_id: str) -> int:
        """Its place among all that arrived."""
        return int(event_id[1:])

    def finish(self) -> None:
        if not self.held:
            return
        runner = self.chance.choice(list(self.held))
        claim = self.held.pop(runner)
        may_lack_order = claim.kind == "a" and not self.is_log
        kinds = ["deliver", "park", "bury", "give back", "doubt", "no order"]
        end = self.chance.choices(kinds, [6, 2, 1, 1, 0.5, may_lack_order])[0]
        if end == "deliver":
            self._note(claim)
        ends = {
            "deliver": lambda: ended(claim, ACCEPTED, DELIVER),
            "park": lambda: ended(claim, UNAVAILABLE, park(5)),
            "bury": lambda: ended(claim, REJECTED, BURY),
            "give back": lambda: give_back(claim),
            "doubt": lambda: ended(claim, UNKNOWN, BURY_UNKNOWN),
            "no order": lambda: ended(claim, NO_ORDER, BURY),
        }
        self._hold(runner, runner.finish(claim, ends[end](), last=self.chance.random() < 0.3))
        if end == "deliver" and claim.kind == "s":
            self._has_brought_the_order(claim.event.subject)

    def _has_brought_the_order(self, number: str) -> None:
        for dead in self._dead_actions(number):
            assert dead.last_attempt is not None
            assert dead.in_doubt or dead.last_attempt.reason != Reason.UNKNOWN_ORDER, "it did not go behind its order"

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
        lease_ms = self.ledger.plans["one"].lease_s * 1000
        over_ms = self.ledger.store.now_ms() - lease_ms
        self.held = {runner: claim for runner, claim in self.held.items() if claim.started_ms > over_ms}
        self.ledger.tick()

    def replay(self) -> None:
        undone = [] if self.is_strict else self.ledger.deliveries(state="discarded")
        if some := self._stopped() + undone:
            self.ledger.dead.replay(self.chance.choice(some).id, force=not self.is_strict)

    def discard(self) -> None:
        if some := self.ledger.deliveries(state="pending") + self._stopped():
            self.ledger.dead.discard(self.chance.choice(some).id)

    def _stopped(self) -> list[Delivery]:
        return [one for state in STOPPED for one in self.ledger.deliveries(state=state)]

    def run_on(self) -> None:
        """All that may go on does; what is left waits behind a dead letter that may stop it, and says so."""
        before: dict[str, str] = {}
        while (states := self.ledger.states()) != before:
            before = states
            self._deliver_all()
        dead = {one.id: one for one in self.ledger.deliveries(state="dead")}
        waiting = self.ledger.deliveries(state="pending") + self.ledger.deliveries(state="parked")
        all_stop = {one.id: one for one in waiting if one.in_doubt} | dead
        for waits in waiting:
            assert self.blocks, "nothing waits where dead letters do not block"
            stops = all_stop[waits.waiting_behind or ""]
            is_action = stops.event_type == waits.event_type == "order.cancelled"
            assert is_action or self.is_log or stops.in_doubt or stops.event_type != "order.cancelled"
            # What a person took back may stop one that was tried without it and is in doubt.
            assert stops.id in dead or (not self.is_strict and stops.waiting_behind in dead)

    def _deliver_all(self) -> None:
        """Whatever is held is lost; then all that a runner gets is delivered."""
        self.lose()
        while isinstance(claim := self.ledger.runner().begin(), Claim):
            self._hold(runner := self.ledger.runner(), claim)
            self._note(claim)
            self.ledger.finish(self.held.pop(runner), ACCEPTED, DELIVER)

    def drain(self) -> None:
        """Everything that has no end yet gets one."""
        while still := self.ledger.deliveries(state="pending") + self._stopped() + list(self.held.values()):
            before = len(still)
            for dead in self.ledger.deliveries(state="dead"):
                self.ledger.dead.discard(dead.id)
            self._deliver_all()
            left = self.ledger.deliveries(state="pending") + self._stopped()
            assert len(left) < before, f"{len(left)} deliveries that no runner gets"


@pytest.fixture(params=["lanes", "logs"])
def supersede(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "lanes")


@pytest.fixture(params=["block", "block, and people undo", "continue"])
def lanes(clean_store: str, request: pytest.FixtureRequest, supersede: bool) -> Iterator[Lanes]:
    seed = int(os.environ.get("ORDERCAST_SEED", random.randrange(10**9)))
    print(f"ORDERCAST_SEED={seed}")  # noqa: T201  so that a failure can be repeated
    after_dead = request.param.partition(",")[0]
    ledger = Ledger(clean_store, after_dead=after_dead, max_in_flight=50, supersede=supersede)
    is_strict = request.param == "block"
    yield Lanes(ledger, random.Random(seed), blocks=after_dead == "block", is_strict=is_strict, is_log=not supersede)
    ledger.store.close()


def test_no_lane_has_two_runners_or_goes_back_or_stands_still(lanes: Lanes) -> None:
    steps = [lanes.arrive, lanes.begin, lanes.finish, lanes.wait, lanes.lose, lanes.replay, lanes.discard]
    for step in lanes.chance.choices(steps, [6, 8, 8, 2, 0.3, 1, 1], k=STEPS):
        step()
    lanes.run_on()
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
