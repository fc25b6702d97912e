"""Store and broker on servers of their own: apart from each other, behind TLS, behind Sentinels; killed and back."""

from __future__ import annotations

from pathlib import Path

import pytest
from celery import Celery
from kombu.exceptions import OperationalError

from tests.fakes.apart import FEW_PENDING, INTAKE, HouseApart, careful_producer
from tests.fakes.house import VENDORS
from tests.fakes.ports import free_ports
from tests.fakes.revisions import broken, revision, two_of_each
from tests.fakes.servers import DEBIANS, SecureServer, Server, Watcher
from tests.fakes.waiting import wait_until


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


@pytest.mark.skipif(DEBIANS is None, reason="needs Debian's redis-server, which speaks TLS")
def test_store_and_broker_that_speak_tls_carry_everything(tmp_path: Path) -> None:
    with (
        SecureServer(tmp_path / "store") as store,
        SecureServer(tmp_path / "broker") as broker,
        HouseApart(tmp_path, place=store.url, broker=broker.url) as house,
    ):
        assert house.send(*two_of_each(10)).get(timeout=30)["status"] == "accepted"
        house.settled(20)
        assert broken(house, 10) == []
        assert "hunter2" not in house.logs()
        assert "insecure" not in house.logs()


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
