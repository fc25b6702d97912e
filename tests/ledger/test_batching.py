"""Settles of many threads share a request: each has its own answer, none is lost, and nobody waits for who does not come."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from tests.fakes.ledger import ACCEPTED, DELIVER, Ledger, ended, snapshot
from tests.fakes.waiting import wait_until
from worker.errors import StoreUnreachable
from worker.ledger.claims import Claim
from worker.ledger.lanes import Runner
from worker.ledger.store.batching import MOST, GroupCommit

THREADS = 24
FOR_EVER_S = 1e6


class Line:
    """A store that answers when it is let, and what it was asked in each request."""

    def __init__(self, *, error: BaseException | None = None) -> None:
        self.requests: list[list[object]] = []
        self.may_answer = threading.Event()
        self.error = error

    def send(self, calls: Sequence[tuple[object, ...]]) -> list[Any]:
        self.requests.append([name for (name,) in calls])
        assert self.may_answer.wait(10)
        if self.error is not None:
            raise self.error
        return [f"to {name}" for (name,) in calls]


class Coming:
    """A clock that goes on by ``gap_s`` with every call that comes in, and counts them."""

    def __init__(self, gap_s: float = 0.0) -> None:
        self.gap_s = gap_s
        self.calls = 0

    def __call__(self) -> float:
        self.calls += 1
        return self.calls * self.gap_s


def gathered(line: Line) -> tuple[GroupCommit, list[Future[Any]]]:
    """One call that is under way, and others that have come meanwhile."""
    coming = Coming()
    gathering = GroupCommit(line.send, coming)
    pool = ThreadPoolExecutor(THREADS)
    first = pool.submit(gathering.call, 0)
    wait_until(lambda: line.requests)
    others = [pool.submit(gathering.call, n) for n in range(1, THREADS)]
    wait_until(lambda: coming.calls == THREADS)
    pool.shutdown(wait=False)
    return gathering, [first, *others]


def test_who_comes_while_a_request_is_under_way_goes_with_the_next_and_gets_its_own_answer() -> None:
    line = Line()
    _, calls = gathered(line)
    line.may_answer.set()
    assert [call.result(10) for call in calls] == [f"to {n}" for n in range(THREADS)]
    assert [len(request) for request in line.requests] == [1, MOST, THREADS - 1 - MOST]


def test_a_store_that_does_not_answer_is_told_to_all_who_asked_and_the_next_ask_again() -> None:
    line = Line(error=StoreUnreachable("away"))
    gathering, calls = gathered(line)
    line.may_answer.set()
    assert all(isinstance(call.exception(10), StoreUnreachable) for call in calls)
    line.error = None
    assert gathering.call(7) == "to 7"


def test_a_thread_that_is_ended_in_the_middle_leaves_the_others_with_an_error_and_the_lead_to_the_next() -> None:
    line = Line(error=SystemExit())
    gathering, calls = gathered(line)
    line.may_answer.set()
    errors = [call.exception(10) for call in calls]
    assert {type(error) for error in errors} == {SystemExit, StoreUnreachable}
    line.error = None
    assert gathering.call(7) == "to 7"


@pytest.mark.timeout(60)
@pytest.mark.parametrize("to_come", [set(), {"another"}])
def test_one_that_comes_alone_is_sent_at_once(to_come: set[str]) -> None:
    """Whatever is under way: the last ones came long ago."""
    line = Line()
    line.may_answer.set()
    gathering = GroupCommit(line.send, Coming(gap_s=1), patience_s=FOR_EVER_S)
    gathering.to_come |= to_come
    assert [gathering.call(n) for n in range(9)] == [f"to {n}" for n in range(9)]


@pytest.mark.timeout(60)
def test_where_calls_follow_closely_the_first_waits_for_the_last_that_is_to_come() -> None:
    line, coming = Line(), Coming()
    line.may_answer.set()
    gathering = GroupCommit(line.send, coming, patience_s=FOR_EVER_S)
    for n in range(20):
        gathering.call(n)
    gathering.to_come |= {"second"}
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(gathering.call, "first")
        wait_until(lambda: coming.calls == 21)
        gathering.to_come.discard("second")
        assert gathering.call("second") == "to second"
        assert first.result(10) == "to first"
    assert line.requests[20:] == [["first", "second"]]


def test_attempts_of_many_threads_are_settled_once_and_each_gets_another_lane(clean_store: str) -> None:
    ledger = Ledger(clean_store, "one", "two", max_in_flight=THREADS)
    ledger.accept(*[snapshot(f"e{n}1", number=str(n)) for n in range(200)])
    seen: list[tuple[str, int]] = []

    def work(name: str) -> None:
        runner = Runner(ledger.store, ledger.plans[name])
        claimed = runner.begin()
        while isinstance(claimed, Claim):
            seen.append((name, claimed.seq))
            claimed = runner.finish(claimed, ended(claimed, ACCEPTED, DELIVER))

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, ["one", "two"] * (THREADS // 2)))
    assert sorted(seen) == [(name, seq) for name in ("one", "two") for seq in range(1, 201)]
    assert [ledger.row(name).delivered for name in ("one", "two")] == [200, 200]
    assert ledger.store.settling.to_come == set()
    ledger.store.close()
