"""Every message that may be on the broker: one function each. All of them are calls that may be lost or doubled."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from amqp.exceptions import AMQPError
from celery import Celery
from kombu.exceptions import KombuError

from schemas.address import read_address
from worker.brokers import MESSAGES, broker_settings, queues, told
from worker.ledger.store.shards import read_runner_address
from worker.log import get as get_logger
from worker.messages import DELIVER, INTAKE_QUEUE, deliver_queue

log = get_logger("ordercast.dispatch")


def call_runners(app: Celery, posts: Iterable[str]) -> bool:
    """Ask for one runner at each post, as often as it is named: a provider, behind which a ``#`` and a shard may stand.

    Open: False where the broker is away or full; then the calls are dropped, and the next tick sees to it.
    """
    return _sent(app, posts, partial(told, app=app))


class Dispatcher:
    """Sends our messages for whoever is no worker: a command, or a web process, of which it is made once and called by
    any thread. It holds no store and nothing else of a worker's; it connects when it first sends.

    ``providers`` are those of the configuration. ``is_store`` says that the broker is the store, which an error names.
    """

    def __init__(self, broker_url: str, providers: Iterable[str] = (), *, is_store: bool = False) -> None:
        broker = read_address(broker_url)
        self.app = Celery("ordercast", set_as_current=False)
        self.app.conf.update(MESSAGES | broker_settings(broker))
        self.app.conf.task_queues = queues([INTAKE_QUEUE, *map(deliver_queue, providers)], broker)
        self._told = partial(told, app=self.app, is_store=is_store)
        for part in ("queues", "router", "producer_pool"):
            getattr(self.app.amqp, part)  # Celery makes them when first asked for, in as many threads as ask at once

    def call_runners(self, posts: Iterable[str]) -> bool:
        """Ask for runners as ``call_runners`` does. Open: False where the broker is away or full."""
        return _sent(self.app, posts, self._told)


def _sent(app: Celery, posts: Iterable[str], tell: Callable[[BaseException], str]) -> bool:
    wanted = [read_runner_address(each) for each in posts]
    if not wanted:
        return True
    try:
        with app.producer_or_acquire() as producer, producer.batch():
            for name, shard in wanted:
                args = [name, shard] if shard else [name]
                app.send_task(
                    DELIVER, args, queue=deliver_queue(name), ignore_result=True, retry=False, producer=producer
                )
    except (KombuError, AMQPError, OSError, AttributeError) as error:  # the last is kombu's, of a channel it has closed
        why = {} if isinstance(error, AttributeError) else {"message": tell(error)}
        log.warning(
            "runners.uncalled", providers=sorted({name for name, _ in wanted}), error=type(error).__name__, **why
        )
        return False
    return True
