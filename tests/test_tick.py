"""The worker's tick: a store whose clock jumps loses nobody a lease."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from celery import Celery

from schemas.config import Rate
from tests.fakes.alerted import lines_of
from tests.fakes.ledger import Ledger, snapshot
from tests.fakes.split import SplitLedger
from worker.ledger.gates import Gates
from worker.ledger.worker_facts import WorkerFacts
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
    worker = SimpleNamespace(hostname="w1@test", app=Celery(broker="memory://", set_as_current=False))
    return Rounds(worker, parts)  # type: ignore[arg-type]  # the parts that a round uses


def lease_left_ms(ledger: Ledger) -> float:
    [claim] = ledger.store.client.hvals(ledger.store.keys.key("claims", provider="one"))
    return int(claim.split(b"|")[8]) - ledger.store.now_ms()


def looks(watch: ClockWatch, now_s: list[float], at_s: float, store_ms: int) -> int | None:
    now_s[0] = at_s
    return watch.look(lambda: store_ms)[1]


def test_a_jump_is_what_the_stores_clock_gained_on_ours() -> None:
    now_s = [0.0]
    watch = ClockWatch(lambda: now_s[0])
    assert looks(watch, now_s, 100.0, 1_000_000) is None
    assert looks(watch, now_s, 100.5, 1_000_500) == 0
    assert looks(watch, now_s, 101.0, 4_601_000) == 3_600_000
    assert looks(watch, now_s, 101.5, 4_600_000) == -1_500


def test_an_answer_that_comes_late_is_no_jump() -> None:
    now_s = [100.0]

    def held_up() -> int:
        now_s[0] += 30.0
        return 1_000_500

    watch = ClockWatch(lambda: now_s[0])
    watch.look(lambda: 1_000_000)
    assert watch.look(held_up) == (1_000_500, None)
    assert looks(watch, now_s, 131.0, 1_031_000) is None
    assert looks(watch, now_s, 131.5, 1_031_500) == 0


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
    plans = ledger.plans.values()
    assert ledger.gates.shift(3_600_000, plans)
    assert not ledger.gates.shift(3_600_000, plans)
    ledger.advance(3600)
    assert ledger.gates.shift(3_600_000, plans)


@pytest.mark.parametrize("jump_s", [3600, -3600])
def test_what_was_claimed_after_the_jump_keeps_its_lease(ledger: Ledger, jump_s: float) -> None:
    ledger.accept(snapshot())
    ledger.advance(jump_s)
    ledger.claim()
    lease_ms = ledger.plans["one"].lease_s * 1000
    ledger.gates.shift(round(jump_s * 1000), ledger.plans.values())
    assert lease_ms - 2000 < lease_left_ms(ledger) <= lease_ms


def test_a_rate_goes_on_after_a_jump(clean_store: str) -> None:
    ledger = Ledger(clean_store, rate=Rate(per_second=1, burst=2))
    ledger.accept(*[snapshot(f"e{n}1", number=str(n)) for n in range(4)])
    ledger.advance(3600)
    ledger.claim()
    ledger.gates.shift(3_600_000, ledger.plans.values())
    ledger.advance(2)
    ledger.claim()
    ledger.store.close()


def test_a_clock_that_jumps_within_a_round_reaps_nothing(ledger: Ledger) -> None:
    ledger.accept(snapshot())
    ledger.claim()
    seen_ms = ledger.store.now_ms()
    ledger.advance(3600)
    assert ledger.gates.tick("one", 8, seen_ms=seen_ms).lost == 0
    assert ledger.gates.tick("one", 8, seen_ms=seen_ms + 3_600_000).lost == 1


def test_a_worker_that_has_just_come_reaps_nothing_before_it_knows_the_clock(ledger: Ledger) -> None:
    ledger.accept(snapshot())
    ledger.claim()
    ledger.advance(3600)
    ticking = rounds(ledger)
    ticking.go()
    assert ledger.row().attempting == 1
    ticking.go()
    assert ledger.row().attempting == 0


def test_a_round_tells_what_has_changed_at_the_gates_once(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = rounds(ledger), rounds(ledger)
    for ticking in (first, second):
        ticking.go()
    ledger.pause("two", who="ann", why="release night", at_ms=ledger.store.now_ms())
    with lines_of(monkeypatch) as lines:
        for ticking in (first, second, first):
            ticking.go()
        [line] = lines.read()
    assert (line["event"], line["provider"], line["who"]) == ("gate.paused", "two", "ann")
    assert "release night" not in str(line)  # a reason may name a customer


def test_a_pause_of_a_provider_in_all_shards_is_told_once(clean_store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    split = SplitLedger((clean_store, clean_store), "one")
    worker = SimpleNamespace(hostname="w1@test", app=Celery(broker="memory://localhost", set_as_current=False))
    tidy = SimpleNamespace(sweep=lambda _: 0)
    each = [
        Rounds(worker, SimpleNamespace(gates=Gates(shard), store=shard, plans=split.plans, tidy=tidy))  # type: ignore[arg-type]  # the parts that a round uses
        for shard in split.store.shards
    ]
    for ticking in each:
        ticking.go()
    split.pause("one", who="ann", why="release night", at_ms=split.store.now_ms())
    with lines_of(monkeypatch) as lines:
        for ticking in reversed(each):
            ticking.go()
        assert lines.events() == ["gate.paused"]
    split.close()


def test_a_closed_gate_stays_closed_for_as_long_as_was_said(ledger: Ledger) -> None:
    ledger.store.client.hset(ledger.store.keys.key("gate", provider="two"), "tripped", ledger.store.now_ms() + 60_000)
    ledger.advance(-3600)
    ledger.gates.shift(-3_600_000, ledger.plans.values())
    until_ms = int(ledger.store.client.hget(ledger.store.keys.key("gate", provider="two"), "tripped"))
    assert 50_000 < until_ms - ledger.store.now_ms() <= 60_000


def test_a_worker_says_with_its_beat_which_of_its_loops_cannot_go_on(ledger: Ledger) -> None:
    ticking = rounds(ledger)
    ticking.facts = lambda: WorkerFacts(release="1.2", restarts=3, failing=("letterbox",))
    ticking.go()
    [worker] = ledger.board.read("q").workers
    assert (worker.release, worker.restarts, worker.failing) == ("1.2", 3, ("letterbox",))
