"""Waiting for a producer's message, which must take nothing: another may be the reader by then."""

from __future__ import annotations

import threading

from tests.fakes.ledger import Ledger
from worker.ledger.redis_queue import ReaderLease, RedisIntakeQueue

QUEUE = "ordercast.intake"


def test_waiting_for_a_message_moves_none_even_without_the_place(ledger: Ledger) -> None:
    box = RedisIntakeQueue(ledger.store, ledger.store, QUEUE)
    ledger.store.client.lpush(QUEUE, "first", "second")
    for _ in range(3):
        box.wait(5)
    assert ledger.store.client.lrange(QUEUE, 0, -1) == [b"second", b"first"]
    assert box.lease.hold()
    assert box.take_over() == []
    assert [letter.raw for letter in box.take(10) or []] == [b"first", b"second"]


def test_waiting_ends_when_a_message_comes(ledger: Ledger) -> None:
    box = RedisIntakeQueue(ledger.store, ledger.store, QUEUE)
    waiting = threading.Thread(target=box.wait, args=(25,))
    waiting.start()
    ledger.store.client.lpush(QUEUE, "first")
    waiting.join(10)
    assert not waiting.is_alive()
    assert ledger.store.client.llen(QUEUE) == 1


def test_the_place_is_asked_for_anew_after_a_second(ledger: Ledger) -> None:
    now_s = [100.0]
    first, second = (ReaderLease(ledger.store, QUEUE, lambda: now_s[0]) for _ in range(2))
    assert first.hold()
    ledger.store.run("reader_lease", QUEUE, first.token, 0)
    assert second.hold()
    assert first.hold(), "believed for a second"
    now_s[0] += 1
    assert not first.hold()


def test_a_reader_whom_the_store_had_left_is_not_counted_as_one_that_died(ledger: Ledger) -> None:
    box = RedisIntakeQueue(ledger.store, ledger.store, QUEUE)
    ledger.store.client.lpush(QUEUE, "first")
    assert box.lease.hold()
    box.take_over()
    box.take(10)
    for _ in range(5):
        assert [letter.takeovers for letter in box.take_over()] == [0]
    box.lease.let_go()
    another = RedisIntakeQueue(ledger.store, ledger.store, QUEUE)
    assert another.lease.hold()
    assert [letter.takeovers for letter in another.take_over()] == [1]
