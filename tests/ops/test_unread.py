"""status and check over the intake queue: how much waits, for how long, and what nobody reads."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from celery import Celery

from schemas.config import Config, StoreConfig
from tests.fakes.ops import Ops
from tests.fakes.ports import free_ports
from tests.fakes.rabbit import IS_HERE, Rabbit
from tests.fakes.servers import Server
from tests.fakes.waiting import wait_until
from worker.errors import StoreUnreachable
from worker.ledger.queue_lists import SCANNED
from worker.ledger.store.client import Store
from worker.ops.desk.intake_depth import IntakeLook
from worker.ops.desk.other_consumers import other_consumers

QUEUE = "ordercast.intake"
CALL = json.dumps({"headers": {"task": "ordercast.accept"}, "body": ""})


def intake(ops: Ops) -> dict[str, Any]:
    return ops.json("status")["intake"]


def of_intake(ops: Ops) -> list[tuple[str, str]]:
    found = json.loads(ops.run("check", "--json").stdout)
    return [(one["level"], one["message"]) for one in found if one["what"] == "intake"]


def test_status_counts_what_waits_and_says_since_when_it_was_seen(ops: Ops) -> None:
    assert intake(ops) == {
        "letterbox": False,
        "refusals": 0,
        "queued": 0,
        "oldest_s": None,
        "unread_lists": [],
        "away": None,
    }
    ops.ledger.store.client.lpush(QUEUE, CALL, CALL)
    ops.ledger.store.client.lpush(f"{QUEUE}:5", CALL)
    found = intake(ops)
    assert found["queued"] == 3
    assert 0 <= found["oldest_s"] < 5


def test_status_and_check_name_what_nobody_reads_and_what_to_set(ops: Ops) -> None:
    ops.ledger.store.client.lpush(f"shop-one:{QUEUE}", CALL)
    ops.ledger.store.client.lpush("celery", CALL)
    assert intake(ops)["unread_lists"] == ["celery", f"shop-one:{QUEUE}"]
    (_, of_default), (level, of_prefix) = of_intake(ops)
    assert level == "warn"
    assert 'Say [store] intake_prefix = "shop-one:"' in of_prefix
    assert f"LMOVE celery {QUEUE} RIGHT LEFT" in of_default


def test_a_prefix_that_is_named_is_counted_and_no_longer_unread(ops: Ops) -> None:
    ops.config.write_text(ops.config.read_text().replace("[store]", '[store]\nintake_prefix = "shop-one:"'))
    ops.ledger.store.client.lpush(f"shop-one:{QUEUE}", CALL)
    found = intake(ops)
    assert (found["queued"], found["unread_lists"]) == (1, [])
    assert of_intake(ops) == [("ok", "1 message waits to be read, and no list is left unread.")]


def test_where_the_broker_is_away_nothing_is_known_and_the_board_is_shown_all_the_same(ops: Ops) -> None:
    [port] = free_ports(1)
    url = f"redis://127.0.0.1:{port}/0"
    ops.config.write_text(ops.config.read_text().replace("[store]", f'[store]\nbroker_url = "{url}"'))
    found = intake(ops)
    assert (found["queued"], found["oldest_s"], found["unread_lists"]) == (None, None, [])
    assert found["away"] == (
        f"The broker at {url} does not answer: connection refused. Start it, or correct [store] broker_url."
    )


def test_what_waits_at_a_broker_apart_is_counted_there(ops: Ops, tmp_path: Path) -> None:
    with Server(tmp_path / "broker") as broker, broker.client() as client:
        ops.config.write_text(ops.config.read_text().replace("[store]", f'[store]\nbroker_url = "{broker.url}"'))
        client.lpush(QUEUE, CALL)
        client.lpush(f"shop-one:{QUEUE}", CALL)
        ops.ledger.store.client.lpush(QUEUE, CALL, CALL)
        found = intake(ops)
        assert (found["queued"], found["unread_lists"]) == (1, [f"shop-one:{QUEUE}"])


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_takes_connections_and_answers_nothing_is_left_after_some_seconds(scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"{scheme}://127.0.0.1:{silent.getsockname()[1]}/0"
        config = Config(store=StoreConfig(url="redis://127.0.0.1:1/0", broker_url=url))
        began_s = monotonic()
        with pytest.raises(StoreUnreachable):
            IntakeLook(config, Store("redis://127.0.0.1:1/0")).depth()
        assert monotonic() - began_s < 10


def test_a_look_through_many_names_ends_in_time_and_the_next_goes_on(ops: Ops) -> None:
    client = ops.ledger.store.client
    with client.pipeline(transaction=False) as pipe:
        for n in range(60_000):
            pipe.set(f"key:{n}", "")
        pipe.execute()
    client.lpush(f"shop-one:{QUEUE}", CALL)
    look = IntakeLook(Config(), ops.ledger.store)
    client.config_resetstat()
    look.depth(0)
    assert client.info("commandstats")["cmdstat_scan"]["calls"] == 1
    for _ in range(60_000 // SCANNED):
        if look.depth(0).unread:
            break
    assert [one.name for one in look.depth(0).unread] == [f"shop-one:{QUEUE}"]


def test_check_names_a_worker_of_another_application_that_takes_orders(ops: Ops, tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(f"from celery import Celery\napp = Celery(broker={celery_url(ops)!r})")
    words = f"-A shop worker -P solo -l info -n shop@here -Q celery,{QUEUE}".split()
    with (tmp_path / "log").open("wb") as log:
        running = subprocess.Popen([sys.executable, "-m", "celery", *words], cwd=tmp_path, stdout=log, stderr=log)
    try:
        wait_until(lambda: b"ready." in (tmp_path / "log").read_bytes() or running.poll() is not None, 60)
        assert running.poll() is None, (tmp_path / "log").read_text()
        (level, message), _ = of_intake(ops)
    finally:
        running.terminate()
        running.wait(20)
    assert level == "warn"
    assert message.startswith(f"The Celery worker shop@here consumes {QUEUE} too")


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_where_the_broker_is_away_no_strangers_are_known(scheme: str) -> None:
    [port] = free_ports(1)
    assert other_consumers("redis://127.0.0.1:1/0", f"{scheme}://127.0.0.1:{port}/0") == []


def test_a_store_that_takes_nothing_has_no_strangers_to_tell_of(tmp_path: Path) -> None:
    with Server(tmp_path / "store") as server, server.client() as client:
        client.replicaof("127.0.0.1", "1")
        assert other_consumers(server.url, server.url) == []


def celery_url(ops: Ops) -> str:
    return "redis+socket://" + ops.ledger.store.url.removeprefix("unix://")


@pytest.mark.skipif(not IS_HERE, reason="needs Debian's rabbitmq-server")
def test_on_rabbitmq_what_waits_is_counted_and_calls_in_the_default_queue_are_found(ops: Ops, rabbit: Rabbit) -> None:
    ops.config.write_text(ops.config.read_text().replace("[store]", f'[store]\nbroker_url = "{rabbit.url}"'))
    found = intake(ops)
    assert (found["queued"], found["oldest_s"], found["unread_lists"]) == (0, None, [])
    plain = Celery(broker=rabbit.url)
    plain.send_task("ordercast.accept", [{}], queue=QUEUE, ignore_result=True)
    plain.send_task("shop.mail", [], queue="celery", ignore_result=True)
    assert (intake(ops)["queued"], intake(ops)["unread_lists"]) == (1, [])
    rabbit.delete("celery")
    plain.close()
    plain = Celery(broker=rabbit.url)
    plain.send_task("ordercast.accept", [{}], ignore_result=True)
    plain.close()
    assert intake(ops)["unread_lists"] == ["celery"]
    assert 'does not say queue="ordercast.intake"' in of_intake(ops)[0][1]
    assert rabbit.waiting("celery") == 1
