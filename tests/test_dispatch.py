"""Calls of runners: lost where the broker takes none, whatever it says, and made again when it does."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from celery import Celery, current_app
from kombu import Connection, pools
from structlog.testing import capture_logs

from schemas.config import Config, ProviderConfig, StoreConfig
from tests.fakes import hiccups
from tests.fakes.ports import free_ports
from tests.fakes.rabbit import IS_HERE, Rabbit
from tests.fakes.servers import Server
from tests.fakes.waiting import wait_until
from worker.app import build
from worker.dispatch import Dispatcher, call_runners
from worker.process import current


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


THREADS, EACH = 24, 20


def called(broker_url: str, queue: str) -> Iterator[dict[str, Any]]:
    """The calls that lie in a queue, taken out of it, without what is another in each."""
    with Connection(broker_url) as connection:
        simple = connection.SimpleQueue(queue)
        for _ in range(simple.qsize()):
            message = simple.get(timeout=5)
            message.ack()
            headers = {k: v for k, v in message.headers.items() if k not in ("id", "root_id", "origin")}
            properties = {k: message.properties.get(k) for k in ("delivery_mode", "priority", "delivery_info")}
            yield {"headers": headers, "properties": properties, "body": message.body}
        simple.close()


def args(call: dict[str, Any]) -> list[Any]:
    found: list[Any] = json.loads(call["body"])[0]
    return found


def from_many_threads(broker_url: str) -> Counter[str]:
    """What lies in two queues after many threads have called at the same instant, by one dispatcher."""
    dispatcher = Dispatcher(broker_url, ["one", "two"])
    together = Barrier(THREADS)

    def call(number: int) -> bool:
        together.wait(10)
        return all(dispatcher.call_runners(["one", f"two#{number % 2}"]) for _ in range(EACH))

    with ThreadPoolExecutor(THREADS) as pool:
        assert all(pool.map(call, range(THREADS)))
    return Counter(
        f"{name} {args(call)}" for name in ("one", "two") for call in called(broker_url, f"ordercast.deliver.{name}")
    )


ALL = {"one ['one']": THREADS * EACH, "two ['two']": THREADS * EACH // 2, "two ['two', 1]": THREADS * EACH // 2}


def test_many_threads_call_by_one_dispatcher_and_no_call_is_lost_or_mixed(broker: Server) -> None:
    broker.client().flushall()
    assert from_many_threads(broker.url) == ALL


def test_many_threads_lose_their_calls_while_the_broker_is_away_and_call_again_when_it_is_back(tmp_path: Path) -> None:
    with Server(tmp_path / "broker") as server, ThreadPoolExecutor(THREADS) as pool:
        dispatcher = Dispatcher(server.url, ["one"])

        def calls() -> set[bool]:
            return set(pool.map(lambda _: dispatcher.call_runners(["one"]), range(THREADS)))

        assert calls() == {True}
        server.kill()
        assert calls() == {False}
        server.start()
        wait_until(lambda: calls() == {True}, 20)


@pytest.mark.skipif(not IS_HERE, reason="needs Debian's rabbitmq-server")
def test_many_threads_call_by_one_dispatcher_through_rabbitmq_too(tmp_path: Path) -> None:
    with Rabbit(tmp_path) as rabbit:
        assert from_many_threads(rabbit.url) == ALL
        pools.reset()


def test_what_a_dispatcher_sends_is_to_the_letter_what_a_workers_app_sends(broker: Server) -> None:
    broker.client().flushall()
    providers = {"one": ProviderConfig(name="one", kind="webhook", base_url="http://127.0.0.1", options=None)}
    app = build(Config(store=StoreConfig(url=broker.url), providers=providers))
    dispatcher = Dispatcher(broker.url, providers, is_store=True)
    assert call_runners(app, ["one", "one#1"])
    [plain, sharded] = called(broker.url, "ordercast.deliver.one")
    assert dispatcher.call_runners(["one", "one#1"])
    assert list(called(broker.url, "ordercast.deliver.one")) == [plain, sharded]
    assert plain["properties"]["delivery_mode"] == 1


def test_a_dispatcher_changes_nothing_of_the_process_that_makes_it(broker: Server) -> None:
    app = build(Config(store=StoreConfig(url="redis://store:1/0")))
    process = current()
    dispatcher = Dispatcher(broker.url)
    assert dispatcher.call_runners(["one"])
    assert current() is process
    assert current_app == app
    assert not dispatcher.app.steps["worker"]


@pytest.mark.parametrize(
    ("is_store", "told", "setting"),
    [(False, "The broker at", "[store] broker_url"), (True, "The store at", "[store] url")],
)
def test_a_dispatcher_whose_broker_is_away_says_so_and_drops_the_calls(is_store: bool, told: str, setting: str) -> None:
    [port] = free_ports(1)
    with capture_logs() as logs:
        assert not Dispatcher(f"redis://127.0.0.1:{port}/0", is_store=is_store).call_runners(["one"])
    [line] = logs
    assert (line["event"], line["providers"]) == ("runners.uncalled", ["one"])
    assert line["message"].startswith(f"{told} redis://127.0.0.1:{port}/0 does not answer: connection refused.")
    assert line["message"].endswith(f"{setting}.")


def test_the_environment_of_other_software_does_not_beat_a_dispatchers_broker(
    broker: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://elsewhere:1/0")
    assert Dispatcher(broker.url).call_runners(["one"])
