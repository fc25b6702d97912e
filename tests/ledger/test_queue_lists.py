"""The lists of the intake queue, whatever a producer's settings call them: read, or found and named."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path

import pytest
from celery import Celery

from tests.fakes.ledger import Ledger
from tests.fakes.servers import Server
from worker.ledger.queue_lists import IntakeLists, UnreadList
from worker.ledger.redis_queue import RedisIntakeQueue
from worker.ledger.store.client import Store

QUEUE = "ordercast.intake"


def reader(ledger: Ledger, *prefixes: str) -> RedisIntakeQueue:
    box = RedisIntakeQueue(ledger.store, ledger.store, QUEUE, prefixes=prefixes)
    assert box.lease.hold()
    box.take_over()
    return box


def taken(box: RedisIntakeQueue, most: int = 100) -> list[bytes]:
    return [letter.raw for letter in box.take(most) or []]


@pytest.mark.parametrize("sep", ["\x06\x16", ":", "|", "--"])
@pytest.mark.parametrize("priority", [1, 5, 9])
def test_the_list_that_kombu_makes_of_a_producers_priority_is_read(ledger: Ledger, sep: str, priority: int) -> None:
    url = "redis+socket://" + ledger.store.url.removeprefix("unix://")
    app = Celery(broker=url)
    app.conf.broker_transport_options = {"priority_steps": list(range(10)), "sep": sep}
    app.send_task("ordercast.accept", [{}], queue=QUEUE, priority=priority, ignore_result=True)
    app.close()
    assert ledger.store.client.exists(f"{QUEUE}{sep}{priority}") == 1
    assert len(taken(reader(ledger))) == 1


def test_messages_of_no_priority_come_first_then_the_lower_numbers(ledger: Ledger) -> None:
    """As kombu's own consumers take them: 0 is the highest."""
    for name in (f"{QUEUE}:9", f"{QUEUE}\x06\x163", f"{QUEUE}:3", QUEUE, f"{QUEUE}|2"):
        ledger.store.client.lpush(name, name)
    assert taken(reader(ledger)) == [
        QUEUE.encode(), f"{QUEUE}|2".encode(), f"{QUEUE}\x06\x163".encode(), f"{QUEUE}:3".encode(), f"{QUEUE}:9".encode(),
    ]  # fmt: skip


def test_the_lists_of_named_prefixes_are_read_and_none_waits_for_another_to_run_empty(ledger: Ledger) -> None:
    for n in range(20):
        ledger.store.client.lpush(QUEUE, f"own {n}")
    ledger.store.client.lpush(f"shop-one:{QUEUE}", "one")
    ledger.store.client.lpush(f"shop-two:{QUEUE}\x06\x166", "two")
    box = reader(ledger, "shop-one:", "shop-two:")
    first = [*taken(box, 5), *taken(box, 5), *taken(box, 5)]
    assert b"one" in first
    assert b"two" in taken(box)


def test_a_key_of_a_lists_name_that_is_none_stops_nobody(ledger: Ledger) -> None:
    ledger.store.client.set(f"{QUEUE}:5", "a text")
    ledger.store.client.lpush(f"{QUEUE}:6", "six")
    assert taken(reader(ledger)) == [b"six"]


def test_lists_of_other_queues_are_left_alone(ledger: Ledger) -> None:
    names = [f"{QUEUE}-old", f"{QUEUE}.20261129", f"{QUEUE}2", "ordercast.deliver.desk", "celery", f"{QUEUE}-20261129"]
    for name in names:
        ledger.store.client.lpush(name, "something")
    assert taken(reader(ledger)) == []
    assert [ledger.store.client.llen(name) for name in names] == [1] * len(names)


CALL = json.dumps({"headers": {"task": "ordercast.accept"}, "body": ""})
OLD_CALL = json.dumps({"headers": {}, "body": b64encode(b'{"task": "ordercast.accept"}').decode()})
OTHER = json.dumps({"headers": {"task": "shop.mail"}, "body": b64encode(b"[[],{},{}]").decode()})


def found(ledger: Ledger, *prefixes: str) -> list[UnreadList]:
    lists = IntakeLists(ledger.store, QUEUE, prefixes)
    while not lists.look():
        pass
    return lists.unread()


def test_a_prefix_that_no_setting_names_is_found_with_what_to_set(ledger: Ledger) -> None:
    ledger.store.client.lpush(f"shop-one:{QUEUE}", CALL, CALL)
    [unread] = found(ledger)
    assert (unread.name, unread.queued) == (f"shop-one:{QUEUE}", 2)
    assert 'Say [store] intake_prefix = "shop-one:"' in unread.advice
    assert found(ledger, "shop-one:") == []


@pytest.mark.parametrize("call", [CALL, OLD_CALL])
def test_calls_in_celerys_default_queue_are_found_and_other_tasks_there_are_not(ledger: Ledger, call: str) -> None:
    ledger.store.client.lpush("celery", OTHER)
    assert found(ledger) == []
    ledger.store.client.lpush("celery", call)
    [unread] = found(ledger)
    assert unread.name == "celery"
    assert 'does not say queue="ordercast.intake"' in unread.advice


def test_a_misspelt_queue_with_calls_of_ours_is_found(ledger: Ledger) -> None:
    ledger.store.client.lpush("ordercast.intakes", CALL)
    ledger.store.client.lpush("ordercast.deliver.desk", CALL)
    assert [one.name for one in found(ledger)] == ["ordercast.intakes"]


def test_control_characters_of_a_list_are_escaped_where_it_is_named(ledger: Ledger) -> None:
    ledger.store.client.lpush(f"a:{QUEUE}\x06\x165", CALL)
    assert [one.name for one in found(ledger)] == ["a:ordercast.intake\\x06\\x165"]


def test_what_a_reader_found_on_its_rounds_others_know_without_looking(ledger: Ledger) -> None:
    ledger.store.client.lpush(f"shop-one:{QUEUE}", CALL)
    ledger.store.client.lpush(f"{QUEUE}|7", CALL)
    found(ledger)
    lists = IntakeLists(ledger.store, QUEUE)
    lists.recall()
    depth = lists.depth()
    assert depth.queued == 1
    assert [one.name for one in depth.unread] == [f"shop-one:{QUEUE}"]


def test_the_depth_counts_every_list_and_what_is_in_hand(ledger: Ledger) -> None:
    box = reader(ledger)
    assert (box.lists.depth().queued, box.lists.depth().oldest_s) == (0, None)
    ledger.store.client.lpush(QUEUE, "1", "2", "3")
    ledger.store.client.lpush(f"{QUEUE}:5", "4")
    assert len(taken(box, 2)) == 2
    assert box.lists.depth().queued == 4


def test_the_oldest_message_is_as_old_as_somebody_has_seen_it(ledger: Ledger) -> None:
    client, lists = ledger.store.client, IntakeLists(ledger.store, QUEUE)
    client.lpush(QUEUE, "first", "second")
    lists.depth()
    digest, since = client.hget(f"{QUEUE}.oldest", QUEUE).split()
    client.hset(f"{QUEUE}.oldest", QUEUE, b"%s %d" % (digest, int(since) - 60_000))
    assert 60 <= (lists.depth().oldest_s or 0) < 70
    client.rpop(QUEUE)
    assert (lists.depth().oldest_s or 0) < 10
    client.delete(QUEUE)
    assert lists.depth().oldest_s is None
    assert client.exists(f"{QUEUE}.oldest") == 0


def test_a_broker_without_memory_tells_the_depth_all_the_same(ledger: Ledger) -> None:
    ledger.store.client.lpush(QUEUE, "first")
    ledger.store.client.config_set("maxmemory", "1mb")
    try:
        lists = IntakeLists(ledger.store, QUEUE)
        assert lists.look()
        assert lists.depth().queued == 1
    finally:
        ledger.store.client.config_set("maxmemory", "0")


def test_a_broker_that_does_not_let_us_look_around_is_read_all_the_same(ledger: Ledger, tmp_path: Path) -> None:
    with Server(tmp_path / "broker") as server, server.client() as client:
        client.acl_setuser("reader", enabled=True, passwords=["+secret"], keys=["*"], commands=["+@all", "-scan"])
        client.lpush(QUEUE, "first")
        broker = Store(server.url.replace("redis://", "redis://reader:secret@"), is_ledger=False)
        box = RedisIntakeQueue(ledger.store, broker, QUEUE)
        assert box.lease.hold()
        box.take_over()
        assert taken(box) == [b"first"]
        broker.close()
