"""A producer in plain Celery, and readers of its queue that stop when it is empty."""

from __future__ import annotations

import threading
from typing import Any

from celery import Celery
from celery.result import AsyncResult

from schemas.config import LimitsConfig
from tests.fakes.bodies import event_body as body_of
from tests.fakes.ledger import Ledger
from worker.intake.admission import Admission
from worker.intake.consumer import ConsumerLoop
from worker.ledger.redis_queue import RedisIntakeQueue, RedisMessage
from worker.ledger.results import Results

QUEUE = "ordercast.intake"


def event_body(id: str, subject: str = "1001") -> dict[str, Any]:  # noqa: A002  the event's own word
    return body_of(changes={"id": id, "subject": subject, "data.order.number": subject})


class Post:
    """A producer, and readers of its queue."""

    def __init__(self, url: str) -> None:
        self.ledger = Ledger(url)
        celery_url = "redis+socket://" + url.removeprefix("unix://")
        self.app = Celery(broker=celery_url, backend=celery_url)
        self.called: list[str] = []

    def send(self, event: object, **options: Any) -> AsyncResult:
        return self.app.send_task("ordercast.accept", [event], queue=QUEUE, **options)

    def mailbox(self) -> RedisIntakeQueue:
        return RedisIntakeQueue(self.ledger.store, self.ledger.store, QUEUE)

    def reading(self, mailbox: RedisIntakeQueue | None = None) -> OneRound:
        door = Admission(self.ledger.intake, LimitsConfig(), self.called.extend)
        return OneRound(mailbox or self.mailbox(), Results(self.ledger.store), door, threading.Event())

    def read(self) -> None:
        self.reading().run()

    @property
    def left(self) -> int:
        client = self.ledger.store.client
        return client.llen(QUEUE) + client.llen(f"{QUEUE}.in-hand")

    def refusals(self) -> list[dict[str, Any]]:
        client = self.ledger.store.client
        seqs = client.zrange(self.ledger.store.keys.key("refusals"), 0, -1)
        rows = [client.hgetall(self.ledger.store.keys.key("refusal", seq=seq.decode())) for seq in seqs]
        return [{k.decode(): v.decode(errors="replace") for k, v in row.items()} for row in rows]


class OneRound(ConsumerLoop):
    """A reading that stops when the queue is empty."""

    def _accept(self, letters: list[RedisMessage]) -> None:
        super()._accept(letters)
        if not self.lease.shards.first.client.llen(QUEUE):
            self.stopped.set()
