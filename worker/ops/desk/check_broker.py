"""What ``check`` looks at where the broker is a server of its own: whether it answers, and whether it keeps events."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.address import Address, read_address
from schemas.config import Config
from worker.brokers import connection_to
from worker.errors import OrdercastError
from worker.intake.amqp_topology import counted, find_queue, first_is_call, is_there
from worker.ledger.queue_lists import DEFAULT_QUEUE, Depth, UnreadList
from worker.ledger.store.client import Store
from worker.ledger.store.fitness import fitness
from worker.messages import INTAKE_QUEUE
from worker.ops.desk.findings import Finding, Level, place_findings

WHAT = "broker"
STRAYED = (
    f'Nobody reads the calls in the queue {DEFAULT_QUEUE}: a producer there does not say queue="{INTAKE_QUEUE}".'
    " Correct it, send those events again (a repeat is harmless), and delete the queue."
)


def broker_findings(config: Config) -> Iterator[Finding]:
    """None where the broker is the store. Never raises: what cannot be reached is a finding."""
    if not config.store.broker_url:
        return
    address = read_address(config.store.broker_url)
    try:
        yield from (
            _of_redis(config.store.broker_url)
            if address.is_redis
            else _of_rabbit(address, config.store.intake_queue_type)
        )
    except OrdercastError as error:
        yield Finding(Level.FAIL, WHAT, str(error))


def rabbit_depth(broker: Address, answer_s: float) -> Depth:
    """What waits in the intake queue of a RabbitMQ, and whether calls wait in Celery's default queue, where nobody
    reads them. RabbitMQ does not tell how old they are. Raises ``StoreUnreachable``."""
    with connection_to(broker, answer_s, answer_s) as connection:
        queued, _ = counted(connection, INTAKE_QUEUE) or (0, 0)
        strays, readers = counted(connection, DEFAULT_QUEUE) or (0, 0)
        is_ours = strays and not readers and first_is_call(connection, DEFAULT_QUEUE)
    return Depth(queued, None, (UnreadList(DEFAULT_QUEUE, strays, STRAYED),) if is_ours else ())


def _of_redis(url: str) -> Iterator[Finding]:
    broker = Store(url, is_ledger=False)
    try:
        found = fitness(broker)
    finally:
        broker.close()
    yield from place_findings(found, WHAT, "[store] broker_url")
    policy = found.settings.get("maxmemory-policy", "noeviction")
    if policy != "noeviction":
        yield Finding(Level.FAIL, WHAT, f"maxmemory-policy is {policy}: it would drop events. Set it to noeviction.")
    elif found.settings and not found.is_on_disk:
        message = "It answers, and a crash loses events on their way: set appendonly yes and appendfsync always."
        yield Finding(Level.WARN, WHAT, message)
    else:
        yield Finding(Level.OK, WHAT, f"{found.server.capitalize()} {found.version} answers.")


def _of_rabbit(address: Address, kind: str) -> Iterator[Finding]:
    with connection_to(address) as connection:
        if not is_there(connection, INTAKE_QUEUE):
            yield Finding(Level.OK, WHAT, f"It answers; the first worker makes the queue {INTAKE_QUEUE}.")
            return
        advice = find_queue(connection, INTAKE_QUEUE, kind).advice
    yield Finding(Level.WARN if advice else Level.OK, WHAT, advice or "It answers, and keeps events on disk.")
