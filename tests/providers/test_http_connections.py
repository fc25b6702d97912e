"""Connections kept between calls: used again, never when they may be dead, and watched at no cost."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from urllib3 import HTTPConnectionPool

from schemas.config import Timeout
from schemas.outcome import OutcomeKind
from tests.fakes.account import account, asking, read, write
from tests.fakes.hostile import Hostile, Line, answer, floods, says
from tests.fakes.waiting import wait_until
from worker.clock import uptime_s
from worker.providers.connections import IDLE_S
from worker.providers.deadline import TimedCall, Watchdog
from worker.providers.http import Driver


class HandClock:
    """A clock that goes on only when told, on top of the real one."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def __call__(self) -> float:
        return uptime_s() + self.ahead_s


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


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


def test_a_connection_given_back_is_out_of_the_watchdogs_reach(driver: Driver, monkeypatch: pytest.MonkeyPatch):
    watched: list[int] = []
    put = HTTPConnectionPool._put_conn

    def putting(pool: HTTPConnectionPool, conn) -> None:
        watched.append(len(driver._means.watchdog._calls))
        put(pool, conn)

    monkeypatch.setattr(HTTPConnectionPool, "_put_conn", putting)
    with Hostile(says(answer())) as server:
        driver.converse(account(server.url), asking(write()))
    assert watched == [0]


def test_the_watchdog_is_not_woken_for_a_later_deadline(clock: HandClock):
    watchdog = Watchdog(clock)
    slow, quick = Timeout(total_s=60), Timeout(total_s=30)
    calls = [TimedCall.begin(clock, slow)]
    watchdog.watch(calls[0])
    wait_until(lambda: watchdog._wakes_at == calls[0].ends_at)
    woken: list[None] = []
    watchdog._changed.notify = lambda: woken.append(None)  # type: ignore[method-assign]
    for _ in range(100):
        calls.append(TimedCall.begin(clock, slow))
        watchdog.watch(calls[-1])
        watchdog.let_go(calls[-1])
    assert woken == []
    watchdog.watch(TimedCall.begin(clock, quick))
    assert len(woken) == 1


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
