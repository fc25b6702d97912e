"""The same consumer on a broker that takes back what was not acknowledged, here kombu's own on files."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import Celery
from kombu import Exchange, Queue

from schemas.config import LimitsConfig
from tests.fakes.bodies import event_body
from tests.fakes.ledger import Ledger
from worker.intake.admission import Admission
from worker.intake.amqp_queue import AmqpIntakeQueue
from worker.intake.consumer import ConsumerLoop, Message
from worker.ledger.results import Results

QUEUE = "ordercast.intake"


class OneRound(ConsumerLoop):
    """A reading that stops after so many messages."""

    left = 1

    def _accept(self, letters: list[Message]) -> None:
        super()._accept(letters)
        self.left -= len(letters)
        if self.left <= 0:
            self.stopped.set()


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Celery]:
    made = Celery(broker="filesystem://")
    folders = {name: str(tmp_path / "queues") for name in ("data_folder_in", "data_folder_out")}
    made.conf.broker_transport_options = folders | {"control_folder": str(tmp_path / "control")}
    (tmp_path / "queues").mkdir()
    made.conf.task_queues = [Queue(QUEUE, Exchange(QUEUE, type="direct"), routing_key=QUEUE)]
    yield made
    made.close()


def send(app: Celery, event_id: str) -> None:
    event = event_body(changes={"id": event_id})
    app.send_task("ordercast.accept", [event], queue=QUEUE, task_id=f"t-{event_id}")


def reading(app: Celery, ledger: Ledger, count: int) -> OneRound:
    door = Admission(ledger.intake, LimitsConfig(), lambda _: None)
    made = OneRound(AmqpIntakeQueue(app, ledger.store, QUEUE, 10), Results(ledger.store), door, threading.Event())
    made.left = count
    return made


def test_events_are_accepted_and_answered(app: Celery, clean_store: str) -> None:
    ledger = Ledger(clean_store)
    for n in range(5):
        send(app, f"e{n}")
    reading(app, ledger, 5).run()
    assert ledger.states() == {f"e{n}": "pending" for n in range(5)}
    assert b'"accepted"' in ledger.store.client.get("celery-task-meta-t-e0")


def test_what_was_not_acknowledged_comes_again_to_the_next_reader(app: Celery, clean_store: str) -> None:
    ledger = Ledger(clean_store)
    send(app, "e1")
    dying = AmqpIntakeQueue(app, ledger.store, QUEUE, 10)
    dying.take_over()
    assert len(dying.take(5) or []) == 1
    dying.close()
    reading(app, ledger, 1).run()
    assert ledger.states() == {"e1": "pending"}


def test_what_is_no_call_is_refused(app: Celery, clean_store: str) -> None:
    ledger = Ledger(clean_store)
    app.send_task("other.task", [{}], queue=QUEUE)
    send(app, "e1")
    reading(app, ledger, 2).run()
    assert ledger.store.client.zcard(ledger.store.keys.key("refusals")) == 1
    assert ledger.states() == {"e1": "pending"}
