"""When a hold or a trip ends, by itself or by a person, the lanes that it parked come back at once, paced by the limit."""

from __future__ import annotations

import pytest

from schemas.config import GateConfig
from schemas.outcome import Outcome, OutcomeKind, Reason, Verdict, VerdictKind
from tests.fakes.ledger import ACCEPTED, BURY, DELIVER, REJECTED, UNAUTHORIZED, UNAVAILABLE, Ledger, park, snapshot
from worker.ledger.claims import Claim, Left, Probe
from worker.policy.plan import plan_of

THROTTLED = Outcome(kind=OutcomeKind.THROTTLED, reason=Reason.THROTTLED, http_status=429, wait_s=3000, calls=1)
TOLD_TO_WAIT = Outcome(kind=OutcomeKind.UNAVAILABLE, reason=Reason.SERVER_ERROR, http_status=503, wait_s=3000, calls=1)
TOO_EARLY = Outcome(kind=OutcomeKind.UNKNOWN, reason=Reason.TOO_EARLY, calls=1)


def many(count: int, start: int = 0) -> list[object]:
    return [snapshot(f"e{i}1", number=str(i)) for i in range(start, start + count)]


def hold(wait_s: float = 3000) -> Verdict:
    return Verdict(kind=VerdictKind.HOLD, reason=Reason.CREDENTIALS, wait_s=wait_s)


def trip(ledger: Ledger) -> None:
    for _ in range(5):
        ledger.finish(ledger.claim(), UNAVAILABLE, park(0))
    assert ledger.row().gate.state == "tripped"


def is_waiting(ledger: Ledger, event_id: str) -> bool:
    """Whether a runner that takes all there is gets nothing of it."""
    while isinstance(claim := ledger.runner().begin(), Claim):
        ledger.finish(claim, ACCEPTED, DELIVER)
    return ledger.states()[event_id] == "parked"


def one_parked(ledger: Ledger) -> str:
    [parked] = ledger.deliveries(state="parked")
    return parked.event_id


def reject_everything(ledger: Ledger) -> None:
    for _ in range(20):
        ledger.finish(ledger.claim(), REJECTED, BURY)
    assert ledger.row().gate.reason == "rejects_everything"


def test_the_probe_of_a_mapping_that_is_mended_comes_back_when_the_letters_go_through(ledger: Ledger) -> None:
    ledger.accept(*many(22))
    reject_everything(ledger)
    ledger.advance(61)
    ledger.finish(ledger.claim(), REJECTED, BURY)
    probe = one_parked(ledger)
    ledger.dead.replay_each([one.id for one in ledger.deliveries(state="dead")])
    ledger.advance(121)
    ledger.deliver()
    assert ledger.row().gate.state == "limited"
    assert not is_waiting(ledger, probe)


def test_what_was_in_flight_when_it_was_held_comes_back_too(clean_store: str) -> None:
    ledger = Ledger(clean_store, max_in_flight=30)
    ledger.accept(*many(23))
    claims = [ledger.claim() for _ in range(23)]
    for claim in claims:
        ledger.finish(claim, REJECTED, BURY)
    assert (ledger.row().dead, ledger.row().parked) == (20, 3)
    assert ledger.resume("one", who="ann", why="mended")
    for _ in range(3):
        ledger.deliver()
    assert (ledger.row().delivered, ledger.row().parked) == (3, 0)
    ledger.store.close()


def held_for_credentials(ledger: Ledger, wait_s: float = 3000) -> None:
    for _ in range(3):
        ledger.finish(ledger.claim(), UNAUTHORIZED, hold(wait_s))
    assert ledger.row().gate.reason == "credentials"


def test_orders_that_were_denied_come_back_when_a_lane_gets_through(ledger: Ledger) -> None:
    ledger.accept(*many(4))
    held_for_credentials(ledger)
    ledger.advance(61)
    ledger.deliver()
    for _ in range(3):
        ledger.deliver()
    assert ledger.row().delivered == 4


def test_orders_that_were_denied_come_back_when_the_adapters_test_passes(clean_store: str) -> None:
    ledger = Ledger(clean_store, gate=GateConfig(probe_s=60))
    ledger.plans["one"] = plan_of(ledger.configs["one"], has_test=True)
    ledger.accept(*many(3))
    held_for_credentials(ledger)
    ledger.advance(61)
    runner = ledger.runner()
    probe = runner.begin()
    assert isinstance(probe, Probe)
    runner.probed(probe, passed=True)
    for _ in range(3):
        ledger.deliver()
    assert ledger.row().delivered == 3
    ledger.store.close()


def test_orders_that_were_denied_come_back_when_a_person_resumes(ledger: Ledger) -> None:
    ledger.accept(*many(3))
    held_for_credentials(ledger)
    assert isinstance(ledger.nothing(), Left)
    ledger.resume("one", who="ann", why="new key")
    for _ in range(3):
        ledger.deliver()
    assert ledger.row().delivered == 3


def test_one_order_denied_while_others_are_served_waits_its_time(ledger: Ledger) -> None:
    ledger.accept(*many(3))
    denied = ledger.claim()
    ledger.finish(denied, UNAUTHORIZED, hold(500))
    ledger.tick()
    assert is_waiting(ledger, denied.event.id)
    ledger.tick()
    assert is_waiting(ledger, denied.event.id)


@pytest.mark.parametrize("ends", ["by a probe", "by a person"])
def test_trouble_while_it_was_tripped_comes_back_at_once(ledger: Ledger, ends: str) -> None:
    ledger.accept(*many(8))
    trip(ledger)
    probes = []
    for _ in range(2):
        ledger.advance(400)
        probe = ledger.claim()
        probes.append(probe.event.id)
        ledger.finish(probe, UNAVAILABLE, park(3000))
    if ends == "by a person":
        ledger.resume("one", who="ann", why="they are back")
    else:
        ledger.advance(400)
        ledger.deliver()
    ledger.tick()
    assert not any(is_waiting(ledger, probe) for probe in probes)


@pytest.mark.parametrize(
    ("outcome", "verdict"),
    [
        (THROTTLED, Verdict(kind=VerdictKind.PARK, reason=Reason.THROTTLED, wait_s=3000)),
        (TOLD_TO_WAIT, park(3000)),
        (TOO_EARLY, Verdict(kind=VerdictKind.PARK, reason=Reason.TOO_EARLY, wait_s=3000, in_doubt=True)),
    ],
    ids=["throttled", "told by Retry-After", "too early to be looked for again"],
)
def test_what_the_provider_or_the_order_asks_for_is_waited_for_all_the_same(
    ledger: Ledger, outcome: Outcome, verdict: Verdict
) -> None:
    ledger.accept(*many(8))
    trip(ledger)
    ledger.advance(400)
    probe = ledger.claim()
    ledger.finish(probe, outcome, verdict)
    ledger.advance(400)
    ledger.resume("one", who="ann", why="they are back")
    ledger.tick()
    assert is_waiting(ledger, probe.event.id)


def test_trouble_of_an_order_before_the_trip_waits_its_time(ledger: Ledger) -> None:
    ledger.accept(*many(10))
    own = ledger.claim()
    ledger.finish(own, UNAVAILABLE, park(3000))
    ledger.deliver()
    trip(ledger)
    ledger.advance(400)
    ledger.deliver()
    ledger.tick()
    assert is_waiting(ledger, own.event.id)


def test_what_was_tried_again_meanwhile_waits_for_its_own_trouble(ledger: Ledger) -> None:
    """A person replayed the probe, and by then it was told to wait."""
    ledger.accept(*many(2))
    ledger.deliver()
    for _ in range(5):
        ledger.finish(ledger.claim(), UNAVAILABLE, park(0))
        ledger.tick()
    ledger.advance(400)
    ledger.finish(ledger.claim(), UNAVAILABLE, park(9000))
    [parked] = ledger.deliveries(state="parked")
    ledger.dead.replay(parked.id)
    ledger.advance(400)
    ledger.finish(ledger.claim(), TOLD_TO_WAIT, park(3000))
    ledger.resume("one", who="ann", why="they are back")
    ledger.tick()
    assert is_waiting(ledger, parked.event_id)


def test_what_comes_back_says_that_it_is_due_now(ledger: Ledger) -> None:
    ledger.accept(*many(3))
    held_for_credentials(ledger)
    before = max(one.next_attempt_at or "" for one in ledger.deliveries(state="parked"))
    ledger.resume("one", who="ann", why="new key")
    due = {one.next_attempt_at or "" for one in ledger.deliveries(state="parked")}
    assert len(due) == 1
    assert due.pop() < before


def test_it_comes_back_one_at_a_time_first(ledger: Ledger) -> None:
    ledger.accept(*many(9))
    trip(ledger)
    for _ in range(3):
        ledger.advance(400)
        ledger.finish(ledger.claim(), UNAVAILABLE, park(9000))
    ledger.advance(400)
    ledger.deliver()
    ledger.tick()
    ledger.claim()
    assert isinstance(ledger.nothing(), Left)
    assert ledger.row().limit == 1


def test_ten_thousand_lanes_come_back_some_hundred_at_a_step(clean_store: str) -> None:
    ledger = Ledger(clean_store, max_in_flight=1000)
    ledger.accept(*many(700))
    claims = [ledger.claim() for _ in range(700)]
    for claim in claims:
        ledger.finish(claim, UNAUTHORIZED, hold())
    key = ledger.store.keys.key
    assert ledger.store.client.zcard(key("parked", provider="one")) == 700
    ledger.resume("one", who="ann", why="new key")
    left = [ledger.store.client.zcard(key("parked", provider="one"))]
    for _ in range(3):
        ledger.tick()
        left.append(ledger.store.client.zcard(key("parked", provider="one")))
    assert left == [500, 300, 100, 0]
    assert ledger.store.client.exists(key("gate_parked", provider="one")) == 0
    ledger.store.close()


def test_a_gate_that_closes_again_keeps_the_rest_for_the_next_opening(clean_store: str) -> None:
    ledger = Ledger(clean_store, max_in_flight=1000)
    ledger.accept(*many(300))
    for claim in [ledger.claim() for _ in range(300)]:
        ledger.finish(claim, UNAUTHORIZED, hold())
    ledger.resume("one", who="ann", why="new key")
    ledger.pause("one", who="ann", why="wait, not yet", at_ms=0)
    ledger.tick()
    key = ledger.store.keys.key
    assert ledger.store.client.zcard(key("parked", provider="one")) == 100
    ledger.resume("one", who="ann", why="now")
    assert ledger.store.client.zcard(key("parked", provider="one")) == 0
    ledger.store.close()
