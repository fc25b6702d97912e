"""Calls of runners: lost where the broker takes none, whatever it says, and made again when it does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from celery import Celery

from tests.fakes import hiccups
from tests.fakes.servers import Server
from worker.dispatch import call_runners


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("dispatch") / "broker") as made:
        yield made


@pytest.fixture
def app(broker: Server) -> Iterator[Celery]:
    made = Celery(broker=broker.url, set_as_current=False)
    yield made
    made.close()


@pytest.mark.parametrize(
    "make",
    [hiccups.without_replicas, hiccups.without_memory, hiccups.replica, hiccups.held_up, hiccups.forbidden],
    ids=lambda make: make.__name__,
)
def test_a_broker_that_refuses_loses_a_call_and_ends_nobody(
    broker: Server, app: Celery, make: Callable[[Server], AbstractContextManager[None]]
) -> None:
    assert call_runners(app, ["one"])
    with make(broker):
        assert not call_runners(app, ["one", "two#1"])
    assert call_runners(app, ["one"])


def test_a_channel_that_was_closed_meanwhile_loses_one_call_at_most(app: Celery) -> None:
    assert call_runners(app, ["one"])
    with app.producer_or_acquire() as producer:
        channel = producer.channel
    channel.close()
    call_runners(app, ["one"])
    assert call_runners(app, ["one"])
