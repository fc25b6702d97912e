"""The bootstep that reads producers' Celery messages into the ledger, one reader at a time, with nothing lost.

A message is a call of ``ordercast.accept`` with one event or a list of them. Whatever else lies in the queue becomes a
refusal. The receipt is the task's result, where ``AsyncResult(id)`` finds it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from typing import Any, Protocol

from celery import Celery, bootsteps

from schemas.address import read_address
from schemas.fault import InvalidEvent, refused
from schemas.outcome import Reason
from worker import alerts
from worker.dispatch import call_runners
from worker.errors import LeaseLost, NoProviders, ShardAway, StoreFull
from worker.intake.admission import Admission, open_admission
from worker.intake.amqp_queue import AmqpIntakeQueue, AmqpMessage
from worker.intake.gist import gist_of_envelope
from worker.intake.message import AcceptCall, read_envelope
from worker.intake.receipts import result_of
from worker.ledger.intake import Reader
from worker.ledger.redis_queue import ALONE_AFTER, ReaderLease, RedisIntakeQueue
from worker.ledger.results import Results
from worker.log import get as get_logger
from worker.loops import Loop, Work
from worker.messages import INTAKE_QUEUE
from worker.process import current

BATCH = 100
IDLE_S = 0.1
AWAY_S = 1.0
CANDIDATE_S = 2.0
RECEIPT_KEPT_S = 86_400

log = get_logger("ordercast.letterbox")


class Message(Protocol):
    """One message of the intake queue. ``takeovers`` counts the readers that had it in hand before and died."""

    @property
    def raw(self) -> bytes: ...

    @property
    def takeovers(self) -> int: ...


class IntakeQueue(Protocol):
    """The intake queue on some broker: ``RedisIntakeQueue``, or ``AmqpIntakeQueue`` on one that acknowledges."""

    lease: ReaderLease

    def take_over(self) -> list[Any]: ...

    def take(self, most: int) -> list[Any] | None: ...

    def wait(self, wait_s: float) -> None: ...

    def drop(self, messages: list[Any]) -> bool: ...

    def close(self) -> None: ...


def open_queue(app: Celery, batch: int) -> RedisIntakeQueue | AmqpIntakeQueue:
    """The intake queue of this process's broker."""
    process = current()
    store = process.config.store
    if read_address(process.broker_url).is_redis:
        return RedisIntakeQueue(process.store, process.broker, INTAKE_QUEUE, prefixes=store.intake_prefix)
    return AmqpIntakeQueue(app, process.store, INTAKE_QUEUE, prefetch=2 * batch, kind=store.intake_queue_type)


class IntakeConsumer(bootsteps.StartStopStep):
    """Starts the reading thread with a worker that consumes the intake queue, and ends it with the worker."""

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self.stopped = threading.Event()
        self.thread: threading.Thread | None = None

    def start(self, parent: Any) -> None:
        if getattr(parent, "reads_intake", False):
            self.thread = threading.Thread(target=self._run, args=(parent,), name="ordercast-letterbox", daemon=True)
            self.thread.start()

    def stop(self, parent: Any) -> None:  # noqa: ARG002  Celery's signature
        self.stopped.set()
        if self.thread is not None:
            self.thread.join(10)

    terminate = stop

    def _run(self, worker: Any) -> None:
        process = current()
        call = partial(call_runners, worker.app)
        admission = open_admission(process.intake, process.config, call, alerts.event_refused)

        leases: list[ReaderLease] = []

        def begin() -> Work:
            """Afresh as another reader: what is in hand after a defect counts as taken over, and is refused in time."""
            while leases:
                leases.pop().let_go()
            reading = ConsumerLoop(open_queue(worker.app, BATCH), Results(process.store), admission, self.stopped)
            leases.append(reading.lease)
            return Work(reading.run, lambda: reading.lease.went_well_s)

        process.loops.run(Loop("letterbox", begin, self.stopped, away_s=AWAY_S))


class ConsumerLoop:
    """One candidate's reading of the intake queue: waits for the reader's place, then reads until it is lost."""

    def __init__(self, queue: IntakeQueue, results: Results, admission: Admission, stopped: threading.Event) -> None:
        self.queue = queue
        self.lease = queue.lease
        self.results = results
        self.admission = admission
        self.stopped = stopped
        self.reader = Reader(self.lease.queue, self.lease.token)

    def run(self) -> None:
        """Read until stopped. Raises when the store is away; what was in hand then stays in hand."""
        while not self.stopped.is_set():
            if not self.lease.hold():
                self.stopped.wait(CANDIDATE_S)
                continue
            try:
                self._read()
            except LeaseLost:
                log.warning("reader.replaced", queue=self.lease.queue)
            finally:
                self.queue.close()  # a broker gives to its one consumer only, who must not be one without the place
        self.lease.let_go()

    def _read(self) -> None:
        for messages in _careful_batches(self.queue.take_over()):
            self._accept(messages)
        while not self.stopped.is_set() and self.lease.hold():
            taken = self.queue.take(BATCH)
            if taken is None:
                raise LeaseLost
            if taken:
                self._accept(taken)
            else:
                self.queue.wait(IDLE_S)

    def _accept(self, messages: list[Message]) -> None:
        """Accept what is in hand, answer it, forget it: in this order a crash anywhere repeats and loses nothing."""
        calls = [self._call(message) for message in messages]
        receipts = iter(self._admit([event for call in calls for event in call.events]))
        results: dict[str, bytes] = {}
        for call in calls:
            own = [call.refusal] if call.refusal else [next(receipts) for _ in call.events]
            if call.wants_result:
                results.setdefault(call.task_id, result_of(call.task_id, own, is_batch=call.is_batch))
        if results:
            self.results.keep(results, RECEIPT_KEPT_S)
        if not self.queue.drop(messages):
            raise LeaseLost

    def _admit(self, events: list[object]) -> list[Any]:
        """Receipts for all of them. A full store is waited for, a shard that is away, and one whose providers nobody
        has written yet: the messages stay in hand, and the queue behind them."""
        was_full = False
        while True:
            try:
                return self.admission.admit(events, self.reader)
            except (StoreFull, ShardAway, NoProviders) as error:
                if not was_full:
                    log.warning("letterbox.waiting", reason=error.reason, message=str(error))
                was_full = True
                if self.stopped.wait(AWAY_S) or not self.lease.hold():
                    raise LeaseLost from error

    def _call(self, message: Message) -> AcceptCall:
        """The call in a message; what is none is kept as a refusal, and answered where it says whom to answer."""
        try:
            if message.takeovers > ALONE_AFTER:
                raise refused(Reason.POISON, "Four readers died with this message in hand; it is not read again.")
            return message.read() if isinstance(message, AmqpMessage) else read_envelope(message.raw)
        except InvalidEvent as fault:
            gist = message.gist() if isinstance(message, AmqpMessage) else gist_of_envelope(message.raw)
            receipt = self.admission.refuse(message.raw, fault, gist, self.reader)
            is_answered = gist.wants_result and bool(gist.task_id)
            return AcceptCall(gist.task_id, [], is_batch=False, wants_result=is_answered, refusal=receipt)


def _careful_batches(messages: list[Message]) -> Iterator[list[Message]]:
    """Batches in order; a message that several readers died with goes alone."""
    batch: list[Message] = []
    for message in messages:
        if message.takeovers >= ALONE_AFTER or len(batch) == BATCH:
            if batch:
                yield batch
            batch = []
        batch.append(message)
        if message.takeovers >= ALONE_AFTER:
            yield batch
            batch = []
    if batch:
        yield batch
