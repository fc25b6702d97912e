"""What a worker's log has of a broker that is away: our words for it, whoever met it."""

from __future__ import annotations

import logging

import pytest
from celery import Celery
from celery.worker.consumer.consumer import CONNECTION_ERROR  # type: ignore[attr-defined]  # celery-types lacks it
from structlog.testing import capture_logs

from schemas.config import Config, StoreConfig
from tests.fakes.ports import free_ports
from worker.app import build
from worker.dispatch import call_runners
from worker.rewording import Reworded

BROKERS = {
    "the store itself": (None, "The store at redis://127.0.0.1:{0}/0", "[store] url"),
    "a Redis": ("redis://someone:hunter2@127.0.0.1:{0}/1", "The broker at redis://127.0.0.1:{0}/1", "broker_url"),
    "a RabbitMQ": ("amqp://someone:hunter2@127.0.0.1:{0}/v", "The broker at amqp://127.0.0.1:{0}/v", "broker_url"),
    "two RabbitMQs": (
        "amqp://someone:hunter2@127.0.0.1:{0},127.0.0.1:{0}//",
        "The broker at amqp://127.0.0.1:{0},127.0.0.1:{0}//",
        "broker_url",
    ),
}


def app_of(port: int, broker: str | None) -> Celery:
    url = f"redis://someone:hunter2@127.0.0.1:{port}/0"
    return build(Config(store=StoreConfig(url=url, broker_url=broker.format(port) if broker else None)))


@pytest.mark.parametrize("which", BROKERS)
def test_celerys_own_line_says_it_in_our_words_with_the_address_once_and_without_the_user(which: str) -> None:
    [port] = free_ports(1)
    broker, begins, setting = BROKERS[which]
    app = app_of(port, broker)
    with app.connection_for_read() as connection:
        with pytest.raises(connection.connection_errors) as caught:
            connection.connect()
        args = (connection.as_uri(), caught.value, "Trying again in 2.00 seconds... (1/None)\n")
    record = logging.LogRecord("celery", logging.ERROR, "", 0, CONNECTION_ERROR, args, None)
    assert Reworded(app).filter(record)
    told = record.getMessage()
    assert told.startswith(f"{begins.format(port)} does not answer: connection refused. Start it, or correct ")
    assert told.endswith(f"{setting}. Trying again in 2.00 seconds... (1/None)")
    assert told.count(str(port)) == begins.count("{0}")
    assert "someone" not in told


def test_a_sentinel_is_told_with_its_service() -> None:
    [port] = free_ports(1)
    app = app_of(port, "sentinel://:hunter2@127.0.0.1:{0}/mymaster/2")
    with app.connection_for_read() as connection, pytest.raises(connection.connection_errors) as caught:
        connection.connect()
    record = logging.LogRecord("celery", logging.ERROR, "", 0, CONNECTION_ERROR, ("", caught.value, "Then."), None)
    Reworded(app).filter(record)
    assert record.getMessage() == (
        f"The broker at sentinel://127.0.0.1:{port}/mymaster/2 does not answer: no Sentinel there that answers knows a"
        " living master called mymaster. Start the Sentinels and the master, or correct [store] broker_url. Then."
    )


def test_any_other_line_is_left_as_it_is() -> None:
    record = logging.LogRecord("celery", logging.ERROR, "", 0, "Something %s", ("else",), None)
    assert Reworded(app_of(1, None)).filter(record)
    assert record.getMessage() == "Something else"


@pytest.mark.parametrize("which", BROKERS)
def test_whoever_cannot_call_a_runner_says_so_in_the_same_words(which: str) -> None:
    [port] = free_ports(1)
    broker, begins, setting = BROKERS[which]
    with capture_logs() as logs:
        assert call_runners(app_of(port, broker), ["one"]) is False
    [line] = logs
    assert (line["event"], line["providers"]) == ("runners.uncalled", ["one"])
    said = f"{begins.format(port)} does not answer: connection refused. Start it, or correct "
    assert line["message"].startswith(said)
    assert line["message"].endswith(f"{setting}.")
