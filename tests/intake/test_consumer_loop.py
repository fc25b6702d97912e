"""The intake consumer as a worker runs it: a message whose reading is a defect holds the queue up for a while, not for ever."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from celery import Celery
from structlog.testing import capture_logs

from schemas.config import Config, StoreConfig
from schemas.delivery import order_digest
from tests.fakes.bodies import event_body
from tests.fakes.ledger import Ledger
from tests.fakes.waiting import wait_until
from worker.app import build
from worker.intake.consumer import IntakeConsumer
from worker.process import current

SOURCE = "shop/copenhagen"


class Hurried(threading.Event):
    """Nobody waits for it longer than a moment."""

    def wait(self, timeout: float | None = None) -> bool:
        return super().wait(min(timeout or 0.0, 0.01))


@pytest.fixture
def ledger(clean_store: str) -> Iterator[Ledger]:
    made = Ledger(clean_store, "one")
    yield made
    made.store.close()


@pytest.fixture
def app(clean_store: str) -> Iterator[Celery]:
    made = build(Config(store=StoreConfig(url=clean_store)))
    yield made
    current().store.close()
    made.close()


@pytest.fixture
def logs(app: Celery) -> Iterator[list[Any]]:
    """What the consumer logged up to here, once it has read."""
    consumer = IntakeConsumer(None)
    consumer.stopped = Hurried()
    with capture_logs() as found:
        consumer.start(SimpleNamespace(app=app, reads_intake=True))
        yield found
        consumer.stop(None)


def body(event_id: str, order: str) -> dict[str, Any]:
    return event_body(changes={"id": event_id, "subject": order, "data.order.number": order, "source": SOURCE})


def test_a_message_whose_reading_is_a_defect_is_refused_and_those_around_it_are_accepted(
    ledger: Ledger, app: Celery, logs: list[Any]
) -> None:
    client, key = ledger.store.client, ledger.store.keys.key
    client.set(key("order", order=order_digest(SOURCE, "666")), "what no order looks like")
    for event_id, order in (("before", "1"), ("odd", "666"), ("after", "2")):
        app.send_task("ordercast.accept", [body(event_id, order)], queue="ordercast.intake", ignore_result=True)
    wait_until(lambda: client.zcard(key("refusals")) == 1, 30)
    wait_until(lambda: not client.exists("ordercast.intake", "ordercast.intake.in-hand"), 10)
    [seq] = client.zrange(key("refusals"), 0, -1)
    assert client.hget(key("refusal", seq=seq.decode()), "reason") == b"poison"
    assert sorted(one.event_id for one in ledger.deliveries(provider="one")) == ["after", "before"]
    events = [line["event"] for line in logs]
    assert events.count("loop.restarted") == 4
    assert events.count("store.refused") == 1
    facts = current().loops.facts()
    assert (facts.restarts, facts.failing) == (4, ())
