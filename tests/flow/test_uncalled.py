"""What is in the ledger is delivered also while no runner can be called: the broker is away, or the store is full."""

from __future__ import annotations

from pathlib import Path

from tests.fakes.apart import HouseApart
from tests.fakes.house import House
from tests.fakes.revisions import broken, two_of_each
from tests.fakes.servers import Server
from tests.fakes.waiting import wait_until
from worker.ledger.gates import pause_gate, resume_gate

ORDERS = 30


def hold_back(house: House) -> None:
    """Have the orders wait in the ledger until no runner is left; but for the first, which shows that all is up."""
    events = two_of_each(ORDERS)
    house.send(events.pop(0))
    house.settled(1)
    for kind in house.kinds:
        pause_gate(house.store, kind, who="ann", why="so that runners have to be called", at_ms=house.store.now_ms())
    house.send(*events).get(timeout=30)
    client, key = house.store.client, house.store.keys.key
    wait_until(lambda: not any(client.exists(key("runners", provider=kind)) for kind in house.kinds), 20)


def let_go(house: House) -> None:
    for kind in house.kinds:
        resume_gate(house.store, kind, who="ann", why="go")


def test_a_store_without_any_memory_left_is_drained(tmp_path: Path) -> None:
    with House(tmp_path, "retargeting", "orderdesk") as house:
        hold_back(house)
        house.store.client.config_set("maxmemory", "1mb")
        let_go(house)
        house.settled(2 * ORDERS)
        assert all(worker.poll() is None for worker in house.workers)
        house.store.client.config_set("maxmemory", "0")
        assert broken(house, ORDERS) == []
        assert "runners.uncalled" in house.logs()


def test_a_broker_that_is_away_keeps_nothing_from_being_delivered(tmp_path: Path) -> None:
    with (
        Server(tmp_path / "broker") as broker,
        HouseApart(tmp_path, "retargeting", "orderdesk", broker=broker.url, workers=2) as house,
    ):
        hold_back(house)
        broker.kill()
        let_go(house)
        house.settled(2 * ORDERS)
        assert broken(house, ORDERS) == []
