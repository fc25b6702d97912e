"""A provider that is held: for its credentials, or for rejecting everything; probed, and released by itself."""

from __future__ import annotations

import pytest

from schemas.config import GateConfig, Rate
from schemas.outcome import Outcome, OutcomeKind, Reason, Verdict, VerdictKind
from tests.fakes.ledger import ACCEPTED, BURY, DELIVER, REJECTED, UNAUTHORIZED, UNAVAILABLE, Ledger, park, snapshot
from worker.ledger.claims import Left, Probe
from worker.policy.plan import plan_of

HOLD = Verdict(kind=VerdictKind.HOLD, reason=Reason.CREDENTIALS, wait_s=1)


def many(count: int) -> list[object]:
    return [snapshot(f"e{i}1", number=str(i)) for i in range(count)]


def test_refusals_of_credentials_from_three_lanes_hold_the_provider(ledger: Ledger) -> None:
    ledger.accept(*many(6))
    for n in range(3):
        assert ledger.row().gate.state != "held", n
        ledger.finish(ledger.claim(), UNAUTHORIZED, HOLD)
    assert (ledger.row().gate.state, ledger.row().gate.reason) == ("held", "credentials")
    assert ledger.row().dead == 0
    assert isinstance(ledger.nothing(), Left)


def test_the_only_lane_there_is_holds_the_provider_too(ledger: Ledger) -> None:
    ledger.accept(snapshot())
    ledger.finish(ledger.claim(), UNAUTHORIZED, HOLD)
    assert ledger.row().gate.state == "held"


def test_a_held_provider_is_probed_and_released_by_a_lane_that_succeeds(ledger: Ledger) -> None:
    ledger.accept(*many(6))
    for _ in range(3):
        ledger.finish(ledger.claim(), UNAUTHORIZED, HOLD)
    ledger.advance(61)
    ledger.tick()
    probe = ledger.claim()
    ledger.finish(probe, ACCEPTED, DELIVER)
    assert ledger.row().gate.state == "limited"
    ledger.claim()


def test_the_adapters_own_test_keeps_to_the_rate_too(clean_store: str) -> None:
    rate = Rate(per_second=0.01, burst=3)
    ledger = Ledger(clean_store, gate=GateConfig(probe_s=60), rate=rate)
    ledger.plans["one"] = plan_of(ledger.configs["one"], has_test=True)
    ledger.accept(*many(3))
    for _ in range(3):
        ledger.finish(ledger.claim(), UNAUTHORIZED, HOLD)
    ledger.advance(61)
    assert isinstance(ledger.nothing(), Left)
    ledger.advance(40)
    assert isinstance(ledger.runner().begin(), Probe)


@pytest.mark.parametrize(("passed", "state"), [(True, "limited"), (False, "held")])
def test_a_held_provider_is_probed_by_the_adapters_own_test(clean_store: str, passed: bool, state: str) -> None:
    ledger = Ledger(clean_store, gate=GateConfig(probe_s=60))
    ledger.plans["one"] = plan_of(ledger.configs["one"], has_test=True)
    ledger.accept(*many(6))
    for _ in range(3):
        ledger.finish(ledger.claim(), UNAUTHORIZED, HOLD)
    ledger.advance(61)
    runner = ledger.runner()
    probe = runner.begin()
    assert isinstance(probe, Probe)
    assert isinstance(ledger.nothing(), Left)
    runner.probed(probe, passed=passed)
    assert ledger.row().gate.state == state
    if passed:
        claim = ledger.claim()
        assert claim.tested_ms > 0
    else:
        ledger.advance(61)
        assert isinstance(ledger.nothing(), Left)
        ledger.advance(61)
        assert isinstance(ledger.runner().begin(), Probe)


def reject(ledger: Ledger, count: int, fingerprint: str = "f1") -> None:
    for _ in range(count):
        ledger.finish(ledger.claim(), REJECTED, BURY, fingerprint=fingerprint)


def test_twenty_orders_refused_for_one_cause_hold_the_provider(ledger: Ledger) -> None:
    ledger.accept(*many(30))
    reject(ledger, 19)
    assert ledger.row().gate.state == "open"
    reject(ledger, 1)
    assert (ledger.row().gate.state, ledger.row().gate.reason) == ("held", "rejects_everything")
    assert isinstance(ledger.nothing(), Left)
    assert ledger.row().dead == 20


def test_a_mapping_that_refuses_before_sending_holds_the_provider_too(ledger: Ledger) -> None:
    ledger.accept(*many(21))
    unsent = Outcome(kind=OutcomeKind.REJECTED, reason=Reason.NO_PRODUCT, message="No product.")
    for _ in range(20):
        ledger.finish(ledger.claim(), unsent, BURY)
    assert ledger.row().gate.state == "held"


@pytest.mark.parametrize("between", ["another cause", "an accepted order"])
def test_orders_refused_now_and_then_are_dead_letters_and_no_more(ledger: Ledger, between: str) -> None:
    ledger.accept(*many(60))
    for _ in range(2):
        reject(ledger, 19)
        reject(ledger, 1, "f2") if between == "another cause" else ledger.deliver()
    assert ledger.row().gate.state == "open"


def test_the_probe_of_a_provider_that_rejects_everything_is_not_buried_for_it(ledger: Ledger) -> None:
    ledger.accept(*many(30))
    reject(ledger, 20)
    probed = []
    for wait_s in (61, 121):
        ledger.advance(wait_s)
        probe = ledger.claim()
        probed.append(probe.order)
        ledger.finish(probe, REJECTED, BURY)
        assert isinstance(ledger.nothing(), Left)
    assert (ledger.row().dead, ledger.row().parked) == (20, 2)
    assert len(set(probed)) == 2
    [parked, _] = ledger.deliveries(state="parked")
    assert parked.reason == "rejects_everything"


def test_one_accepted_order_releases_a_provider_that_rejected_everything(ledger: Ledger) -> None:
    ledger.accept(*many(30))
    reject(ledger, 20)
    ledger.advance(61)
    ledger.deliver()
    assert ledger.row().gate.state == "limited"
    reject(ledger, 5)
    assert ledger.row().gate.state == "limited"


def test_failed_probes_of_one_delivery_are_counted(ledger: Ledger) -> None:
    ledger.accept(snapshot())
    for _ in range(5):
        ledger.finish(ledger.claim(), UNAVAILABLE, park(0))
        ledger.tick()
    assert ledger.row().gate.state == "tripped"
    for _ in range(2):
        ledger.advance(700)
        ledger.tick()
        ledger.finish(ledger.claim(), UNAVAILABLE, park(0))
    ledger.advance(700)
    ledger.tick()
    assert ledger.claim().probes_failed == 2
