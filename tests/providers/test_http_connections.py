"""Connections kept between calls: used again, never when they may be dead, and watched at no cost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from schemas.config import Timeout
from schemas.outcome import OutcomeKind
from tests.fakes.account import account, asking, read, write
from tests.fakes.hostile import Hostile, Line, answer, floods, says
from tests.fakes.waiting import wait_until
from worker.clock import uptime_s
from worker.providers.connections import IDLE_S, Watched
from worker.providers.deadline import TimedCall, Watchdog
from worker.providers.http import Driver
from worker.providers.response_head import LibraryHead, WholeHead


class HandClock:
    """A clock that goes on only when told, on top of the real one."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def __call__(self) -> float:
        return uptime_s() + self.ahead_s


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(params=[WholeHead, LibraryHead], autouse=True)
def _heads(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test with both readers of heads: the slower one is for a Python that the other does not fit."""
    monkeypatch.setattr(Watched, "response_class", request.param)


@pytest.fixture
def driver(clock: HandClock) -> Iterator[Driver]:
    driver = Driver(clock=clock)
    yield driver
    driver.close()


def test_many_calls_from_many_threads_need_one_connection_at_a_time(driver: Driver):
    with Hostile(says(answer())) as server:
        shop = account(server.url)
        for _ in range(5):
            thread = threading.Thread(target=lambda: driver.converse(shop, asking(write(), write())))
            thread.start()
            thread.join()
    assert len(server.requests) == 10
    assert server.opened == driver.connections.opened == 1


def test_a_connection_idle_for_long_is_not_used_again(driver: Driver, clock: HandClock):
    with Hostile(says(answer())) as server:
        shop = account(server.url)
        driver.converse(shop, asking(write()))
        clock.ahead_s = IDLE_S - 1
        driver.converse(shop, asking(write()))
        assert driver.connections.opened == 1
        clock.ahead_s += IDLE_S + 1
        driver.converse(shop, asking(write()))
    assert (driver.connections.opened, driver.connections.dropped) == (2, 1)


def test_a_connection_that_the_server_closed_does_no_harm(driver: Driver):
    closed = threading.Semaphore(0)

    def answers_and_closes(server: Hostile, line: Line) -> bool:
        if server.heard(line):
            line.sock.sendall(answer())
            line.sock.close()
            closed.release()
        return False

    with Hostile(answers_and_closes) as server:
        shop = account(server.url)
        for _ in range(3):
            assert driver.converse(shop, asking(write())).outcome.kind is OutcomeKind.ACCEPTED
            closed.acquire()
    assert (driver.connections.opened, driver.connections.dropped) == (3, 2)


def test_a_connection_with_unread_answer_left_is_not_used_again(driver: Driver):
    with Hostile(floods(b"x" * 65536, answer(body=b"", Content_Length="900000"))) as server:
        driver.converse(account(server.url), asking(read(), read()))
    assert server.opened == 2


def test_more_bytes_than_the_answer_said_do_not_become_the_next_answer(driver: Driver):
    with Hostile(says(answer(body=b"1") + answer(500, body=b"2"), answer(body=b"3"))) as server:
        seen: list = []
        driver.converse(account(server.url), asking(read(), read(), seen=seen))
    assert [reply.body for reply in seen] == [b"1", b"3"]


def test_a_changed_account_gets_new_connections(driver: Driver):
    with Hostile(says(answer())) as old, Hostile(says(answer())) as new:
        driver.converse(account(old.url), asking(write()))
        driver.converse(account(new.url), asking(write()))
    assert (old.opened, new.opened) == (1, 1)


def test_a_closed_driver_can_be_used_again(driver: Driver):
    with Hostile(says(answer())) as server:
        shop = account(server.url)
        driver.converse(shop, asking(write()))
        driver.close()
        assert driver.converse(shop, asking(write())).outcome.kind is OutcomeKind.ACCEPTED
    assert server.opened == 2


class Meddling(Watchdog):
    """Makes another call of its own just before it lets go of the first one."""

    meddle: Callable[[], object] | None = None

    def let_go(self, call: TimedCall | None) -> None:
        meddle, self.meddle = self.meddle, None
        if meddle is not None:
            meddle()
        super().let_go(call)


def test_no_other_call_gets_a_connection_that_is_in_the_watchdogs_reach(clock: HandClock):
    watchdog = Meddling(clock)
    driver = Driver(clock=clock, watchdog=watchdog)
    with Hostile(says(answer())) as server:
        shop = account(server.url, max_in_flight=2)
        watchdog.meddle = lambda: driver.converse(shop, asking(write()))
        driver.converse(shop, asking(write()))
        assert server.opened == 2
        driver.converse(shop, asking(write()))
    assert (server.opened, len(server.requests)) == (2, 3)
    driver.close()


class LookedAt(HandClock):
    """Counts how often the thread of the watchdog, which looks at it whenever it wakes, has done so."""

    def __init__(self) -> None:
        super().__init__()
        self.ours = threading.current_thread()
        self.looks = 0

    def __call__(self) -> float:
        self.looks += threading.current_thread() is not self.ours
        return super().__call__()


def test_the_watchdog_is_not_woken_for_a_later_deadline():
    clock = LookedAt()
    watchdog = Watchdog(clock)
    slow, quick = Timeout(total_s=60), Timeout(total_s=1e-6)
    watchdog.watch(TimedCall.begin(clock, slow))
    wait_until(lambda: clock.looks == 2)  # for what is overdue, and for how long to sleep
    for _ in range(100):
        call = TimedCall.begin(clock, slow)
        watchdog.watch(call)
        watchdog.let_go(call)
        others_turn()
    overdue = TimedCall.begin(clock, quick)
    watchdog.watch(overdue)
    wait_until(lambda: overdue.overdue and clock.looks >= 4)
    assert clock.looks == 4, "woken for the quick one alone"


def others_turn() -> None:
    """Let other threads go on that can."""
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()


def test_the_watchdog_ends_only_what_is_overdue_and_not_let_go():
    watchdog = Watchdog(uptime_s)
    short = Timeout(total_s=0.05)
    overdue, let_go, early = (
        TimedCall.begin(uptime_s, short),
        TimedCall.begin(uptime_s, short),
        TimedCall.begin(uptime_s, Timeout()),
    )
    for call in (early, let_go, overdue):
        watchdog.watch(call)
    watchdog.let_go(let_go)
    wait_until(lambda: overdue.overdue)
    assert not let_go.overdue
    assert not early.overdue
