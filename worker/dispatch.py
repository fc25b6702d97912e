"""Every message that may be on the broker: one function each. All of them are calls that may be lost or doubled."""

from __future__ import annotations

from collections.abc import Iterable

from amqp.exceptions import AMQPError
from celery import Celery
from kombu.exceptions import KombuError

from worker.brokers import told
from worker.ledger.store.shards import read_runner_address
from worker.log import get as get_logger
from worker.messages import DELIVER, deliver_queue

log = get_logger("ordercast.dispatch")


def call_runners(app: Celery, posts: Iterable[str]) -> bool:
    """Ask for one runner at each post, as often as it is named: a provider, behind which a ``#`` and a shard may stand.

    Open: False where the broker is away or full; then the calls are dropped, and the next tick sees to it.
    """
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
        why = {} if isinstance(error, AttributeError) else {"message": told(error, app)}
        log.warning(
            "runners.uncalled", providers=sorted({name for name, _ in wanted}), error=type(error).__name__, **why
        )
        return False
    return True
