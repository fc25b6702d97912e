"""Claiming and finishing: order, supersede, leases, fencing, doubt."""

from __future__ import annotations

import threading

from schemas.event import Event, EventType
from schemas.outcome import Outcome, OutcomeKind, Reason, Verdict, VerdictKind
from tests.fakes.ledger import (
    ACCEPTED,
    BURY,
    DELIVER,
    REJECTED,
    UNAVAILABLE,
    UNKNOWN,
    Ledger,
    action,
    ended,
    park,
    snapshot,
)
from worker.ledger.claims import Claim, Wait
from worker.ledger.lanes import Runner, give_back, new_request


def test_a_delivery_is_claimed_once_however_many_runners_ask(clean_store: str) -> None:
    ledger = Ledger(clean_store, max_in_flight=50)
    ledger.accept(*[snapshot(f"e{i}1", number=str(i)) for i in range(20)])
    claimed: list[int] = []

    def work() -> None:
        runner = ledger.runner()
        claim = runner.begin()
        while isinstance(claim, Claim):
            claimed.append(claim.seq)
            claim = runner.finish(claim, ended(claim, ACCEPTED, DELIVER))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == list(range(1, 21))
    assert ledger.row().delivered == 20


def test_a_lane_gives_its_next_only_when_its_head_has_ended(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"), action("a1"))
    claim = ledger.claim()
    assert ledger.nothing() is None
    ledger.finish(claim, ACCEPTED, DELIVER)
    assert ledger.claim().event.id == "a1"


def test_a_settle_claims_the_next_in_the_same_step(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"), snapshot("e21", number="1002"))
    runner = ledger.runner()
    first = runner.begin()
    assert isinstance(first, Claim)
    second = runner.finish(first, ended(first, ACCEPTED, DELIVER))
    assert isinstance(second, Claim)
    assert second.event.id == "e21"


def test_a_waiting_snapshot_gives_way_to_the_next(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"), snapshot("e2"), snapshot("e3"))
    assert ledger.claim().event.id == "e3"
    assert ledger.states() == {"e1": "superseded", "e2": "superseded", "e3": "attempting"}
    newest = next(d for d in ledger.deliveries() if d.event_id == "e3")
    by = {d.event_id: d.superseded_by for d in ledger.deliveries(state="superseded")}
    assert by["e2"] == newest.id


def test_a_snapshot_being_attempted_is_not_superseded(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    claim = ledger.claim()
    ledger.accept(snapshot("e2"))
    ledger.finish(claim, ACCEPTED, DELIVER)
    assert ledger.states() == {"e1": "delivered", "e2": "pending"}


def test_an_action_is_never_jumped_over(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"), action("a1"), snapshot("e2"))
    assert [ledger.deliver().event.id for _ in range(3)] == ["e1", "a1", "e2"]


def _updates(many: int) -> list[Event]:
    return [snapshot(f"e{number}", type=EventType.UPDATED) for number in range(1, many + 1)]


def test_many_snapshots_of_one_order_are_retired_a_hundred_in_a_step(ledger: Ledger) -> None:
    ledger.accept(*_updates(250))
    for retired in (100, 200):
        waits = ledger.nothing()
        assert isinstance(waits, Wait)
        assert waits.why == "retiring"
        assert ledger.row().superseded == retired
    assert ledger.claim().event.id == "e250"
    assert ledger.row().superseded == 249


def test_an_order_with_much_to_retire_keeps_no_other_waiting(ledger: Ledger) -> None:
    ledger.accept(*_updates(250), snapshot("f1", number="2"))
    assert ledger.claim().event.id == "f1"
    assert ledger.row().superseded == 100


def test_actions_of_one_order_are_never_merged(ledger: Ledger) -> None:
    ledger.accept(action("a1"), action("a2"), snapshot("e1"), action("a3"), action("a4"))
    assert [ledger.deliver().event.id for _ in range(5)] == ["a1", "a2", "e1", "a3", "a4"]
    assert ledger.row().superseded == 0


def test_a_parked_delivery_is_claimed_again_when_it_is_due(ledger: Ledger) -> None:
    ledger.accept(snapshot())
    ledger.finish(ledger.claim(), UNAVAILABLE, park(5))
    ledger.advance(4)
    ledger.tick()
    assert ledger.nothing() is None
    ledger.advance(2)
    ledger.tick()
    claim = ledger.claim()
    assert (claim.number, claim.tries) == (2, 1)


def test_a_parked_delivery_says_when_its_next_try_is(ledger: Ledger) -> None:
    ledger.accept(snapshot())
    ledger.finish(ledger.claim(), UNAVAILABLE, park(60))
    [delivery] = ledger.deliveries(state="parked")
    assert delivery.reason == "server_error"
    assert delivery.next_attempt_at is not None
    assert delivery.next_attempt_at > delivery.updated_at
    assert delivery.last_attempt is not None
    assert delivery.last_attempt.http_status == 500


def test_what_waits_behind_a_parked_head_says_behind_which(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"), action("a1"))
    ledger.finish(ledger.claim(), UNAVAILABLE, park(60))
    head, waiting = sorted(ledger.deliveries(), key=lambda d: d.event_id, reverse=True)
    assert waiting.waiting_behind == head.id


def test_a_newer_snapshot_retires_a_parked_one_and_waits_in_its_place(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    ledger.finish(ledger.claim(), UNAVAILABLE, park(60))
    ledger.accept(snapshot("e2"))
    assert ledger.nothing() is None
    ledger.advance(61)
    ledger.tick()
    assert ledger.claim().event.id == "e2"


def test_a_lost_attempt_is_in_doubt_and_ready_again(ledger: Ledger) -> None:
    ledger.accept(snapshot())
    claim = ledger.claim()
    ledger.advance(ledger.plans["one"].lease_s - 1)
    ledger.tick()
    assert ledger.nothing() is None
    ledger.advance(2)
    ledger.tick()
    again = ledger.claim()
    assert again.seq == claim.seq
    assert again.number == 2
    assert again.doubt_since_ms is not None
    assert again.maybe_since_ms == again.doubt_since_ms
    [delivery] = ledger.deliveries()
    assert delivery.last_attempt is not None
    assert (delivery.last_attempt.outcome, delivery.last_attempt.reason) == ("unknown", "worker_lost")


def test_a_renewed_lease_is_not_reaped(ledger: Ledger) -> None:
    ledger.accept(snapshot())
    runner = ledger.runner()
    claim = runner.begin()
    assert isinstance(claim, Claim)
    ledger.advance(ledger.plans["one"].lease_s - 1)
    assert runner.renew(claim)
    ledger.advance(10)
    ledger.tick()
    assert ledger.states() == {"e1": "attempting"}


def test_a_lease_that_is_anothers_cannot_be_renewed(ledger: Ledger) -> None:
    ledger.accept(snapshot())
    old = ledger.claim()
    ledger.advance(ledger.plans["one"].lease_s + 1)
    ledger.tick()
    ledger.claim()
    assert not ledger.runner().renew(old)


def test_a_late_settle_moves_nothing_while_another_attempt_runs(ledger: Ledger) -> None:
    ledger.accept(snapshot())
    old = ledger.claim()
    ledger.advance(ledger.plans["one"].lease_s + 1)
    ledger.tick()
    new = ledger.claim()
    ledger.finish(old, ACCEPTED, DELIVER)
    assert ledger.states() == {"e1": "attempting"}
    assert ledger.deliveries()[0].link is not None
    ledger.finish(new, ACCEPTED, DELIVER)
    assert ledger.states() == {"e1": "delivered"}
    assert ledger.row().delivered == 1


def test_a_late_settle_delivers_what_nobody_holds(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"), action("a1"))
    old = ledger.claim()
    ledger.advance(ledger.plans["one"].lease_s + 1)
    ledger.tick()
    ledger.finish(old, ACCEPTED, DELIVER)
    assert ledger.states() == {"e1": "delivered", "a1": "pending"}
    row = ledger.row()
    assert (row.delivered, row.parked, row.attempting, row.pending) == (1, 0, 0, 1)
    assert ledger.claim().event.id == "a1"


def test_a_late_settle_of_what_the_store_has_forgotten_ends_no_other_delivery(ledger: Ledger) -> None:
    """A store that came back from an older copy gives the numbers of its events anew."""
    ledger.accept(snapshot("e1", number="1001"))
    old = ledger.claim()
    ledger.store.client.flushall()
    ledger.furnish()
    ledger.accept(snapshot("f1", number="2002"))
    ledger.finish(ledger.claim(), UNAVAILABLE, park(60))
    ledger.finish(old, ACCEPTED, DELIVER)
    assert ledger.states() == {"f1": "parked"}
    assert ledger.deliveries()[0].attempts == 1


def test_a_late_park_or_bury_moves_nothing(ledger: Ledger) -> None:
    ledger.accept(snapshot())
    old = ledger.claim()
    ledger.advance(ledger.plans["one"].lease_s + 1)
    ledger.tick()
    ledger.finish(old, REJECTED, BURY)
    ledger.finish(old, UNAVAILABLE, park(500))
    assert ledger.states() == {"e1": "parked"}
    assert ledger.claim().number == 2


def test_a_repeated_request_gets_the_first_answer(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"), snapshot("e21", number="1002"), snapshot("e31", number="1003"))
    runner, request = ledger.runner(), new_request()
    first = runner.begin()
    assert isinstance(first, Claim)
    end = ended(first, ACCEPTED, DELIVER)
    answers = [runner.finish(first, end, request=request, repeated=repeated) for repeated in (False, True)]
    assert [a.seq for a in answers if isinstance(a, Claim)] == [2, 2]
    assert ledger.row().in_flight == 1
    assert ledger.row().delivered == 1


def test_what_was_given_back_spends_no_try_and_counts_no_attempt(ledger: Ledger) -> None:
    ledger.accept(snapshot())
    claim = ledger.claim()
    Runner(ledger.store, ledger.plans["one"]).finish(claim, give_back(claim), last=True)
    ledger.tick()
    again = ledger.claim()
    assert (again.number, again.tries, again.doubt_since_ms) == (1, 0, None)


def test_an_unknown_create_leaves_doubt_on_the_order(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    ledger.finish(ledger.claim(), UNKNOWN, park(5, in_doubt=True))
    ledger.accept(snapshot("e2"))
    ledger.advance(6)
    ledger.tick()
    claim = ledger.claim()
    assert claim.event.id == "e2"
    assert claim.maybe_since_ms is not None
    ledger.finish(claim, ACCEPTED, DELIVER)
    ledger.accept(snapshot("e3"))
    assert ledger.claim().maybe_since_ms is None


def test_a_trusted_absent_clears_the_doubt(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    ledger.finish(ledger.claim(), UNKNOWN, park(5, in_doubt=True))
    ledger.advance(6)
    ledger.tick()
    ledger.finish(ledger.claim(), UNAVAILABLE, park(5), clears_doubt=True)
    ledger.advance(6)
    ledger.tick()
    claim = ledger.claim()
    assert (claim.maybe_since_ms, claim.doubt_since_ms) == (None, None)


def test_a_skipped_delivery_is_listed_as_skipped(ledger: Ledger) -> None:
    ledger.accept(snapshot())
    skip = Verdict(kind=VerdictKind.SETTLE, reason=Reason.NO_EMAIL, state="skipped")
    ledger.finish(ledger.claim(), Outcome(kind=OutcomeKind.UNSUPPORTED, reason=Reason.NO_EMAIL), skip)
    [delivery] = ledger.deliveries(state="skipped")
    assert delivery.reason == "no_email"
