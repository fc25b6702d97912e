"""Every message that may be on the broker: one function each. All of them are calls that may be lost or doubled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from amqp.exceptions import AMQPError
from celery import Celery
from kombu.exceptions import KombuError

from schemas.address import read_address
from worker.brokers import MESSAGES, broker_settings, queues, told
from worker.ledger.store.shards import read_runner_address
from worker.log import get as get_logger
from worker.messages import DELIVER, INTAKE_QUEUE, JOB, JOB_QUEUE, deliver_queue

Message = tuple[str, list[Any], str]
"""A task's name, its arguments, and the queue."""

log = get_logger("ordercast.dispatch")


def call_runners(app: Celery, posts: Iterable[str]) -> bool:
    """Ask for one runner at each post, as often as it is named: a provider, behind which a ``#`` and a shard may stand.

    Open: False where the broker is away or full; then the calls are dropped, and the next tick sees to it.
    """
    return _sent(app, posts, partial(told, app=app))


def call_for_job(app: Celery, job_id: str, token: str) -> bool:
    """Ask a worker to execute a job, whose lease was taken by ``token`` for as long as the call may take. Open: False
    where the broker is away or full."""
    trouble = _trouble(app, [(JOB, [job_id, token], JOB_QUEUE)], partial(told, app=app))
    if trouble:
        log.warning("job.uncalled", job=job_id, **trouble)
    return not trouble


class Dispatcher:
    """Sends our messages for whoever is no worker: a command, or a web process, of which it is made once and called by
    any thread. It holds no store and nothing else of a worker's; it connects when it first sends.

    ``providers`` are those of the configuration. ``is_store`` says that the broker is the store, which an error names.
    """

    def __init__(self, broker_url: str, providers: Iterable[str] = (), *, is_store: bool = False) -> None:
        broker = read_address(broker_url)
        self.app = Celery("ordercast", set_as_current=False)
        self.app.conf.update(MESSAGES | broker_settings(broker))
        self.app.conf.task_queues = queues([INTAKE_QUEUE, JOB_QUEUE, *map(deliver_queue, providers)], broker)
        self._told = partial(told, app=self.app, is_store=is_store)
        for part in ("queues", "router", "producer_pool"):
            getattr(self.app.amqp, part)  # Celery makes them when first asked for, in as many threads as ask at once

    def call_runners(self, posts: Iterable[str]) -> bool:
        """Ask for runners as ``call_runners`` does. Open: False where the broker is away or full."""
        return _sent(self.app, posts, self._told)


def _sent(app: Celery, posts: Iterable[str], tell: Callable[[BaseException], str]) -> bool:
    wanted = [read_runner_address(each) for each in posts]
    calls = [(DELIVER, [name, shard] if shard else [name], deliver_queue(name)) for name, shard in wanted]
    trouble = _trouble(app, calls, tell)
    if trouble:
        log.warning("runners.uncalled", providers=sorted({name for name, _ in wanted}), **trouble)
    return not trouble


def _trouble(app: Celery, calls: Sequence[Message], tell: Callable[[BaseException], str]) -> dict[str, str]:
    """Send the calls; what the log says where they could not be sent, else nothing."""
    if not calls:
        return {}
    try:
        with app.producer_or_acquire() as producer, producer.batch():
            for name, args, queue in calls:
                app.send_task(name, args, queue=queue, ignore_result=True, retry=False, producer=producer)
    except (KombuError, AMQPError, OSError, AttributeError) as error:  # the last is kombu's, of a channel it has closed
        why = {} if isinstance(error, AttributeError) else {"message": tell(error)}
        return {"error": type(error).__name__, **why}
    return {}
