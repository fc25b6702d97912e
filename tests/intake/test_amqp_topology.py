"""The intake queue on a real RabbitMQ: made, found as it is, read by one, and what kills its readers is refused."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from celery import Celery
from kombu import Connection, Queue

from schemas.config import LimitsConfig
from tests.fakes.apart import careful_producer
from tests.fakes.bodies import event_body
from tests.fakes.deadly import DeadlyDoor, Killed
from tests.fakes.ledger import Ledger
from tests.fakes.rabbit import IS_HERE, Rabbit
from worker.errors import StoreUnfit
from worker.intake.amqp_queue import AmqpIntakeQueue, AmqpMessage
from worker.intake.amqp_topology import QUORUM, find_queue, is_there
from worker.intake.consumer import ConsumerLoop, Message
from worker.ledger.queries.refusals import Refusals
from worker.ledger.results import Results

pytestmark = pytest.mark.skipif(not IS_HERE, reason="needs Debian's rabbitmq-server")

QUEUE = "ordercast.intake"


@pytest.fixture
def app(rabbit: Rabbit, store_url: str) -> Iterator[Celery]:
    made = careful_producer(rabbit.url, store_url)
    yield made
    made.close()


def send(app: Celery, *ids: str) -> None:
    for event_id in ids:
        event = event_body(changes={"id": event_id, "subject": event_id, "data.order.number": event_id})
        app.send_task("ordercast.accept", [event], queue=QUEUE, ignore_result=True)


def taken(box: AmqpIntakeQueue, count: int) -> list[str]:
    """The ids of so many events, as they come."""
    letters: list[AmqpMessage] = []
    for _ in range(100):
        letters += box.take(count - len(letters)) or []
        if len(letters) >= count:
            break
    return [letter.read().events[0]["id"] for letter in letters]


def test_a_queue_that_is_not_there_is_made_for_several_nodes_and_one_reader(rabbit: Rabbit) -> None:
    with Connection(rabbit.url) as connection:
        assert not is_there(connection, QUEUE)
        assert find_queue(connection, QUEUE).queue.queue_arguments == QUORUM
        assert is_there(connection, QUEUE)
        assert find_queue(connection, QUEUE).advice == ""


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [({}, "a classic queue"), ({"x-queue-type": "quorum"}, "a quorum queue without x-single-active-consumer")],
)
def test_a_producers_own_queue_is_taken_and_said_to_be_another(rabbit: Rabbit, arguments: dict, kind: str) -> None:
    with Connection(rabbit.url) as connection:
        Queue(QUEUE, queue_arguments=arguments).bind(connection.default_channel).declare()
        assert f"is {kind}. Declare it at the producers with" in find_queue(connection, QUEUE).advice


def test_a_queue_that_may_forget_is_refused_with_what_to_change(rabbit: Rabbit) -> None:
    with Connection(rabbit.url) as connection:
        Queue(QUEUE, durable=False).bind(connection.default_channel).declare()
        with pytest.raises(StoreUnfit, match=r"can lose events. Declare it at the producers"):
            find_queue(connection, QUEUE)


def test_only_one_reader_is_given_anything_and_the_next_goes_on_where_it_was(app: Celery, clean_store: str) -> None:
    store = Ledger(clean_store).store
    first, second = AmqpIntakeQueue(app, store, QUEUE, 2), AmqpIntakeQueue(app, store, QUEUE, 2)
    first.take_over()
    second.take_over()
    send(app, "e1", "e2", "e3")
    assert taken(first, 2) == ["e1", "e2"]
    assert second.take(3) == []
    first.close()
    assert taken(second, 3) == ["e1", "e2"]
    second.close()


class UntilAllIsDone(ConsumerLoop):
    """A reading that ends when one message is refused and two events are in."""

    def _accept(self, letters: list[Message]) -> None:
        super()._accept(letters)
        if len(self.lease.shards.first.client.keys("*:ev:*")) == 2 and self.lease.shards.first.client.keys(
            "*:refusals"
        ):
            self.stopped.set()


def test_a_message_that_kills_its_readers_is_refused_and_those_around_it_are_not(app: Celery, clean_store: str) -> None:
    ledger = Ledger(clean_store)
    send(app, "before", "poison", "after")
    deaths = 0
    for _ in range(6):
        door = DeadlyDoor(ledger.intake, LimitsConfig(), lambda _: None)
        box = AmqpIntakeQueue(app, ledger.store, QUEUE, 10)
        try:
            UntilAllIsDone(box, Results(ledger.store), door, threading.Event()).run()
        except Killed:
            deaths += 1
            ledger.store.run("reader_lease", QUEUE, box.lease.token, 0)
        else:
            break
    assert deaths == 4
    assert ledger.states() == {"before": "pending", "after": "pending"}
    [refusal] = Refusals(ledger.store).listed()
    assert refusal.shown.reason == "poison"
    assert ledger.store.client.exists(ledger.store.keys.key("takeovers", queue=QUEUE)) == 0
