"""Events through RabbitMQ, with the ledger on Valkey: delivered, in order, and nothing lost whoever is killed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from celery import Celery

from tests.fakes.apart import INTAKE, HouseApart
from tests.fakes.hosts import HERE, Hosts
from tests.fakes.house import ROOT
from tests.fakes.rabbit import IS_HERE, Rabbit
from tests.fakes.revisions import broken, revision, two_of_each
from tests.fakes.waiting import wait_until

pytestmark = pytest.mark.skipif(not IS_HERE, reason="needs Debian's rabbitmq-server")


def test_every_order_reaches_all_four_vendors_in_order_and_is_answered(tmp_path: Path, rabbit: Rabbit) -> None:
    with HouseApart(tmp_path, broker=rabbit.url, workers=2) as house:
        receipt = house.send(*two_of_each(20)).get(timeout=30)
        assert receipt["status"] == "accepted"
        assert len(receipt["deliveries"]) == 4
        house.settled(40)
        assert broken(house, 20) == []
        assert rabbit.waiting(INTAKE) == 0


class HostsApart(Hosts, HouseApart):
    """Hosts with a broker of their own."""


def test_the_queue_of_a_new_provider_is_read_without_a_restart(tmp_path: Path, rabbit: Rabbit) -> None:
    with HostsApart(tmp_path, "orderdesk", broker=rabbit.url) as house:
        house.send(*two_of_each(3)).get(timeout=30)
        house.configure(HERE, "orderdesk", "retargeting")
        house.ordercast(HERE, "check", "--apply")
        wait_until(lambda: house.works_by(HERE) == 2, 5)
        house.send(*[revision(f"later{n}", 1) for n in range(3)]).get(timeout=30)
        wait_until(lambda: house.rows()["retargeting"].delivered == 3, 20)
        assert rabbit.consumers("ordercast.deliver.retargeting") == 1


def test_what_is_no_call_is_refused_and_leaves_the_queue(tmp_path: Path, rabbit: Rabbit) -> None:
    with HouseApart(tmp_path, "retargeting", broker=rabbit.url) as house:
        queue = house.producer.amqp.queues[INTAKE]
        with house.producer.connection_for_write() as connection:
            producer = connection.Producer(exchange=queue.exchange, routing_key=INTAKE)
            for body, kind in ((b"\xff\xfe", "application/octet-stream"), (b"[" * 90_000, "application/json")):
                producer.publish(body, content_type=kind, content_encoding="binary", declare=[queue])
        house.send(revision("N0", 1), revision("N0", 2))
        house.settled(2)
        assert house.board.read(INTAKE).intake.refusals == 2
        wait_until(lambda: rabbit.waiting(INTAKE) == 0)


def test_a_plain_producer_that_came_first_is_read_all_the_same(tmp_path: Path, rabbit: Rabbit) -> None:
    """In Celery's own way, which makes a classic queue; ours would be refused by the broker."""
    plain = Celery(broker=rabbit.url)
    plain.send_task("ordercast.accept", [revision("N0", 1)], queue=INTAKE, ignore_result=True)
    with HouseApart(tmp_path, "retargeting", broker=rabbit.url) as house:
        plain.send_task("ordercast.accept", [revision("N0", 2)], queue=INTAKE, ignore_result=True)
        house.settled(2)
        assert broken(house, 1) == []
        assert "The queue ordercast.intake is a classic queue" in house.logs()
    plain.close()


def test_the_producer_in_the_documentation_is_all_that_is_needed(tmp_path: Path, rabbit: Rabbit) -> None:
    page = (ROOT / "docs/rabbitmq.md").read_text()
    [program] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    with HouseApart(tmp_path, "retargeting", broker=rabbit.url) as house:
        for written, real in (
            ("amqp://user:password@rabbit.example:5672/ordercast", rabbit.url),
            ("redis://store.example:6379/0", house.embedded.celery_url),
        ):
            assert written in program
            program = program.replace(written, real)
        known = {"event": revision("N0", 1)}
        exec(program, known)
        assert known["receipt"]["status"] == "accepted"
        assert "is a classic queue" not in house.logs()
        known["app"].close()


def test_no_consumer_is_added_to_the_intake_queue_at_run_time(tmp_path: Path, rabbit: Rabbit) -> None:
    """It would wait behind our reader, as the one active consumer's successor, and get all when that one ends."""
    with HouseApart(tmp_path, "retargeting", broker=rabbit.url) as house:
        [answer] = wait_until(lambda: house.producer.control.add_consumer(INTAKE, reply=True), 20)
        assert "is read by Ordercast's own reader alone" in answer["w0@test"]["error"]
        assert house.send(revision("N0", 1)).get(timeout=30)["status"] == "accepted"
