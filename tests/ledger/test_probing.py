"""A closed gate is tried when its time has come, though all that waits for it is parked for longer."""

from __future__ import annotations

import msgspec
import pytest

from schemas.config import GateConfig
from schemas.outcome import Outcome, OutcomeKind, Reason, Verdict, VerdictKind
from tests.fakes.account import account, asking, write
from tests.fakes.hostile import closed_port
from tests.fakes.ledger import (
    BURY,
    REJECTED,
    UNAUTHORIZED,
    UNAVAILABLE,
    Ledger,
    action,
    park,
    snapshot,
)
from tests.fakes.split import SplitLedger
from worker.ledger.claims import Claim, Left, Probe, Wait
from worker.policy.plan import plan_of
from worker.providers.http import Driver

LONG_S = 3000
HOLD = Verdict(kind=VerdictKind.HOLD, reason=Reason.CREDENTIALS, wait_s=LONG_S)
EARLY = Verdict(kind=VerdictKind.PARK, reason=Reason.TOO_EARLY, wait_s=LONG_S)
TOO_EARLY = Outcome(kind=OutcomeKind.UNKNOWN, reason=Reason.TOO_EARLY, calls=1)
TOLD_TO_WAIT = Outcome(
    kind=OutcomeKind.UNAVAILABLE, reason=Reason.SERVER_ERROR, http_status=503, wait_s=LONG_S, calls=1
)


def many(count: int, start: int = 0) -> list[object]:
    return [snapshot(f"e{i}1", number=str(i)) for i in range(start, start + count)]


def rejects_everything(ledger: Ledger, parked: int = 2) -> None:
    """Held, with twenty dead letters, some parked and nothing else that waits."""
    ledger.accept(*many(20 + parked))
    claims = [ledger.claim() for _ in range(20 + parked)]
    for claim in claims:
        ledger.finish(claim, REJECTED, BURY)
    row = ledger.row()
    assert (row.gate.reason, row.dead, row.parked, row.pending) == ("rejects_everything", 20, parked, 0)


def refuses_credentials(ledger: Ledger) -> None:
    ledger.accept(*many(3))
    for _ in range(3):
        ledger.finish(ledger.claim(), UNAUTHORIZED, HOLD)
    row = ledger.row()
    assert (row.gate.reason, row.parked, row.pending) == ("credentials", 3, 0)


def trips(ledger: Ledger) -> None:
    ledger.accept(*many(5))
    for _ in range(5):
        ledger.finish(ledger.claim(), UNAVAILABLE, park(LONG_S))
    row = ledger.row()
    assert (row.gate.state, row.parked, row.pending) == ("tripped", 5, 0)


@pytest.fixture
def wide(clean_store: str) -> Ledger:
    return Ledger(clean_store, max_in_flight=30)


@pytest.mark.parametrize("closes", [rejects_everything, refuses_credentials, trips])
def test_a_closed_gate_is_tried_with_one_of_the_parked_when_its_time_has_come(wide: Ledger, closes) -> None:
    closes(wide)
    wide.tick()
    assert isinstance(wide.nothing(), Left)
    wide.advance(61)
    wide.tick()
    wide.tick()
    assert isinstance(wide.claim(), Claim)
    assert isinstance(wide.nothing(), Wait | None)


def test_the_probe_that_succeeds_brings_back_all_that_the_hold_has_parked(wide: Ledger) -> None:
    rejects_everything(wide, parked=4)
    wide.advance(61)
    wide.tick()
    wide.deliver()
    for _ in range(3):
        wide.deliver()
    assert (wide.row().delivered, wide.row().parked, wide.row().gate.state) == (4, 0, "limited")


def test_a_runner_is_called_for_the_probe(wide: Ledger) -> None:
    rejects_everything(wide)
    wide.runner().begin()
    wide.advance(120)
    woken = wide.gates.tick("one", 30)
    assert (woken.woken, woken.calls) == (1, 1)


def test_each_probe_is_another_of_the_parked(wide: Ledger) -> None:
    rejects_everything(wide, parked=3)
    probed = []
    for wait_s in (61, 121, 241):
        wide.advance(wait_s)
        wide.tick()
        probe = wide.claim()
        probed.append(probe.order)
        wide.finish(probe, REJECTED, BURY)
        wide.tick()
        assert isinstance(wide.nothing(), Left)
    assert len(set(probed)) == 3


def test_a_hold_is_not_probed_with_a_parked_order_while_another_probe_is_under_way(wide: Ledger) -> None:
    rejects_everything(wide)
    wide.advance(61)
    wide.tick()
    wide.claim()
    wide.tick()
    assert wide.row().parked == 1
    assert isinstance(wide.nothing(), Wait)


def test_the_adapters_own_test_is_made_though_all_are_parked(clean_store: str) -> None:
    ledger = Ledger(clean_store, gate=GateConfig(probe_s=60))
    ledger.plans["one"] = plan_of(ledger.configs["one"], has_test=True)
    refuses_credentials(ledger)
    ledger.runner().begin()
    ledger.advance(61)
    assert ledger.gates.tick("one", 8).calls == 1
    runner = ledger.runner()
    probe = runner.begin()
    assert isinstance(probe, Probe)
    runner.probed(probe, passed=True)
    for _ in range(3):
        ledger.deliver()
    assert ledger.row().parked == 0
    ledger.store.close()


@pytest.mark.parametrize(
    ("outcome", "verdict"), [(TOO_EARLY, EARLY), (TOLD_TO_WAIT, park(LONG_S))], ids=["too early", "told to wait"]
)
def test_what_the_provider_or_the_order_asks_for_is_waited_for_all_the_same(
    ledger: Ledger, outcome: Outcome, verdict: Verdict
) -> None:
    ledger.accept(snapshot("own1", number="own"), *many(4))
    own = ledger.claim()
    ledger.finish(own, outcome, verdict)
    for _ in range(4):
        ledger.finish(ledger.claim(), UNAVAILABLE, park(LONG_S))
    assert (ledger.row().gate.state, ledger.row().parked) == ("tripped", 5)
    probed = set()
    for _ in range(5):
        ledger.advance(400)
        ledger.tick()
        probe = ledger.claim()
        probed.add(probe.order)
        ledger.finish(probe, UNAVAILABLE, park(LONG_S))
    assert len(probed) == 4
    assert own.order not in probed


def test_what_ended_workers_again_and_again_is_no_probe(ledger: Ledger) -> None:
    ledger.accept(snapshot("own1", number="own"))
    for waits_s in (0, 6, 16):
        ledger.advance(waits_s)
        ledger.tick()
        own = ledger.claim()
        ledger.advance(ledger.plans["one"].lease_s + 1)
        ledger.tick()
    ledger.accept(*many(5))
    for _ in range(5):
        ledger.finish(ledger.claim(), UNAVAILABLE, park(LONG_S))
    assert (ledger.row().gate.state, ledger.row().parked) == ("tripped", 6)
    ledger.advance(8)
    ledger.tick()
    assert ledger.claim().order != own.order


def test_a_snapshot_is_the_probe_before_an_action_may_be(ledger: Ledger) -> None:
    ledger.accept(action("a1", number="0"), *many(4, start=1))
    for _ in range(5):
        ledger.finish(ledger.claim(), UNAVAILABLE, park(LONG_S))
        ledger.advance(1)
    assert ledger.row().gate.state == "tripped"
    ledger.advance(8)
    ledger.tick()
    assert ledger.claim().kind == "s"


def test_an_order_that_alone_is_in_trouble_is_tried_less_and_less_often(ledger: Ledger) -> None:
    ledger.accept(snapshot())
    for _ in range(5):
        ledger.finish(ledger.claim(), UNAVAILABLE, park(0))
        ledger.tick()
    assert ledger.row().gate.state == "tripped"
    tried = 0
    for _ in range(3600 // 5):
        ledger.advance(5)
        ledger.tick()
        claim = ledger.runner().begin()
        if isinstance(claim, Claim):
            tried += 1
            ledger.finish(claim, UNAVAILABLE, park(4 * 3600))
    assert 10 <= tried <= 20


def test_a_paused_provider_is_not_probed(wide: Ledger) -> None:
    rejects_everything(wide)
    wide.pause("one", who="ann", why="night", at_ms=0)
    wide.advance(61)
    wide.tick()
    assert wide.row().parked == 2
    assert wide.nothing() == Left(0)


def test_a_shard_that_has_all_its_lanes_parked_is_lent_the_probe(clean_store: str) -> None:
    split = SplitLedger((clean_store,) * 3)
    split.fill(1, 5)
    split.borrow(rounds=10)
    split.at = 1
    for n in range(5):
        split.finish(split.claim_in(1), UNAVAILABLE, park(LONG_S), on_wire_ago_ms=n)
    split.advance(8)
    split.tick()
    split.borrow(rounds=10)
    assert len(split.claim_all(1)) == 1
    split.close()


@pytest.fixture(scope="module")
def refused() -> Outcome:
    """What comes of an attempt at a port that nobody listens on."""
    return Driver().converse(account(f"http://127.0.0.1:{closed_port()}"), asking(write())).outcome


def test_a_provider_that_cannot_be_connected_to_trips_its_gate(ledger: Ledger, refused: Outcome) -> None:
    ledger.accept(*many(3))
    for wait_s in (0, 0, 0, LONG_S, LONG_S):
        ledger.finish(ledger.claim(), refused, park(wait_s))
        ledger.tick()
    gate = ledger.row().gate
    assert (gate.state, gate.last_reason, refused.calls) == ("tripped", "connect", 0)
    assert gate.last_message == refused.message
    assert refused.message.startswith("No connection to 127.0.0.1:")


def test_a_probe_that_cannot_connect_doubles_the_cool_down(ledger: Ledger, refused: Outcome) -> None:
    trips(ledger)
    cool = []
    for _ in range(2):
        ledger.advance(400)
        ledger.tick()
        ledger.finish(ledger.claim(), refused, park(LONG_S))
        cool.append(int(ledger.store.client.hget(ledger.store.keys.key("gate", provider="one"), "cool")))
    assert cool == [10_000, 20_000]


@pytest.mark.parametrize("reason", [Reason.CRASHED, Reason.LEASE_LOST, Reason.TOO_EARLY])
def test_an_attempt_that_asked_the_provider_nothing_tells_its_gate_nothing(ledger: Ledger, reason: Reason) -> None:
    unasked = msgspec.structs.replace(UNAVAILABLE, calls=0, reason=reason)
    ledger.accept(*many(8))
    for _ in range(8):
        ledger.finish(ledger.claim(), unasked, park(LONG_S))
    gate = ledger.row().gate
    assert (gate.state, gate.last_message) == ("open", None)
