"""Celery's remote command ``add_consumer``, which must not give the intake queue a second reader.

Flower's button and ``celery control add_consumer`` would start Celery's own consumer beside ours: it has
messages in hand that are nowhere else, and the events of one order go to two readers.
"""

from __future__ import annotations

from typing import Any

from celery.worker import control as celerys_own

from worker.log import get as get_logger
from worker.messages import INTAKE_QUEUE

WHY = (
    f"{INTAKE_QUEUE} is read by Ordercast's own reader alone, so that no event is lost and one order's events keep"
    " their order. It needs no consumer: every worker started without -Q, or with this queue in it, stands by to read."
)

log = get_logger("ordercast.control")
_of_celery: Any = celerys_own  # whose types leave these commands out


def keep_the_one_reader() -> None:
    """From now on this worker refuses to consume the intake queue, also when it is told to at run time."""
    _of_celery.control_command(
        args=[("queue", str), ("exchange", str), ("exchange_type", str), ("routing_key", str)],
        signature="<queue> [exchange [type [routing_key]]]",
    )(add_consumer)


def add_consumer(state: Any, queue: str, **options: Any) -> Any:
    """Tell worker(s) to consume from task queue by name; the intake queue, and the lists that belong to it, are
    refused."""
    if INTAKE_QUEUE in queue:
        log.warning("consumer.refused", queue=queue, message=WHY)
        return {"error": WHY}
    return _of_celery.add_consumer(state, queue, **options)
