"""What ``check`` says of a broker that is a server of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from celery import Celery

from schemas.config import Config, StoreConfig
from tests.fakes.ports import free_ports
from tests.fakes.rabbit import IS_HERE, Rabbit
from tests.fakes.servers import Server
from worker.ops.desk.check_broker import broker_findings

INTAKE = "ordercast.intake"


def found(broker_url: str | None) -> list[tuple[str, str]]:
    config = Config(store=StoreConfig(broker_url=broker_url))
    return [(finding.level.value, finding.message) for finding in broker_findings(config)]


def test_a_broker_that_is_the_store_is_not_looked_at() -> None:
    assert found(None) == []


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_is_away_is_named_without_its_password(scheme: str) -> None:
    [port] = free_ports(1)
    [(level, message)] = found(f"{scheme}://u:hunter2@127.0.0.1:{port}/0")
    assert level == "fail"
    assert f"127.0.0.1:{port}" in message
    assert message.endswith("Start it, or correct [store] broker_url.")
    assert "hunter2" not in message


def test_a_broker_on_valkey_is_looked_at_for_what_would_lose_events(tmp_path: Path) -> None:
    with Server(tmp_path / "broker") as broker, broker.client() as client:
        assert [level for level, _ in found(broker.url)] == ["ok"]
        client.config_set("appendfsync", "everysec")
        assert found(broker.url)[0][1].endswith("set appendonly yes and appendfsync always.")
        client.config_set("maxmemory-policy", "allkeys-lru")
        assert found(broker.url) == [
            ("fail", "maxmemory-policy is allkeys-lru: it would drop events. Set it to noeviction.")
        ]


@pytest.mark.skipif(not IS_HERE, reason="needs Debian's rabbitmq-server")
def test_a_classic_queue_on_rabbitmq_is_a_warning_with_what_to_set(rabbit: Rabbit) -> None:
    assert found(rabbit.url) == [("ok", f"It answers; the first worker makes the queue {INTAKE}.")]
    plain = Celery(broker=rabbit.url)
    plain.send_task("ordercast.accept", [{}], queue=INTAKE, ignore_result=True)
    plain.close()
    [(level, message)] = found(rabbit.url)
    assert level == "warn"
    assert message.startswith(
        f"The queue {INTAKE} is a classic queue. Declare it at the producers with queue_arguments"
    )
