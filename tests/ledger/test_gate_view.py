"""What the board and the lists say of a gate: the provider's own words, since when, and what waits how long."""

from __future__ import annotations

from datetime import datetime

from schemas.outcome import Outcome, OutcomeKind, Reason
from tests.fakes.ledger import ACCEPTED, BURY, DELIVER, DENIED, DOWN, HOLD, REJECTED, Ledger, park, snapshot
from worker.ledger.claims import Probe
from worker.ledger.lanes import Attempt
from worker.ledger.queries.status import GateView
from worker.policy.plan import plan_of


def many(count: int, start: int = 0) -> list[object]:
    return [snapshot(f"e{i}1", number=str(i)) for i in range(start, start + count)]


def trip(ledger: Ledger) -> None:
    for _ in range(5):
        ledger.finish(ledger.claim(), DOWN, park(0))


def ms(instant: str | None) -> float:
    assert instant is not None
    return datetime.fromisoformat(instant).timestamp() * 1000


def gate(ledger: Ledger) -> GateView:
    return ledger.row().gate


def test_a_tripped_gate_says_what_the_provider_said_and_since_when(ledger: Ledger) -> None:
    ledger.accept(*many(12))
    began_ms = ledger.store.now_ms()
    trip(ledger)
    seen = gate(ledger)
    assert (seen.state, seen.last_message, seen.last_http_status) == ("tripped", "503 from desk.example", 503)
    assert seen.last_reason == "server_error"
    assert 0 <= ms(seen.since) - began_ms < 60_000
    assert 0 <= ms(seen.last_at) - began_ms < 60_000
    assert ms(seen.until) > ms(seen.since)
    assert seen.next_probe_at == seen.until
    ledger.advance(700)
    assert gate(ledger).next_probe_at is None


def test_a_probe_that_fails_renews_the_answer_and_not_since_when(ledger: Ledger) -> None:
    ledger.accept(*many(12))
    trip(ledger)
    first = gate(ledger)
    ledger.advance(700)
    ledger.tick()
    other = Outcome(
        kind=OutcomeKind.UNAVAILABLE, reason=Reason.SERVER_ERROR, http_status=502, calls=1, message="Bad gateway"
    )
    ledger.finish(ledger.claim(), other, park(0))
    seen = gate(ledger)
    assert (seen.since, seen.last_http_status, seen.last_message) == (first.since, 502, "Bad gateway")
    assert ms(seen.last_at) - ms(first.last_at) >= 700_000


def test_a_pause_says_who_why_and_since_when_it_is_one(ledger: Ledger) -> None:
    ledger.accept(*many(12))
    trip(ledger)
    ledger.advance(100)
    at_ms = ledger.store.now_ms()
    ledger.pause("one", who="ann", why="their release night", at_ms=at_ms)
    seen = gate(ledger)
    assert (seen.state, seen.who, seen.reason) == ("paused", "ann", "their release night")
    assert ms(seen.since) == at_ms


def test_waiting_for_an_order_to_settle_is_no_bad_answer(ledger: Ledger) -> None:
    ledger.accept(*many(2))
    ledger.finish(ledger.claim(), DOWN, park(5000))
    early = Outcome(kind=OutcomeKind.UNKNOWN, reason=Reason.TOO_EARLY, calls=1, message="The order is not there yet.")
    ledger.finish(ledger.claim(), early, park(5000))
    assert gate(ledger).last_message == "503 from desk.example"


def test_an_open_gate_that_was_never_in_trouble_has_no_last_answer(ledger: Ledger) -> None:
    ledger.accept(snapshot())
    ledger.deliver()
    seen = gate(ledger)
    assert (seen.state, seen.last_message, seen.last_at, seen.since) == ("open", None, None, None)
    assert ms(seen.last_ok_at) > 0


def test_the_adapters_own_test_that_fails_is_the_last_answer(ledger: Ledger) -> None:
    ledger.plans["one"] = plan_of(ledger.configs["one"], has_test=True)
    ledger.accept(*many(4))
    for _ in range(3):
        ledger.finish(ledger.claim(), DENIED, HOLD)
    ledger.advance(61)
    runner = ledger.runner()
    probe = runner.begin()
    assert isinstance(probe, Probe)
    answer = Attempt(0, 0, 5, "unauthorized", "credentials", 401, "The key is revoked")
    runner.probed(probe, passed=False, answer=answer)
    assert (gate(ledger).last_message, gate(ledger).state) == ("The key is revoked", "held")


def test_the_oldest_that_waits_is_no_dead_letter(ledger: Ledger) -> None:
    ledger.accept(*many(3))
    ledger.finish(ledger.claim(), REJECTED, BURY)
    ledger.advance(3600)
    ledger.accept(*many(1, start=10))
    for _ in range(2):
        ledger.finish(ledger.claim(), REJECTED, BURY)
    ledger.advance(60)
    row = ledger.row()
    assert row.oldest_undelivered_s is not None
    assert row.oldest_waiting_s is not None
    assert 3660 <= row.oldest_undelivered_s < 3690
    assert 60 <= row.oldest_waiting_s < 90
    assert (row.waiting, row.dead) == (1, 3)


def test_nothing_waits_where_all_is_dead_or_delivered(ledger: Ledger) -> None:
    ledger.accept(*many(2))
    ledger.finish(ledger.claim(), REJECTED, BURY)
    ledger.finish(ledger.claim(), ACCEPTED, DELIVER)
    assert (ledger.row().waiting, ledger.row().oldest_waiting_s) == (0, None)


def test_a_try_that_is_due_behind_a_closed_gate_is_shown_for_when_the_gate_is_tried(ledger: Ledger) -> None:
    ledger.accept(*many(12))
    trip(ledger)
    ledger.advance(2)
    shown = {ms(one.next_attempt_at) for one in ledger.deliveries(state="parked")}
    assert shown == {ms(gate(ledger).until)}


def test_a_next_try_behind_a_tripped_gate_is_never_in_the_past(ledger: Ledger) -> None:
    ledger.accept(*many(12))
    trip(ledger)
    ledger.advance(700)
    now_ms = ledger.store.now_ms()
    assert all(ms(one.next_attempt_at) >= now_ms for one in ledger.deliveries(state="parked"))


def test_nobody_says_when_a_paused_provider_is_tried_next(ledger: Ledger) -> None:
    ledger.accept(*many(12))
    trip(ledger)
    ledger.pause("one", who="ann", why="night", at_ms=0)
    assert {one.next_attempt_at for one in ledger.deliveries(state="parked")} == {None}


def test_a_back_off_that_outlasts_the_gate_is_shown_as_it_is(ledger: Ledger) -> None:
    ledger.accept(*many(12))
    ledger.finish(ledger.claim(), DOWN, park(5000))
    [alone] = ledger.deliveries(state="parked")
    for _ in range(4):
        ledger.finish(ledger.claim(), DOWN, park(0))
    later = {one.id: one.next_attempt_at for one in ledger.deliveries(state="parked")}
    assert later[alone.id] == alone.next_attempt_at
