"""A store, or a broker, that answers oddly for some seconds under load: everything is delivered afterwards, nobody has
started a worker again, and ``status`` told the truth meanwhile."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any, Self

import pytest
import redis
from kombu.exceptions import OperationalError

from tests.fakes import hiccups
from tests.fakes.apart import INTAKE, HouseApart
from tests.fakes.program import Program
from tests.fakes.revisions import broken, revision
from tests.fakes.servers import Server
from tests.fakes.waiting import wait_until
from worker.ledger.queries.ledger_status import LedgerStatus

Make = Callable[[Server], AbstractContextManager[Any]]

LEASE_S = 6.5
"""Of an attempt with the house's times. What a busy machine makes longer than this is lost by right."""
ORDERS = 12
PACE_S = 0.04
CALLS_REFUSED = partial(hiccups.forbidden, less="-fcall -evalsha -lpush -brpop", again="+@all")

OF_THE_STORE: dict[str, Make] = {
    "NOREPLICAS": hiccups.without_replicas,
    "READONLY": hiccups.replica,
    "BUSY": hiccups.held_up,
    "NOPERM": CALLS_REFUSED,
}
SHOWN = {"NOREPLICAS", "READONLY", "NOPERM"}
"""Where ``status`` can be read, and says that nothing goes on."""


class Shop:
    """Sends two revisions of each of its orders, one event after the other, and again what the broker would not take."""

    def __init__(self, house: HouseApart, numbers: range) -> None:
        self.house = house
        self.events = [revision(f"N{n}", of) for of in (1, 2) for n in numbers]
        self.sent = 0
        self._paced = threading.Event()
        self._sending = threading.Thread(target=self._send)

    def __enter__(self) -> Self:
        self._sending.start()
        wait_until(lambda: self.sent > ORDERS // 2, 20)
        return self

    def __exit__(self, *_: object) -> None:
        self._sending.join()

    def _send(self) -> None:
        for event in self.events:
            while not self._took(event):
                self._paced.wait(0.1)
            self.sent += 1
            self._paced.wait(PACE_S)

    def _took(self, event: object) -> bool:
        try:
            self.house.producer.send_task("ordercast.accept", [event], queue=INTAKE, ignore_result=True)
        except (OperationalError, AttributeError):  # the second is kombu 5.7's, of a channel that it has closed
            return False
        return True


class Day:
    """What befell one house. After each hiccup all is well again, with the same workers."""

    def __init__(self, house: HouseApart) -> None:
        self.house = house
        self.orders = 0
        self.longest_s = 0.0
        self.program = Program(house.directory)
        self.program.environ |= house.environ
        wait_until(lambda: len(self.workers()) == len(house.workers), 20)

    @contextmanager
    def under_load(self) -> Iterator[None]:
        began_s = monotonic()
        with Shop(self.house, range(self.orders, self.orders + ORDERS)):
            self.orders += ORDERS
            yield
        self.longest_s = max(self.longest_s, monotonic() - began_s)
        house = self.house
        house.settled(2 * self.orders)
        assert broken(house, self.orders) == []
        assert house.lost_attempts() == [] or self.longest_s > LEASE_S, "what came of an attempt was thrown away"
        assert all(worker.poll() is None for worker in house.workers)
        wait_until(lambda: all(not worker.failing and worker.beat_age_s < 2 for worker in self.workers()), 20)
        assert [(worker.restarts, worker.release) for worker in self.workers()] == [(0, "0.1.0")] * 2

    def workers(self) -> list[Any]:
        return LedgerStatus(self.house.store).read(INTAKE).workers

    def told(self, event: str, loop: str) -> list[dict[str, Any]]:
        """The lines of one event of one loop, each worker's."""
        lines = [line for line in self.house.logs().splitlines() if line.startswith("{")]
        return [one for one in map(json.loads, lines) if one["event"] == event and one["loop"].startswith(loop)]

    def status_is(self, code: int, said: str) -> None:
        out, err = self.program.ran("status", code=code)
        assert "Traceback" not in out + err
        assert err.startswith(said) if code == 0 else said in err
        if code == 0:
            assert "deliver." not in err.splitlines()[0]
            assert "start one" not in err
            assert json.loads(self.program.ran("status", "--json", code=0)[0])["store"]["refusal"]["message"] in err


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[tuple[Server, Server]]:
    with Server(tmp_path / "store") as store, Server(tmp_path / "broker") as broker:
        yield store, broker


def store_hiccups(day: Day, store: Server) -> None:
    for number, (word, make) in enumerate(OF_THE_STORE.items(), 1):
        with day.under_load(), make(store):
            wait_until(lambda number=number: len(day.told("store.missed", "tick")) == 2 * number, 20)
            shown = f"Nothing goes on: The store at redis://127.0.0.1:{store.port}/0 answers: {word}"
            failed = f"Error: The store at redis://127.0.0.1:{store.port}/0 answers: {word}"
            day.status_is(*((0, shown) if word in SHOWN else (69, failed)))
    wait_until(lambda: len(day.told("store.found", "tick")) == len(day.told("store.missed", "tick")), 40)
    assert len(day.told("store.missed", "tick")) == 2 * len(OF_THE_STORE), "once by each worker each time"
    assert 1 <= len(day.told("store.missed", "letterbox")) <= 3 * len(OF_THE_STORE)


def test_a_store_apart_from_its_broker_answers_oddly_and_nothing_is_lost(
    tmp_path: Path, servers: tuple[Server, Server]
) -> None:
    store, broker = servers
    with HouseApart(tmp_path, "retargeting", "orderdesk", place=store.url, broker=broker.url, workers=2) as house:
        store_hiccups(Day(house), store)


def test_a_store_that_is_the_broker_too_answers_oddly_and_nothing_is_lost(
    tmp_path: Path, servers: tuple[Server, Server]
) -> None:
    store, _ = servers
    with HouseApart(tmp_path, "retargeting", "orderdesk", place=store.url, workers=2) as house:
        store_hiccups(Day(house), store)
        assert house.logs().count("Frequent restarts detected") <= 2, "Celery's own line, of each worker once a minute"


def test_a_broker_apart_answers_oddly_and_its_reader_says_so_with_its_beat(
    tmp_path: Path, servers: tuple[Server, Server]
) -> None:
    store, broker = servers
    with HouseApart(tmp_path, "retargeting", "orderdesk", place=store.url, broker=broker.url, workers=2) as house:
        day = Day(house)
        for word in ("READONLY", "NOPERM"):
            with day.under_load(), OF_THE_STORE[word](broker):
                wait_until(lambda: any(worker.failing == ("letterbox",) for worker in day.workers()), 20)
        words = {line["message"].split("answers: ")[1].split()[0] for line in day.told("store.missed", "letterbox")}
        assert words <= {"READONLY", "UNBLOCKED", "NOPERM"}
        assert "NOPERM" in words


def test_a_slot_that_moves_away_and_comes_back_stops_nobody_for_longer(tmp_path: Path) -> None:
    with (
        hiccups.cluster(tmp_path) as (here, there),
        Server(tmp_path / "broker") as broker,
        HouseApart(tmp_path, "retargeting", "orderdesk", place=here.url, broker=broker.url, workers=2) as house,
    ):
        day = Day(house)
        with day.under_load():
            move(here, there)
            wait_until(lambda: len(day.told("store.missed", "tick")) >= 2, 20)
            day.status_is(69, "answers: MOVED")
            move(there, here)
        assert "store.unsafe" in house.logs()


def move(source: Server, target: Server) -> None:
    """Move the slot of the ledger's keys from one node to another, as Valkey 9 does it."""
    with source.client() as one, target.client() as two:
        slot = one.execute_command("CLUSTER", "KEYSLOT", "{ordercast}")
        node = two.execute_command("CLUSTER", "MYID")
        one.execute_command("CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", slot, slot, "NODE", node)
        wait_until(lambda: is_gone(one), 20)


def is_gone(client: redis.Redis) -> bool:
    try:
        client.get("{ordercast}x")
    except redis.ResponseError:
        return True
    return False
