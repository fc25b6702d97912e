"""Runners: called, lingering, leaving; and what a store that restarted has lost."""

from __future__ import annotations

import threading

from schemas.config import Rate
from tests.fakes.ledger import ACCEPTED, DELIVER, Ledger, ended, snapshot
from worker.ledger.claims import Claim, Left, Wait
from worker.ledger.lanes import Runner
from worker.ledger.store.client import Store


def test_a_runner_that_leaves_calls_its_successor(clean_store: str) -> None:
    ledger = Ledger(clean_store, max_in_flight=1)
    ledger.accept(snapshot("e1"), snapshot("e21", number="1002"))
    runner = ledger.runner()
    claim = runner.begin()
    assert isinstance(claim, Claim)
    assert runner.finish(claim, ended(claim, ACCEPTED, DELIVER), last=True) == Left(1)


def test_a_lost_call_is_made_again_by_a_later_tick(ledger: Ledger) -> None:
    assert ledger.calls(snapshot()) == ["one"]
    limit = ledger.plans["one"].max_in_flight
    assert ledger.gates.tick("one", limit).calls == 0
    ledger.advance(6)
    assert ledger.gates.tick("one", limit).calls == 1
    ledger.advance(6)
    assert ledger.gates.tick("one", limit).calls == 0
    ledger.advance(6)
    assert ledger.gates.tick("one", limit).calls == 1


def test_a_lingering_runner_is_nudged_instead_of_another_called(ledger: Ledger) -> None:
    runner = ledger.runner()
    assert runner.begin() is None
    assert ledger.calls(snapshot()) == []
    runner.linger(5)
    assert isinstance(runner.claim(leave=True), Claim)


def test_idle_runners_that_take_no_nudge_are_forgotten_and_others_called(ledger: Ledger) -> None:
    """A worker that could not reach the store has gone on without them; or an older copy of the store knows them."""
    runner, deaf = ledger.runner(), ledger.runner()
    ledger.accept(snapshot("e21", number="1002"))
    claim = runner.begin()
    assert isinstance(claim, Claim)
    assert deaf.begin() is None
    assert ledger.calls(snapshot()) == []
    limit = ledger.plans["one"].max_in_flight
    assert ledger.gates.tick("one", limit).calls == 0
    ledger.advance(1)
    assert ledger.gates.tick("one", limit).calls == 1
    assert isinstance(runner.finish(claim, ended(claim, ACCEPTED, DELIVER)), Claim)


def test_no_wake_up_falls_between_finding_nothing_and_leaving(ledger: Ledger) -> None:
    """Whatever the order of an accept and a leaving claim: either the claim has it, or a runner is called."""
    for i in range(60):
        runner = ledger.runner()
        assert runner.begin() is None
        seen: list[object] = []
        leaving = threading.Thread(target=lambda r=runner, s=seen: s.append(r.claim(leave=True)))
        leaving.start()
        called = ledger.calls(snapshot(f"e{i}1", number=str(i)))
        leaving.join()
        [found] = seen
        if isinstance(found, Claim):
            ledger.finish(found, ACCEPTED, DELIVER)
            if called:
                assert not isinstance(ledger.runner().begin(), Claim)
                ledger.advance(31)
        elif called:
            ledger.deliver()
        else:
            limit = ledger.plans["one"].max_in_flight
            ledger.advance(31)
            assert ledger.gates.tick("one", limit).calls == 1
            ledger.deliver()
    assert ledger.row().delivered == 60


def test_another_server_opens_a_new_epoch_before_anything_else_is_done_there(ledger: Ledger) -> None:
    ledger.accept(snapshot())
    key = ledger.store.keys.key("epoch")
    before = int(ledger.store.client.hget(key, "number"))
    ledger.store.client.hset(key, "run_id", "another")
    later = Store(ledger.store.url)
    claimed = Runner(later, ledger.plans["one"]).begin()
    assert isinstance(claimed, Claim)
    assert claimed.epoch.number == int(later.client.hget(key, "number")) == before + 1
    later.close()


def test_the_same_server_is_met_again_without_a_new_epoch(ledger: Ledger) -> None:
    ledger.accept(snapshot())
    number = ledger.store.client.hget(ledger.store.keys.key("epoch"), "number")
    again = Store(ledger.store.url)
    again.client.ping()
    again.close()
    assert ledger.store.client.hget(ledger.store.keys.key("epoch"), "number") == number


def test_steps_that_the_server_has_not_got_are_given_to_it(ledger: Ledger) -> None:
    ledger.store.client.function_flush()
    assert ledger.accept(snapshot("e1"), snapshot("e21", number="2"))[1].status == "accepted"
    ledger.store.client.function_flush()
    ledger.claim()


def test_a_runner_that_waits_for_the_rate_is_not_taken_for_one_that_is_gone(clean_store: str) -> None:
    """It takes no nudge, since it comes by itself. Were it forgotten, each second of a long queue would call another."""
    ledger = Ledger(clean_store, max_in_flight=2, rate=Rate(per_second=2, burst=1))
    ledger.accept(*(snapshot(f"e{n}1", number=str(n)) for n in range(40)))
    busy, waiting = ledger.runner(), ledger.runner()
    assert isinstance(busy.begin(), Claim)
    assert isinstance(waiting.begin(), Wait)
    for _ in range(6):
        assert ledger.gates.tick("one", 2).calls == 0
        ledger.advance(0.45)
        claimed = waiting.claim(leave=False)
        if isinstance(claimed, Claim):
            waiting.finish(claimed, ended(claimed, ACCEPTED, DELIVER))


def test_what_a_narrowed_gate_has_no_place_for_leaves_and_is_not_called(clean_store: str) -> None:
    """Whoever ends an attempt goes on in its place: nobody need wait for it."""
    ledger = Ledger(clean_store, max_in_flight=4)
    ledger.accept(*(snapshot(f"e{n}1", number=str(n)) for n in range(40)))
    ledger.store.client.hset(ledger.store.keys.key("gate", provider="one"), "limit", 1)
    claim = ledger.runner().begin()
    assert isinstance(claim, Claim)
    assert claim.calls == 0
    late = ledger.runner().begin()
    assert late == Left(0)
    for _ in range(6):
        assert ledger.gates.tick("one", 4).calls == 0
        ledger.advance(0.5)
