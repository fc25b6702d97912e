"""Producers' Celery messages: read in order, accepted once, answered, and never lost between two hands."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator

import pytest

from schemas.config import LimitsConfig
from tests.fakes.deadly import DeadlyDoor, Killed
from tests.fakes.post import QUEUE, Post, event_body
from worker.errors import LeaseLost
from worker.intake.admission import Admission
from worker.ledger.provider_table import apply_table
from worker.ledger.redis_queue import RedisIntakeQueue
from worker.ledger.results import Results


@pytest.fixture
def post(clean_store: str) -> Iterator[Post]:
    made = Post(clean_store)
    yield made
    made.app.close()
    made.ledger.store.close()


def test_an_event_is_accepted_and_its_receipt_is_the_tasks_result(post: Post) -> None:
    result = post.send(event_body(id="e1"))
    post.read()
    receipt = result.get(timeout=5)
    assert receipt["status"] == "accepted"
    assert receipt["event_id"] == "e1"
    assert len(receipt["deliveries"]) == 1
    assert post.left == 0
    assert post.called == ["one"]


def test_a_list_of_events_is_answered_with_a_list_in_order(post: Post) -> None:
    result = post.send([event_body(id="e1"), {"id": "bad"}, event_body(id="e1")])
    post.read()
    assert [r["status"] for r in result.get(timeout=5)] == ["accepted", "refused", "duplicate"]


def test_an_invalid_event_is_refused_with_all_its_faults_and_kept(post: Post) -> None:
    result = post.send(event_body(id="e1") | {"type": "order.eaten", "revision": -1})
    post.read()
    receipt = result.get(timeout=5)
    assert result.state == "SUCCESS"
    assert {error["path"] for error in receipt["errors"]} == {"type", "revision"}
    [kept] = post.refusals()
    assert (kept["id"], kept["reason"]) == ("e1", "invalid")
    assert json.loads(kept["body"])["type"] == "order.eaten"


def test_events_are_accepted_in_the_order_they_were_sent(post: Post) -> None:
    for n in range(120):
        post.send(event_body(id=f"e{n}", subject="1001"))
    post.read()
    assert [d.event_id for d in post.ledger.deliveries()] == [f"e{n}" for n in reversed(range(120))]


def test_a_message_sent_twice_is_answered_with_the_first_receipt(post: Post) -> None:
    first = post.send(event_body(id="e1"), task_id="t1")
    post.read()
    post.send(event_body(id="e1"), task_id="t1")
    post.read()
    assert first.get(timeout=5)["status"] == "accepted"


def test_no_result_is_stored_where_none_is_wanted(post: Post) -> None:
    post.send(event_body(id="e1"), task_id="t1", ignore_result=True)
    post.read()
    assert post.ledger.store.client.exists("celery-task-meta-t1") == 0
    assert post.ledger.row().pending == 1


@pytest.mark.parametrize(
    "raw", [b"", b"\xff\xfe", b"[]", b"{}", b'{"body": 1}', b"[" * 100_000, b"null", b"x" * 3_000_000]
)
def test_garbage_is_refused_and_the_reader_lives_on(post: Post, raw: bytes) -> None:
    post.ledger.store.client.lpush(QUEUE, raw)
    post.send(event_body(id="e1"))
    post.read()
    assert len(post.refusals()) == 1
    assert post.ledger.row().pending == 1


def test_priority_lists_are_swept_too(post: Post) -> None:
    post.send(event_body(id="e1"), priority=9)
    post.send(event_body(id="e2", subject="2"), priority=0)
    reading = post.reading()
    reading.lease.hold()
    reading.queue.take_over()
    taken = reading.queue.take(10)
    assert taken is not None
    assert len(taken) == 2


def test_only_one_reader_holds_a_queue(post: Post) -> None:
    first, second = post.mailbox(), post.mailbox()
    assert first.lease.hold()
    assert not second.lease.hold()
    first.lease.let_go()
    assert second.lease.hold()


def test_what_a_dead_reader_had_in_hand_goes_first_and_once(post: Post) -> None:
    post.send(event_body(id="e1"))
    dead = post.mailbox()
    dead.lease.hold()
    dead.take_over()
    assert len(dead.take(10) or []) == 1
    dead.lease.let_go()
    post.send(event_body(id="e2"))
    post.read()
    assert [d.event_id for d in post.ledger.deliveries()] == ["e2", "e1"]
    assert post.left == 0


@pytest.mark.parametrize("dies_at", ["admit", "keep", "drop"])
def test_a_reader_that_dies_at_any_step_loses_and_doubles_nothing(
    post: Post, monkeypatch: pytest.MonkeyPatch, dies_at: str
) -> None:
    result = post.send(event_body(id="e1"))
    reading = post.reading()

    class Killed(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr({"admit": Admission, "keep": Results, "drop": RedisIntakeQueue}[dies_at], dies_at, die)
        with pytest.raises(Killed):
            reading.run()
    assert post.left == 1
    post.ledger.store.run("reader_lease", QUEUE, reading.lease.token, 0)
    post.read()
    assert post.left == 0
    assert post.ledger.row().pending == 1
    assert result.get(timeout=5)["status"] in ("accepted", "duplicate")


def test_a_replaced_reader_accepts_takes_and_drops_nothing(post: Post) -> None:
    post.send(event_body(id="e1"))
    post.send(event_body(id="e2", subject="2"))
    old = post.reading()
    old.lease.hold()
    old.queue.take_over()
    letters = old.queue.take(1) or []
    post.ledger.store.run("reader_lease", QUEUE, old.lease.token, 0)
    new = post.mailbox()
    assert new.lease.hold()
    assert [letter.raw for letter in new.take_over()] == [letter.raw for letter in letters]
    with pytest.raises(LeaseLost):
        old._accept(letters)
    assert old.queue.take(1) is None
    assert not old.queue.drop(letters)
    assert post.left == 2


def test_a_message_that_kills_its_readers_is_refused_at_the_fourth_and_its_sender_is_told(post: Post) -> None:
    result = post.send(event_body(id="e1"))
    first = post.mailbox()
    first.lease.hold()
    first.take_over()
    first.take(10)
    first.lease.let_go()
    for _ in range(3):
        dying = post.mailbox()
        dying.lease.hold()
        assert len(dying.take_over()) == 1
        dying.lease.let_go()
    post.read()
    assert [(kept["reason"], kept["order"]) for kept in post.refusals()] == [("poison", "1001")]
    receipt = result.get(timeout=5)
    assert (receipt["status"], receipt["reason"]) == ("refused", "poison")
    assert post.left == 0


def test_those_around_a_message_that_kills_its_readers_are_accepted(post: Post) -> None:
    for event_id in ("before", "poison", "after"):
        post.send(event_body(id=event_id, subject=event_id))
    deaths = 0
    while post.left:
        reading = post.reading()
        reading.admission = DeadlyDoor(post.ledger.intake, LimitsConfig(), post.called.extend)
        try:
            reading.run()
        except Killed:
            deaths += 1
            post.ledger.store.run("reader_lease", QUEUE, reading.lease.token, 0)
    assert deaths == 4
    assert [kept["reason"] for kept in post.refusals()] == ["poison"]
    assert post.ledger.states() == {"before": "pending", "after": "pending"}


@pytest.mark.parametrize("why", ["full", "table"])
def test_a_full_store_and_one_without_providers_keep_the_letters_waiting_in_hand(post: Post, why: str) -> None:
    """A shard that joins late has no providers for a moment: what it accepted then would go to nobody."""
    client, key = post.ledger.store.client, post.ledger.store.keys.key(why)
    post.send(event_body(id="e1"))
    client.set(key, "memory_cap") if why == "full" else client.delete(key)
    thread = threading.Thread(target=post.reading().run)
    thread.start()
    while not client.llen(f"{QUEUE}.in-hand"):
        pass
    assert post.ledger.states() == {}
    client.delete(key) if why == "full" else apply_table(post.ledger.store, post.ledger.configs, "digest")
    thread.join(10)
    assert post.ledger.states() == {"e1": "pending"}
    assert post.left == 0
