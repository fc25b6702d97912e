"""Workers and the store killed -9 in the middle of work, again and again. ``make chaos``; the short form runs in CI."""

from __future__ import annotations

import os
import random
import signal
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.invariants import check
from tests.fakes.bodies import event_body
from tests.fakes.house import VENDORS, House
from tests.fakes.waiting import wait_until
from worker.errors import StoreUnreachable

IS_FULL = os.environ.get("ORDERCAST_CHAOS") == "full"
ORDERS, WORKER_KILLS, STORE_KILLS = (1000, 20, 5) if IS_FULL else (200, 6, 2)
BETWEEN_S = (0.8, 2.5)
SETTLED_WITHIN_S = 900


def orders(count: int) -> tuple[list[dict[str, Any]], dict[str, Decimal]]:
    """A created and an updated event for each order, and the grand total each must end with."""
    events, newest = [], {}
    for revision in (1, 2):
        for n in range(count):
            number = f"N{n}"
            events.append(_event(number, revision, Decimal(10 * revision)))
            newest[number] = Decimal(20)
    return events, newest


def _event(number: str, revision: int, price: Decimal) -> dict[str, Any]:
    kind = "order.created" if revision == 1 else "order.updated"
    line = {
        "id": "1",
        "name": "Mug",
        "quantity": "1",
        "unit_price": str(price),
        "product_id": "11",
        "variant_id": "111",
    }
    changes = {"id": f"{number}.{revision}", "subject": number, "revision": revision, "data.order.number": number}
    more = {"data.order.items": [line], "data.order.totals": {"grand": str(price)}}
    return event_body(kind, {**changes, **more})


class Reaper:
    """Kills what it is told to, at random moments, while work goes on."""

    def __init__(self, house: House, chance: random.Random) -> None:
        self.house = house
        self.chance = chance
        self.stopped = threading.Event()
        self.killed = {"worker": 0, "store": 0}

    def run(self, workers: int, stores: int) -> None:
        victims = ["worker"] * workers + ["store"] * stores
        self.chance.shuffle(victims)
        for victim in victims:
            self.stopped.wait(self.chance.uniform(*BETWEEN_S))
            self._kill_worker() if victim == "worker" else self._kill_store()
            self.killed[victim] += 1

    def _kill_worker(self) -> None:
        living = [worker for worker in self.house.workers if worker.poll() is None]
        self.chance.choice(living).kill()
        self.house.start_worker()

    def _kill_store(self) -> None:
        wait_until(self._store_answers, 30)
        os.kill(self.house.embedded.pid, signal.SIGKILL)

    def _store_answers(self) -> bool:
        try:
            self.house.store.now_ms()
        except StoreUnreachable:
            return False
        return True


@pytest.mark.timeout(1500)
def test_kills_of_workers_and_store_lose_double_and_reorder_nothing(tmp_path: Path) -> None:
    seed = int(os.environ.get("ORDERCAST_SEED", random.randrange(2**32)))
    events, newest = orders(ORDERS)
    with House(tmp_path, workers=2) as house:
        for kind in VENDORS:
            house.fault(kind, do="delay", delay_s=0.02, times=None)
        reaper = Reaper(house, random.Random(seed))
        killing = threading.Thread(target=reaper.run, args=(WORKER_KILLS, STORE_KILLS))
        killing.start()
        for start in range(0, len(events), 20):
            send_surely(house, events[start : start + 20])
            reaper.stopped.wait(0.2)
        killing.join()
        house.settled(len(events), within_s=SETTLED_WITHIN_S)
        found = check({kind: house.orders(kind) for kind in VENDORS}, house.deliveries(), newest)
    assert reaper.killed == {"worker": WORKER_KILLS, "store": STORE_KILLS}
    assert not any(found.counts().values()), f"seed {seed}: {found}"
    print(f"\n{reaper.killed} kills, {len(events)} events at {len(VENDORS)} vendors, seed {seed}: {found.counts()}")  # noqa: T201  the figures are what this is for


def send_surely(house: House, events: list[dict[str, Any]]) -> None:
    """Send as a careful producer does: again until the broker has taken it. Ids make the repeats harmless."""

    def is_sent() -> bool:
        try:
            for event in events:
                house.producer.send_task("ordercast.accept", [event], queue="ordercast.intake", ignore_result=True)
        except (OSError, house.producer.OperationalError, RuntimeError):
            return False
        return True

    wait_until(is_sent, 60, 0.2)
