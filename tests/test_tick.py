"""The worker's tick: a store whose clock jumps loses nobody a lease."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from tests.fakes.ledger import Ledger, snapshot
from worker.tick import ClockWatch, Rounds


@pytest.fixture
def ledger(clean_store: str) -> Iterator[Ledger]:
    made = Ledger(clean_store, "one", "two")
    yield made
    made.store.close()


def rounds(ledger: Ledger) -> Rounds:
    parts = SimpleNamespace(
        gates=ledger.gates, store=ledger.store, plans=ledger.plans, tidy=SimpleNamespace(sweep=lambda _: 0)
    )
    worker = SimpleNamespace(hostname="w1@test", app=SimpleNamespace(send_task=lambda *_, **__: None))
    return Rounds(worker, parts)  # type: ignore[arg-type]  # the parts that a round uses


def lease_left_ms(ledger: Ledger) -> float:
    [claim] = ledger.store.client.hvals(ledger.store.keys.key("claims", provider="one"))
    return int(claim.rpartition(b"|")[2]) - ledger.store.now_ms()


def test_a_jump_is_what_the_stores_clock_gained_on_ours() -> None:
    now_s = [100.0]
    watch = ClockWatch(lambda: now_s[0])
    assert watch.jump_ms(1_000_000) is None
    now_s[0] = 100.5
    assert watch.jump_ms(1_000_500) == 0
    now_s[0] = 101.0
    assert watch.jump_ms(4_601_000) == 3_600_000
    now_s[0] = 101.5
    assert watch.jump_ms(4_600_000) == -1_500


@pytest.mark.parametrize("jump_s", [3600, -3600])
def test_a_jump_of_the_stores_clock_moves_the_leases_with_it(ledger: Ledger, jump_s: float) -> None:
    ledger.accept(snapshot())
    ledger.claim()
    before_ms = lease_left_ms(ledger)
    ticking = rounds(ledger)
    ticking.go()
    ledger.advance(jump_s)
    ticking.go()
    assert abs(lease_left_ms(ledger) - before_ms) < 2000
    assert ledger.row().attempting == 1


def test_of_many_workers_that_see_a_jump_one_moves_the_leases(ledger: Ledger) -> None:
    ledger.accept(snapshot())
    ledger.claim()
    before_ms = lease_left_ms(ledger)
    first, second = rounds(ledger), rounds(ledger)
    for ticking in (first, second):
        ticking.go()
    ledger.advance(3600)
    for ticking in (first, second):
        ticking.go()
    assert abs(lease_left_ms(ledger) - before_ms) < 2000


def test_two_jumps_are_two_even_when_they_are_alike(ledger: Ledger) -> None:
    assert ledger.gates.shift(3_600_000, ["one"])
    assert not ledger.gates.shift(3_600_000, ["one"])
    ledger.advance(3600)
    assert ledger.gates.shift(3_600_000, ["one"])


def test_a_worker_that_has_just_come_reaps_nothing_before_it_knows_the_clock(ledger: Ledger) -> None:
    ledger.accept(snapshot())
    ledger.claim()
    ledger.advance(3600)
    ticking = rounds(ledger)
    ticking.go()
    assert ledger.row().attempting == 1
    ticking.go()
    assert ledger.row().attempting == 0


def test_a_closed_gate_stays_closed_for_as_long_as_was_said(ledger: Ledger) -> None:
    ledger.store.client.hset(ledger.store.keys.key("gate", provider="two"), "tripped", ledger.store.now_ms() + 60_000)
    ledger.advance(-3600)
    ledger.gates.shift(-3_600_000, ["one", "two"])
    until_ms = int(ledger.store.client.hget(ledger.store.keys.key("gate", provider="two"), "tripped"))
    assert 50_000 < until_ms - ledger.store.now_ms() <= 60_000
