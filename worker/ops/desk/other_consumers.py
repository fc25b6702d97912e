"""Other Celery workers that consume the intake queue: each message that they take is lost to Ordercast.

They are asked over the broker, where every worker hears: Celery's remote control knows no applications.
"""

from __future__ import annotations

from celery import Celery
from kombu.exceptions import KombuError

from schemas.address import read_address
from worker.brokers import celery_settings
from worker.messages import INTAKE_QUEUE

ANSWER_S = 1.0


def other_consumers(store_url: str, broker_url: str) -> list[str]:
    """The names of the workers that consume it. None where the broker cannot be asked; those that have remote control
    turned off are not heard of. Takes a second."""
    app = Celery(set_as_current=False)
    app.conf.update(celery_settings(read_address(store_url), read_address(broker_url)))
    with app.connection_for_read() as connection:
        away: tuple[type[BaseException], ...] = (
            OSError,
            KombuError,
            *connection.connection_errors,
            *connection.channel_errors,
        )
    try:
        told = app.control.inspect(timeout=ANSWER_S).active_queues() or {}
    except away:
        return []
    finally:
        app.close()
    return sorted(name for name, queues in told.items() if any(INTAKE_QUEUE in queue["name"] for queue in queues))
