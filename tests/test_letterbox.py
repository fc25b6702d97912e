"""Producers' Celery messages: read in order, accepted once, answered, and never lost between two hands."""

from __future__ import annotations

import gzip
import json
import threading
import zlib
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery
from celery.result import AsyncResult

from schemas.config import LimitsConfig
from tests.fakes.bodies import event_body as body_of
from tests.fakes.deadly import DeadlyDoor, Killed
from tests.fakes.ledger import Ledger
from worker.door import Door
from worker.errors import LeaseLost
from worker.ledger.mailbox import Letter, Mailbox
from worker.ledger.results import Results
from worker.ledger.table import apply_table
from worker.letterbox import Reading

QUEUE = "ordercast.intake"


def event_body(id: str, subject: str = "1001") -> dict[str, Any]:  # noqa: A002  the event's own word
    return body_of(changes={"id": id, "subject": subject, "data.order.number": subject})


class Post:
    """A producer, and readers of its queue."""

    def __init__(self, url: str) -> None:
        self.ledger = Ledger(url)
        celery_url = "redis+socket://" + url.removeprefix("unix://")
        self.app = Celery(broker=celery_url, backend=celery_url)
        self.called: list[str] = []

    def send(self, event: object, **options: Any) -> AsyncResult:
        return self.app.send_task("ordercast.accept", [event], queue=QUEUE, **options)

    def mailbox(self) -> Mailbox:
        return Mailbox(self.ledger.store, self.ledger.store, QUEUE)

    def reading(self, mailbox: Mailbox | None = None) -> OneRound:
        door = Door(self.ledger.intake, LimitsConfig(), self.called.extend)
        return OneRound(mailbox or self.mailbox(), Results(self.ledger.store), door, threading.Event())

    def read(self) -> None:
        self.reading().run()

    @property
    def left(self) -> int:
        client = self.ledger.store.client
        return client.llen(QUEUE) + client.llen(f"{QUEUE}.in-hand")

    def refusals(self) -> list[dict[str, Any]]:
        client = self.ledger.store.client
        seqs = client.zrange(self.ledger.store.keys.key("refusals"), 0, -1)
        rows = [client.hgetall(self.ledger.store.keys.key("refusal", seq=seq.decode())) for seq in seqs]
        return [{k.decode(): v.decode(errors="replace") for k, v in row.items()} for row in rows]


class OneRound(Reading):
    """A reading that stops when the queue is empty."""

    def _accept(self, letters: list[Letter]) -> None:
        super()._accept(letters)
        if not self.seat.ledger.client.llen(QUEUE):
            self.stopped.set()


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


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"name": "other.task", "args": [{}]}, "only calls of ordercast.accept"),
    ({"args": [{}], "countdown": 5}, "eta"),
    ({"args": []}, "give one argument"),
    ({"args": [{}, {}]}, "give one argument"),
    ({"args": [{}], "kwargs": {"event": {}}}, "give one argument"),
    ({"kwargs": {"order": {}}}, "give one argument"),
    ({"args": [{}], "link": "x"}, "links, chains and chords"),
    ({"args": [{}], "compression": "bzip2"}, "uncompressed, or with gzip"),
    ({"args": [{}], "serializer": "pickle"}, "task_serializer = 'json'"),
]


@pytest.mark.parametrize("protocol", [1, 2])
@pytest.mark.parametrize(("options", "told"), WRONG, ids=[told for _, told in WRONG])
def test_what_is_no_plain_call_is_kept_and_its_sender_is_answered(
    post: Post, options: dict[str, Any], told: str, protocol: int
) -> None:
    """A sender without an answer would wait for as long as it has patience."""
    post.app.conf.task_protocol = protocol
    asked = {"name": "ordercast.accept", "queue": QUEUE, **options}
    if "link" in asked:
        asked["link"] = post.app.signature("x")
    result = post.app.send_task(**asked)
    post.read()
    [kept] = post.refusals()
    assert kept["reason"] == "not_a_call"
    assert told in kept["errors"]
    assert kept["task"] == result.id
    assert kept["id"] == ""
    receipt = result.get(timeout=5)
    assert (receipt["event_id"], receipt["status"], receipt["reason"]) == (None, "refused", "not_a_call")
    assert told in receipt["errors"][0]["message"]
    assert post.left == 0


def test_a_refused_call_is_kept_by_its_orders_number_and_source(post: Post) -> None:
    post.send(event_body(id="e1", subject="4711"), countdown=5)
    post.read()
    [kept] = post.refusals()
    assert (kept["source"], kept["id"], kept["order"]) == ("shop/test", "e1", "4711")
    headers = json.loads(kept["headers"])
    assert (headers["task"], headers["content_type"]) == ("ordercast.accept", "application/json")
    assert not any("4711" in value for value in headers.values())


def test_a_refused_call_whose_result_nobody_wants_is_not_answered(post: Post) -> None:
    post.app.send_task("ordercast.accept", [], queue=QUEUE, task_id="t1", ignore_result=True)
    post.read()
    assert len(post.refusals()) == 1
    assert post.ledger.store.client.exists("celery-task-meta-t1") == 0


@pytest.mark.parametrize("protocol", [1, 2])
def test_both_of_celerys_protocols_are_calls(post: Post, protocol: int) -> None:
    post.app.conf.task_protocol = protocol
    one, both = post.send(event_body(id="e1")), post.send([event_body(id="e2"), event_body(id="e3")])
    post.read()
    assert one.get(timeout=5)["status"] == "accepted"
    assert [receipt["event_id"] for receipt in both.get(timeout=5)] == ["e2", "e3"]


@pytest.mark.parametrize("keyword", ["event", "events"])
def test_the_event_may_be_a_keyword(post: Post, keyword: str) -> None:
    given = event_body(id="e1")
    kwargs = {keyword: [given] if keyword == "events" else given}
    result = post.app.send_task("ordercast.accept", kwargs=kwargs, queue=QUEUE)
    post.read()
    receipt = result.get(timeout=5)
    assert (receipt[0] if keyword == "events" else receipt)["status"] == "accepted"


@pytest.mark.parametrize("compression", ["gzip", "zlib"])
def test_what_celery_calls_gzip_is_unpacked(post: Post, compression: str) -> None:
    result = post.send(event_body(id="e1"), compression=compression)
    post.read()
    assert result.get(timeout=5)["status"] == "accepted"


def envelope(body: bytes, **headers: Any) -> bytes:
    """As another client writes it."""
    message = {
        "body": b64encode(body).decode(),
        "content-type": "application/json",
        "content-encoding": "utf-8",
        "headers": {"task": "ordercast.accept", "id": "t1", **headers},
        "properties": {"body_encoding": "base64"},
    }
    return json.dumps(message).encode()


@pytest.mark.parametrize(
    ("body", "headers", "told"),
    [
        (zlib.compress(b" " * 20_000_000), {"compression": "application/x-gzip"}, "more than 16 MiB"),
        (zlib.compress(b"[[{}],{},{}]")[:-6], {"compression": "application/x-gzip"}, "its end is missing"),
        (b"[[{}],{},{}]", {"compression": "application/x-gzip"}, "cannot be unpacked"),
        (b"[[{}],{},{}]", {"id": 7}, "its task id is not a text"),
        (b"[[{}],{},{}]", {"id": None}, "carries no task id"),
        (b"[[{}],{},{}]", {"id": "t" * 2000}, "its task id is longer than 1024 characters"),
        (b"[[{}],{},{}]", {"id": "t\ud800"}, "half characters"),
        (b'[[{}],"x",{}]', {}, "not a list and an object of keywords"),
        (b'{"id":"t1"}', {}, "the body is not [args, kwargs, embed]"),
    ],
)
def test_a_strange_message_is_refused_with_what_is_true_of_it(
    post: Post, body: bytes, headers: dict[str, Any], told: str
) -> None:
    post.ledger.store.client.lpush(QUEUE, envelope(body, **headers))
    post.read()
    [kept] = post.refusals()
    assert told in kept["errors"]
    assert post.left == 0


def test_gzips_own_form_and_keywords_that_are_null_are_taken(post: Post) -> None:
    body = json.dumps([[event_body(id="e1")], None, None]).encode()
    post.ledger.store.client.lpush(QUEUE, envelope(gzip.compress(body), compression="application/x-gzip"))
    post.ledger.store.client.lpush(QUEUE, envelope(body.replace(b'"e1"', b'"e2"'), id="t" * 1000))
    post.read()
    assert post.refusals() == []
    assert post.ledger.store.client.exists(f"celery-task-meta-{'t' * 1000}", "celery-task-meta-t1") == 2


def test_two_messages_of_one_task_id_in_one_batch_have_the_first_ones_receipt(post: Post) -> None:
    post.send(event_body(id="e1"), task_id="t1")
    second = post.send(event_body(id="e2"), task_id="t1")
    post.read()
    assert second.get(timeout=5)["event_id"] == "e1"
    assert post.ledger.row().pending == 2


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
    reading.seat.hold()
    reading.mailbox.take_over()
    taken = reading.mailbox.take(10)
    assert taken is not None
    assert len(taken) == 2


def test_only_one_reader_holds_a_queue(post: Post) -> None:
    first, second = post.mailbox(), post.mailbox()
    assert first.seat.hold()
    assert not second.seat.hold()
    first.seat.let_go()
    assert second.seat.hold()


def test_what_a_dead_reader_had_in_hand_goes_first_and_once(post: Post) -> None:
    post.send(event_body(id="e1"))
    dead = post.mailbox()
    dead.seat.hold()
    dead.take_over()
    assert len(dead.take(10) or []) == 1
    dead.seat.let_go()
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
        patch.setattr({"admit": Door, "keep": Results, "drop": Mailbox}[dies_at], dies_at, die)
        with pytest.raises(Killed):
            reading.run()
    assert post.left == 1
    post.ledger.store.run("hold", QUEUE, reading.seat.token, 0)
    post.read()
    assert post.left == 0
    assert post.ledger.row().pending == 1
    assert result.get(timeout=5)["status"] in ("accepted", "duplicate")


def test_a_replaced_reader_accepts_takes_and_drops_nothing(post: Post) -> None:
    post.send(event_body(id="e1"))
    post.send(event_body(id="e2", subject="2"))
    old = post.reading()
    old.seat.hold()
    old.mailbox.take_over()
    letters = old.mailbox.take(1) or []
    post.ledger.store.run("hold", QUEUE, old.seat.token, 0)
    new = post.mailbox()
    assert new.seat.hold()
    assert [letter.raw for letter in new.take_over()] == [letter.raw for letter in letters]
    with pytest.raises(LeaseLost):
        old._accept(letters)
    assert old.mailbox.take(1) is None
    assert not old.mailbox.drop(letters)
    assert post.left == 2


def test_a_message_that_kills_its_readers_is_refused_at_the_fourth(post: Post) -> None:
    post.send(event_body(id="e1"))
    first = post.mailbox()
    first.seat.hold()
    first.take_over()
    first.take(10)
    first.seat.let_go()
    for _ in range(3):
        dying = post.mailbox()
        dying.seat.hold()
        assert len(dying.take_over()) == 1
        dying.seat.let_go()
    post.read()
    assert [kept["reason"] for kept in post.refusals()] == ["poison"]
    assert post.left == 0


def test_those_around_a_message_that_kills_its_readers_are_accepted(post: Post) -> None:
    for event_id in ("before", "poison", "after"):
        post.send(event_body(id=event_id, subject=event_id))
    deaths = 0
    while post.left:
        reading = post.reading()
        reading.door = DeadlyDoor(post.ledger.intake, LimitsConfig(), post.called.extend)
        try:
            reading.run()
        except Killed:
            deaths += 1
            post.ledger.store.run("hold", QUEUE, reading.seat.token, 0)
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
