"""Calls over a real RabbitMQ: as on Redis, in a queue of either type."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery
from kombu import Connection, Producer, Queue

from schemas.config import LimitsConfig
from tests.fakes.bodies import event_body
from tests.fakes.ledger import Ledger
from tests.fakes.rabbit import IS_HERE, Rabbit
from worker.errors import LeaseLost, StoreUnreachable
from worker.intake.admission import Admission
from worker.intake.amqp_queue import AmqpIntakeQueue
from worker.intake.amqp_topology import find_queue
from worker.intake.consumer import ConsumerLoop, Message
from worker.ledger.queries.refusals import KeptRefusal, Refusals
from worker.ledger.results import Results

pytestmark = pytest.mark.skipif(not IS_HERE, reason="needs Debian's rabbitmq-server")

QUEUE = "ordercast.intake"


class Until(ConsumerLoop):
    """A reading that ends after so many messages."""

    def until(self, count: int) -> None:
        self.left = count
        self.run()

    def _accept(self, letters: list[Message]) -> None:
        super()._accept(letters)
        self.left -= len(letters)
        if self.left <= 0:
            self.stopped.set()


class Post:
    """A producer in plain Celery, whose queue is a classic one, and readers of it."""

    def __init__(self, rabbit: Rabbit, url: str) -> None:
        self.ledger = Ledger(url)
        self.app = Celery(broker=rabbit.url, backend="redis+socket://" + url.removeprefix("unix://"))
        with Connection(rabbit.url) as connection:
            assert find_queue(connection, QUEUE, "classic").advice == ""

    def reading(self) -> Until:
        box = AmqpIntakeQueue(self.app, self.ledger.store, QUEUE, 10, kind="classic")
        door = Admission(self.ledger.intake, LimitsConfig(), lambda _: None)
        return Until(box, Results(self.ledger.store), door, threading.Event())

    def send(self, *args: Any, **options: Any) -> Any:
        return self.app.send_task("ordercast.accept", args, queue=QUEUE, **options)

    def refusals(self) -> list[KeptRefusal]:
        return list(Refusals(self.ledger.store).listed())


@pytest.fixture
def post(rabbit: Rabbit, clean_store: str) -> Iterator[Post]:
    made = Post(rabbit, clean_store)
    yield made
    made.app.close()
    made.ledger.store.close()


@pytest.mark.parametrize("protocol", [1, 2])
def test_both_protocols_keywords_and_gzip_are_calls_and_are_answered(post: Post, protocol: int) -> None:
    post.app.conf.task_protocol = protocol
    plain = post.send(event_body(changes={"id": "e1"}))
    packed = post.send(event_body(changes={"id": "e2"}), compression="gzip")
    keyword = post.send(kwargs={"event": event_body(changes={"id": "e3"})})
    post.reading().until(3)
    receipts = [one.get(timeout=5) for one in (plain, packed, keyword)]
    assert [(one["event_id"], one["status"]) for one in receipts] == [
        ("e1", "accepted"),
        ("e2", "accepted"),
        ("e3", "accepted"),
    ]


@pytest.mark.parametrize("protocol", [1, 2])
def test_a_refused_call_is_answered_and_kept_by_its_own_event_and_not_by_its_task(post: Post, protocol: int) -> None:
    post.app.conf.task_protocol = protocol
    result = post.send(event_body(changes={"id": "e1"}), countdown=5)
    post.reading().until(1)
    receipt = result.get(timeout=5)
    assert (receipt["event_id"], receipt["status"], receipt["reason"]) == (None, "refused", "not_a_call")
    [kept] = post.refusals()
    assert (kept.shown.event_id, kept.shown.order, kept.shown.task_id) == ("e1", "1001", result.id)
    assert kept.headers["content_type"] == "application/json"


def test_bytes_that_are_no_text_are_kept_as_they_are_with_what_they_are_said_to_be(post: Post) -> None:
    result = post.send({"a": 1}, serializer="pickle")
    post.reading().until(1)
    assert result.get(timeout=5)["status"] == "refused"
    [kept] = post.refusals()
    assert kept.headers["content_type"] == "application/x-python-serialize"
    assert kept.body.startswith(b"\x80")


def test_a_body_that_would_fill_the_memory_is_never_unpacked(post: Post, rabbit: Rabbit) -> None:
    """Kombu would unpack it as it arrives, before anybody has looked."""
    bomb = zlib.compress(bytes(200_000_000), 9)
    with Connection(rabbit.url) as connection:
        headers = {"task": "ordercast.accept", "id": "t1", "compression": "application/x-gzip"}
        producer = Producer(connection.channel(), routing_key=QUEUE)
        producer.publish(bomb, content_type="application/json", content_encoding="binary", headers=headers)
    post.reading().until(1)
    [kept] = post.refusals()
    assert "more than 16 MiB when unpacked" in kept.shown.errors[0].message
    assert kept.body == bomb[:1_048_576]
    assert post.ledger.store.client.exists("celery-task-meta-t1") == 1


def test_a_classic_queue_has_one_reader_and_the_next_begins_where_it_was(post: Post) -> None:
    """Else what the first has in hand would come after what was sent later."""
    for n in range(6):
        post.send(event_body(changes={"id": f"e{n}"}), ignore_result=True)
    old, new = post.reading(), post.reading()
    assert old.lease.hold()
    old.queue.take_over()
    letters = taken(old, 4)
    post.ledger.store.run("reader_lease", QUEUE, old.lease.token, 0)
    assert new.lease.hold()
    with pytest.raises(StoreUnreachable, match="has another consumer still"):
        new.queue.take_over()
    with pytest.raises(LeaseLost):
        old._accept(letters)
    assert post.ledger.states() == {}
    old.queue.close()
    new.queue.take_over()
    assert [letter.read().events[0]["id"] for letter in taken(new, 6)] == [f"e{n}" for n in range(6)]
    new.queue.close()


def taken(reading: Until, count: int) -> list[Any]:
    letters: list[Any] = []
    for _ in range(200):
        letters += reading.queue.take(count - len(letters)) or []
        if len(letters) >= count:
            break
    return letters


@pytest.mark.parametrize(
    ("arguments", "kind", "told"),
    [
        ({"x-queue-type": "quorum", "x-single-active-consumer": True}, "classic", "a quorum queue with x-single"),
        ({"x-queue-type": "quorum"}, "classic", "a quorum queue without x-single"),
        ({}, "quorum", "a classic queue"),
    ],
)
def test_a_queue_of_another_type_than_is_set_is_read_and_said_to_be_so(
    rabbit: Rabbit, arguments: dict[str, Any], kind: str, told: str
) -> None:
    with Connection(rabbit.url) as connection:
        Queue(QUEUE, queue_arguments=arguments).bind(connection.default_channel).declare()
        advice = find_queue(connection, QUEUE, kind).advice
        assert f"is {told}" in advice
        assert "intake_queue_type" in advice
