"""Every message that may be on the broker: one function each. All of them are calls that may be lost or doubled."""

from __future__ import annotations

from collections.abc import Iterable

from amqp.exceptions import AMQPError
from celery import Celery
from kombu.exceptions import OperationalError

from worker.ledger.shards import read_post
from worker.log import get as get_logger

INTAKE_QUEUE = "ordercast.intake"
ACCEPT = "ordercast.accept"
DELIVER = "ordercast.deliver"

log = get_logger("ordercast.dispatch")


def deliver_queue(provider: str) -> str:
    return f"{DELIVER}.{provider}"


def call_runner(app: Celery, wanted: str) -> None:
    """Ask for one runner at a provider, behind which a ``#`` and a shard may stand. Open: where the broker is away the
    call is dropped, and the next tick makes it again."""
    provider, shard = read_post(wanted)
    args = [provider, shard] if shard else [provider]
    try:
        app.send_task(DELIVER, args=args, queue=deliver_queue(provider), ignore_result=True, retry=False)
    except (OperationalError, AMQPError, OSError) as error:
        log.warning("runner.uncalled", provider=provider, error=type(error).__name__)


def call_runners(app: Celery, providers: Iterable[str]) -> None:
    """Ask for one runner at each provider."""
    for provider in providers:
        call_runner(app, provider)
