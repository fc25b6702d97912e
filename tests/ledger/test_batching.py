"""Settles of many threads share a request: each has its own answer, none is lost, and nobody waits for who does not come."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
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


def gathered(line: Line, clock: Callable[[], float] = lambda: 0.0) -> tuple[GroupCommit, list[Future[Any]]]:
    """One call that is under way, and others that have come meanwhile."""
    gathering = GroupCommit(line.send, clock)
    pool = ThreadPoolExecutor(THREADS)
    first = pool.submit(gathering.call, 0)
    wait_until(lambda: line.requests)
    others = [pool.submit(gathering.call, n) for n in range(1, THREADS)]
    wait_until(lambda: len(gathering._waiting) == THREADS - 1)
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


@pytest.mark.parametrize("to_come", [set(), {"another"}])
def test_one_that_comes_alone_is_sent_at_once(to_come: set[str]) -> None:
    """Whatever is under way: the last ones came long ago."""
    line = Line()
    line.may_answer.set()
    times = iter(range(100))
    gathering = GroupCommit(line.send, lambda: float(next(times)))
    gathering._enough = _NoWaiting()  # type: ignore[assignment]
    gathering.to_come |= to_come
    assert [gathering.call(n) for n in range(9)] == [f"to {n}" for n in range(9)]


class _NoWaiting:
    """A lock that nobody may wait for."""

    def acquire(self, *, blocking: bool = True, timeout: float = -1) -> bool:
        assert not blocking or timeout == 0
        return False

    def locked(self) -> bool:
        return False


def test_where_calls_follow_closely_the_first_waits_for_the_last_that_is_to_come() -> None:
    line = Line()
    line.may_answer.set()
    gathering = GroupCommit(line.send, lambda: 0.0)
    gathering._gap_s = 0.0
    gathering._enough = _Patient()  # type: ignore[assignment]
    gathering.to_come |= {"second"}
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(gathering.call, 1)
        wait_until(lambda: gathering._waiting)
        gathering.to_come.discard("second")
        assert gathering.call(2) == "to 2"
        assert first.result(10) == "to 1"
    assert line.requests == [[1, 2]]


class _Patient:
    """As a lock, but that whoever waits for it has time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()

    def acquire(self, *, blocking: bool = True, timeout: float = -1) -> bool:
        return self._lock.acquire(blocking, 10 if blocking and timeout > 0 else -1)

    def locked(self) -> bool:
        return self._lock.locked()

    def release(self) -> None:
        self._lock.release()


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
