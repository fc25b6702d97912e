"""A whole Ordercast on servers of its own: the broker apart from the store, or the store somewhere else."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any, Self

from celery import Celery
from kombu import Exchange, Queue

from schemas.address import read_address
from tests.fakes.house import House
from tests.fakes.waiting import wait_until
from worker.brokers import celery_settings
from worker.intake.amqp_topology import QUORUM
from worker.ledger.queries.dead_letters import DeadLetters
from worker.ledger.queries.deliveries import Deliveries
from worker.ledger.queries.ledger_status import LedgerStatus
from worker.ledger.store.client import Store

INTAKE = "ordercast.intake"
FEW_PENDING = {"ORDERCAST_LIMITS_MAX_PENDING": "200"}
"""So many deliveries wait in the ledger at most."""


class HouseApart(House):
    """As ``House``, with ``broker`` and ``place``, the store's address, where they are given. What is sent goes to the
    broker, and receipts come from the store."""

    def __init__(self, directory: Path, *providers: str, broker: str = "", place: str = "", **more: Any) -> None:
        super().__init__(directory, *providers, **more)
        self.broker = broker
        self.place = place

    def __enter__(self) -> Self:
        if self.place:
            self._open_elsewhere()
        else:
            super().__enter__()
        self.producer = careful_producer(self.broker or self.store.url, self.store.url)
        self._closing.callback(self.producer.close)
        return self

    @property
    def environ(self) -> dict[str, str]:
        named = {"ORDERCAST_STORE_URL": self.place, "ORDERCAST_STORE_BROKER_URL": self.broker}
        return {**super().environ, **{name: address for name, address in named.items() if address}}

    def _open_elsewhere(self) -> None:
        self.sandbox.start()
        self._closing.callback(self.sandbox.stop)
        self.store = self.open_store()
        self._closing.callback(self.store.close)
        self.furnish()
        self._write_config()
        self._closing.callback(self._stop_workers)
        for _ in range(self.worker_count):
            self.start_worker()
        wait_until(lambda: not self.worker_count or self.board.read(INTAKE).intake.letterbox, 20)

    def open_store(self) -> Store:
        return Store(self.place)

    def furnish(self) -> None:
        self.records, self.board, self.dead = Deliveries(self.store), LedgerStatus(self.store), DeadLetters(self.store)

    def send_at_once(self, *events: object) -> None:
        """Send while nobody reads, so that there is a middle of the reading in which to kill."""
        for worker in self.workers:
            worker.send_signal(signal.SIGSTOP)
        self.send(*events)
        for worker in self.workers:
            worker.send_signal(signal.SIGCONT)

    def send_half_read(self, *events: object) -> None:
        """Send, and return when the reader stands in the middle: nothing is delivered, and the ledger, which was started
        with ``FEW_PENDING``, takes no more."""
        self.pause()
        self.send(*events)
        most = int(FEW_PENDING["ORDERCAST_LIMITS_MAX_PENDING"])
        wait_until(lambda: sum(row.pending for row in self.rows().values()) >= most, 20)
        assert 0 < self.arrived() < len(events)

    def arrived(self) -> int:
        """How many events the ledger has."""
        return int(self.store.client.get(self.store.keys.key("seq")) or 0)


def careful_producer(broker_url: str, store_url: str) -> Celery:
    """A producer that knows when its events are at the broker, as docs/rabbitmq.md has it."""
    broker, app = read_address(broker_url), Celery()
    app.conf.update(celery_settings(read_address(store_url), broker))
    if not broker.is_redis:
        app.conf.broker_transport_options |= {"confirm_publish": True}
        app.conf.task_queues = [Queue(INTAKE, Exchange(INTAKE), INTAKE, queue_arguments=QUORUM)]
    return app
