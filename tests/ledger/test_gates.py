"""A provider's gate: pause, in-flight limit, breaker with one probe."""

from __future__ import annotations

from schemas.outcome import Reason, Verdict, VerdictKind
from tests.fakes.ledger import (
    ACCEPTED,
    BURY,
    DELIVER,
    REJECTED,
    UNAVAILABLE,
    Ledger,
    park,
    snapshot,
)
from worker.ledger.claims import Claim, Left, Wait

HOLD = Verdict(kind=VerdictKind.HOLD, reason=Reason.CREDENTIALS, wait_s=1)


def many(count: int, start: int = 0) -> list[object]:
    return [snapshot(f"e{i}1", number=str(i)) for i in range(start, start + count)]


def trip(ledger: Ledger) -> None:
    """Five troubles in a row from five lanes."""
    for _ in range(5):
        ledger.finish(ledger.claim(), UNAVAILABLE, park(1000))


def test_a_paused_provider_claims_nothing_until_it_is_resumed(ledger: Ledger) -> None:
    ledger.accept(snapshot())
    assert ledger.pause("one", who="ann", why="their release night", at_ms=0)
    assert ledger.nothing() == Left(0)
    assert (ledger.row().gate.state, ledger.row().gate.reason) == ("paused", "their release night")
    assert ledger.resume("one", who="ann", why="done")
    assert isinstance(ledger.claim(), Claim)


def test_a_paused_provider_calls_no_runners(ledger: Ledger) -> None:
    ledger.pause("one", who="ann", why="night", at_ms=0)
    assert ledger.calls(snapshot()) == []


def test_resuming_an_open_gate_changes_nothing(ledger: Ledger) -> None:
    assert not ledger.resume("one", who="ann", why="to be sure")


def test_never_more_than_the_limit_is_in_flight(clean_store: str) -> None:
    ledger = Ledger(clean_store, max_in_flight=2)
    ledger.accept(*many(3))
    claims = [ledger.claim(), ledger.claim()]
    assert ledger.nothing() == Left(0)
    ledger.finish(claims[0], ACCEPTED, DELIVER)
    ledger.claim()


def test_the_limit_halves_on_trouble_and_grows_back_by_one_a_round(ledger: Ledger) -> None:
    ledger.accept(*many(40))
    ledger.finish(ledger.claim(), UNAVAILABLE, park(1000))
    assert (ledger.row().limit, ledger.row().gate.state) == (4, "limited")
    for _ in range(4):
        ledger.deliver()
    assert ledger.row().limit == 5
    for _ in range(5 + 6 + 7):
        ledger.deliver()
    assert (ledger.row().limit, ledger.row().gate.state) == (8, "open")


def test_five_troubles_in_a_row_from_three_lanes_trip_the_gate(ledger: Ledger) -> None:
    ledger.accept(*many(10))
    trip(ledger)
    assert ledger.row().gate.state == "tripped"
    assert isinstance(ledger.nothing(), Left)


def test_one_lane_alone_does_not_trip_a_busy_provider(ledger: Ledger) -> None:
    ledger.accept(*many(2))
    ledger.accept(*many(3, start=10))
    for _ in range(4):
        claim = ledger.claim()
        ledger.finish(claim, UNAVAILABLE, park(0))
        ledger.tick()
        ledger.deliver() if claim.number == 1 else None
    assert ledger.row().gate.state != "tripped"


def test_a_success_between_ends_the_row(ledger: Ledger) -> None:
    ledger.accept(*many(12))
    for _ in range(2):
        for _ in range(4):
            ledger.finish(ledger.claim(), UNAVAILABLE, park(1000))
        ledger.deliver()
    assert ledger.row().gate.state == "limited"


def test_a_tripped_gate_lets_exactly_one_probe_through_after_its_cool_down(ledger: Ledger) -> None:
    ledger.accept(*many(10))
    trip(ledger)
    ledger.advance(7)
    probe = ledger.claim()
    second = ledger.nothing()
    assert isinstance(second, Wait)
    assert second.why == "tripped"
    ledger.finish(probe, ACCEPTED, DELIVER)
    assert (ledger.row().gate.state, ledger.row().limit) == ("limited", 1)
    ledger.claim()


def test_each_probe_is_another_lane_and_a_failed_one_doubles_the_cool_down(ledger: Ledger) -> None:
    ledger.accept(*many(10))
    trip(ledger)
    probed, waits = [], []
    for _ in range(3):
        ledger.advance(400)
        probe = ledger.claim()
        probed.append(probe.order)
        ledger.finish(probe, UNAVAILABLE, park(5000))
        gate = ledger.store.client.hgetall(ledger.store.keys.key("gate", provider="one"))
        waits.append(int(gate[b"cool"]))
    assert len(set(probed)) == 3
    assert waits == [10_000, 20_000, 40_000]


def test_a_probe_lost_with_its_worker_frees_the_next_probe(ledger: Ledger) -> None:
    ledger.accept(*many(10))
    trip(ledger)
    ledger.advance(7)
    ledger.claim()
    ledger.advance(ledger.plans["one"].lease_s + 1)
    ledger.tick()
    ledger.claim()


def test_a_result_of_an_earlier_opening_does_not_touch_the_gate(clean_store: str) -> None:
    ledger = Ledger(clean_store, max_in_flight=64)
    ledger.accept(*many(10))
    slow = ledger.claim()
    trip(ledger)
    ledger.finish(slow, ACCEPTED, DELIVER)
    assert ledger.row().gate.state == "tripped"


def test_a_rejected_order_is_a_success_of_the_gate(ledger: Ledger) -> None:
    ledger.accept(*many(10))
    for _ in range(8):
        ledger.finish(ledger.claim(), REJECTED, BURY)
    assert ledger.row().gate.state == "open"


def test_the_clock_of_open_hours_stands_still_while_the_gate_is_closed(ledger: Ledger) -> None:
    ledger.accept(*many(10))
    before = ledger.claim()
    ledger.pause("one", who="ann", why="night", at_ms=0)
    ledger.advance(3600)
    ledger.resume("one", who="ann", why="morning")
    after = ledger.claim()
    assert after.open_ms - before.open_ms < 60_000
