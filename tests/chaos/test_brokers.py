"""A broker, a master and workers between them that are killed in the middle of intake: nothing lost, nothing doubled."""

from __future__ import annotations

from pathlib import Path

import pytest
from celery import Celery
from kombu import Connection
from kombu.exceptions import OperationalError

from tests.fakes.apart import FEW_PENDING, INTAKE, HouseApart, careful_producer
from tests.fakes.house import VENDORS
from tests.fakes.ports import free_ports
from tests.fakes.rabbit import IS_HERE, Rabbit
from tests.fakes.revisions import broken, revision, two_of_each
from tests.fakes.servers import Server, Watcher
from tests.fakes.waiting import wait_until
from worker.intake.amqp_topology import find_queue

needs_rabbitmq = pytest.mark.skipif(not IS_HERE, reason="needs Debian's rabbitmq-server")


def test_a_broker_apart_killed_in_the_middle_of_intake_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, most in FEW_PENDING.items():
        monkeypatch.setenv(name, most)
    with (
        Server(tmp_path / "broker") as broker,
        HouseApart(tmp_path, "retargeting", "orderdesk", broker=broker.url, workers=2) as house,
    ):
        house.send_half_read(*two_of_each(200))
        broker.kill()
        house.resume()
        broker.start()
        house.settled(400, within_s=120)
        assert broken(house, 200) == []
        assert all(worker.poll() is None for worker in house.workers)
        with broker.client() as client:
            assert not client.exists(INTAKE, f"{INTAKE}.in-hand")
            assert not client.keys("{ordercast}*"), "the ledger is elsewhere"


def test_a_master_that_dies_hands_its_work_to_its_replica_and_everything_is_delivered(tmp_path: Path) -> None:
    [nobody] = free_ports(1)
    with (
        Server(tmp_path / "master") as master,
        Server(tmp_path / "replica", replicaof=f"127.0.0.1 {master.port}") as replica,
        Watcher(tmp_path / "sentinel", master) as watcher,
    ):
        wait_until(lambda: watcher.client().sentinel_slaves("mymaster"), 20)
        place = f"sentinel://127.0.0.1:{nobody},127.0.0.1:{watcher.port}/mymaster/0"
        with HouseApart(tmp_path, place=place, workers=2) as house:
            for kind in VENDORS:
                house.fault(kind, do="delay", delay_s=0.7, times=None)  # so that it is killed in the middle
            house.send(*two_of_each(50)).get(timeout=30)
            epoch = house.store.client.hgetall(house.store.keys.key("epoch"))
            replicated(master, replica)
            assert house.rows()["orderdesk"].delivered < 90
            master.kill()
            house.clear_faults()
            again = careful_producer(place, place)
            wait_until(lambda: sent(again, revision("N50", 1)), 60)
            wait_until(lambda: sent(again, revision("N50", 2)), 60)
            house.settled(102, within_s=120)
            assert broken(house, 51) == []
            after = house.store.client.hgetall(house.store.keys.key("epoch"))
            assert int(after[b"number"]) == int(epoch[b"number"]) + 1
            assert after[b"run_id"] != epoch[b"run_id"]
            again.close()


def sent(producer: Celery, event: object) -> bool:
    """False while the broker refuses it, as it does until the Sentinels name a new master. Celery's own waiting for
    results gives up then, so none is asked for."""
    try:
        producer.send_task("ordercast.accept", [event], queue=INTAKE, ignore_result=True)
    except OperationalError:
        return False
    return True


def replicated(master: Server, replica: Server) -> None:
    """Wait until the replica has what the master had when asked: what it has not is lost with a master that dies."""
    with master.client() as one, replica.client() as other:
        wanted = one.info("replication")["master_repl_offset"]
        wait_until(lambda: other.info("replication")["slave_repl_offset"] >= wanted)


@pytest.fixture
def few_pending(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, most in FEW_PENDING.items():
        monkeypatch.setenv(name, most)


def kill_a_reader(house: HouseApart, rabbit: Rabbit) -> None:
    """In the middle of 400 events, all of which its successor brings to their vendors once and in order."""
    house.send_half_read(*two_of_each(200))
    house.workers[0].kill()
    house.workers[0].wait()
    wait_until(lambda: rabbit.waiting(INTAKE), 20)
    house.resume()
    house.start_worker()
    house.settled(400, within_s=120)
    assert broken(house, 200) == []


@needs_rabbitmq
@pytest.mark.usefixtures("few_pending")
def test_a_worker_killed_in_the_middle_of_intake_loses_and_doubles_nothing(tmp_path: Path, rabbit: Rabbit) -> None:
    with HouseApart(tmp_path, "retargeting", "orderdesk", broker=rabbit.url) as house:
        kill_a_reader(house, rabbit)


@needs_rabbitmq
@pytest.mark.usefixtures("few_pending")
def test_a_broker_killed_and_started_again_finds_its_workers_back(tmp_path: Path) -> None:
    """RabbitMQ 3.10 forgets a quorum queue's leader and messages where its only node is killed within about a second
    after the queue was made (docs/rabbitmq.md): so the queue is made first, and the node stopped in order once."""
    with Rabbit(tmp_path / "rabbit") as rabbit:
        with Connection(rabbit.url) as connection:
            assert not find_queue(connection, INTAKE).advice
        rabbit.stop()
        rabbit.start()
        with HouseApart(tmp_path, "retargeting", "orderdesk", broker=rabbit.url, workers=2) as house:
            house.send_half_read(*two_of_each(200))
            rabbit.kill()
            house.resume()
            rabbit.start()
            again = careful_producer(rabbit.url, house.store.url)
            late = [again.send_task("ordercast.accept", [revision("N200", of)], queue=INTAKE) for of in (1, 2)]
            assert late[1].get(timeout=60)["status"] == "accepted"
            house.settled(402, within_s=120)
            assert broken(house, 201) == []
            again.close()
            assert all(worker.poll() is None for worker in house.workers)


@needs_rabbitmq
@pytest.mark.usefixtures("few_pending")
def test_in_a_classic_queue_a_worker_killed_in_the_middle_loses_and_doubles_nothing(
    tmp_path: Path, rabbit: Rabbit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For clients that cannot declare arguments, which a plain Celery producer stands for here."""
    monkeypatch.setenv("ORDERCAST_STORE_INTAKE_QUEUE_TYPE", "classic")
    with HouseApart(tmp_path, "retargeting", "orderdesk", broker=rabbit.url) as house:
        plain = house.producer = Celery(broker=rabbit.url)
        kill_a_reader(house, rabbit)
        assert "queue.differs" not in house.logs()
        plain.close()
