"""How Celery reaches the broker and the results: its settings, from the two addresses of the configuration."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from celery import Celery
from kombu import Connection, Exchange, Queue
from kombu.exceptions import KombuError

from schemas.address import Address, read_address
from worker.errors import StoreUnreachable
from worker.ledger.store.addresses import CONNECT_S, over_tcp, sentinel_settings, tls_settings
from worker.ledger.store.answers import ours
from worker.ledger.store.silence import START, Place, silence
from worker.messages import INTAKE_QUEUE

HEARTBEAT_S = 20
ANSWER_S = 10.0
_AMQP_TLS = {"ssl_ca_certs": "ca_certs", "ssl_certfile": "certfile", "ssl_keyfile": "keyfile"}
ADVICE = {
    "ACCESS_REFUSED - Login": "Correct the user and password in {setting}.",
    "ACCESS_REFUSED": "Give it the right with rabbitmqctl set_permissions, or name another user in {setting}.",
    "CONNECTION_FORCED": START,
    "NOT_ALLOWED - vhost": "Correct what stands behind the host in {setting}, or make it with rabbitmqctl add_vhost.",
    "NOT_ALLOWED - access": "Give the user that {setting} names the right to it with rabbitmqctl set_permissions.",
}
"""What to do about an answer of RabbitMQ, by how it begins. What is said of a queue has its advice at the queue."""


MESSAGES = {"task_default_delivery_mode": "transient", "task_serializer": "json"}
"""Celery's settings for what a message of ours looks like on the broker."""


def celery_settings(store: Address, broker: Address) -> dict[str, Any]:
    """Celery's settings for a broker, and for results in the store."""
    return {
        **broker_settings(broker),
        "result_backend": celery_address(store),
        "redis_backend_use_ssl": _tls(store),
        "result_backend_transport_options": _options(store),
    }


def broker_settings(broker: Address) -> dict[str, Any]:
    """Celery's settings for a broker alone.

    The addresses to read from and to write to are given as well: CELERY_BROKER_URL in the environment would silently
    beat the other one.
    """
    address, options = celery_address(broker), _options(broker)
    return {
        "broker_url": address,
        "broker_read_url": address,
        "broker_write_url": address,
        "broker_use_ssl": _tls(broker),
        "broker_transport_options": options,
        "broker_connection_max_retries": None,  # a worker waits for its broker as long as that takes
        "broker_heartbeat": HEARTBEAT_S,
        "broker_channel_error_retry": broker.is_redis,  # READONLY, NOREPLICAS, BUSY: else the worker would end with it
    }


def celery_address(address: Address) -> str:
    """An address in kombu's own form, without options: several hosts as several addresses, behind Sentinels without the
    service's name."""
    scheme = "redis+socket" if address.scheme == "unix" else address.scheme
    login = f"{address.userinfo}@" if address.userinfo else ""
    if not address.hosts:
        db = f"?virtual_host={address.db}" if address.db else ""
        return f"{scheme}://{login}{quote(address.socket_path)}{db}"
    path = f"/{address.db}" if address.is_redis else address.path
    return ";".join(f"{scheme}://{login}{host}:{port}{path}" for host, port in address.hosts)


@contextmanager
def connection_to(broker: Address, connect_s: float = CONNECT_S, answer_s: float = ANSWER_S) -> Iterator[Connection]:
    """An open connection to a broker that is no Redis. Raises ``StoreUnreachable``, also where no answer comes."""
    opened = Connection(
        celery_address(broker),
        ssl=_tls(broker) or False,
        connect_timeout=connect_s,
        transport_options={**_options(broker), "read_timeout": answer_s, "write_timeout": answer_s},
    )
    with opened as connection, broker_errors(connection):
        connection.connect()
        yield connection


@contextmanager
def broker_errors(connection: Connection) -> Iterator[None]:
    """Turns a broker's errors into ``StoreUnreachable``, with the address and without the password."""
    faults: tuple[type[BaseException], ...] = (OSError, *connection.connection_errors, *connection.channel_errors)
    try:
        yield
    except faults as error:
        place = Place("The broker", _address(connection), "[store] broker_url")
        raise StoreUnreachable(_answer(error, place) or silence(error, place)) from error


def _answer(error: BaseException, place: Place) -> str:
    """What RabbitMQ answers where it refuses, and what to do; empty where it did not answer. It names the user."""
    said = str(getattr(error, "reply_text", None) or "")
    if not said:
        return ""
    said = re.sub(r"user '.*'", "this user", said).partition(" For details")[0].rstrip(".")
    advice = next((advice for begun, advice in ADVICE.items() if re.match(begun, said)), "Its log says more.")
    return f"{place.name} answers: {said}. {advice.format(setting=place.setting)}"


def _address(connection: Connection) -> Address:
    """All the hosts that kombu tries, for it keeps the last one's error alone; without user and password."""
    if connection.alt:
        return _joined(connection.alt)
    host = connection.hostname or ""
    place = (f"[{host}]" if ":" in host else host, connection.port or 0)
    return Address("amqps" if connection.ssl else "amqp", "", (place,), f"/{connection.virtual_host}", {})


def _joined(urls: Sequence[str], service: str = "") -> Address:
    """The one address whose hosts kombu was given as several, without user, password and options."""
    tried = [read_address(url) for url in urls]
    path = f"/{service}{tried[0].path}" if service else tried[0].path
    return Address(tried[0].scheme, "", tuple(host for one in tried for host in one.hosts), path, {})


def told(error: BaseException, app: Celery, *, is_store: bool = False) -> str:
    """What an error means that Celery or kombu met at the app's broker, as it is told everywhere else. An app that has
    no results to show it is told whether the broker ``is_store``."""
    url, service = app.conf.broker_url, (app.conf.broker_transport_options or {}).get("master_name", "")
    place = Place("The broker", _joined(url.split(";"), service), "[store] broker_url")
    if is_store or url == app.conf.result_backend:
        place = place._replace(what="The store", setting="[store] url")
    while isinstance(error, KombuError) and error.__cause__ is not None:
        error = error.__cause__
    if place.address.is_redis and isinstance(error, Exception):
        return str(ours(error, place))
    return _answer(error, place) or silence(error, place)


def queues(names: Iterable[str], broker: Address) -> list[Queue]:
    """The queues as every producer in plain Celery declares them. The one for intake is declared by its reader, who
    knows what RabbitMQ needs, and on Redis none has to be: a full store would refuse it.

    Calls of runners are not acknowledged: they may be lost. On Redis a note of each would cost as much as all the rest,
    and a full store refuses it; py-amqp's connection is not made for the threads that would acknowledge.
    """
    return [
        Queue(
            name, Exchange(name, type="direct"), name, no_declare=broker.is_redis or name == INTAKE_QUEUE, no_ack=True
        )
        for name in names
    ]


def _options(address: Address) -> dict[str, Any]:
    """Kombu's options for the transport. Without a limit to its tries, a call would wait for the broker's return with
    whoever makes it."""
    if not address.is_redis:
        return {"max_retries": 1, "interval_start": 0, "interval_step": 0}
    if not address.hosts:
        return {}
    watched = {"master_name": address.service, "sentinel_kwargs": sentinel_settings(address)} if address.service else {}
    return {**over_tcp(), **watched}


def _tls(address: Address) -> dict[str, Any] | None:
    """Kombu's settings for TLS. It has to be told to check the certificate, and the host's name in it."""
    if not address.is_secure:
        return None
    if address.is_redis:
        return tls_settings(address)
    named = {theirs: address.options[ours] for ours, theirs in _AMQP_TLS.items() if ours in address.options}
    return {"cert_reqs": ssl.CERT_REQUIRED, "server_hostname": address.hosts[0][0].strip("[]"), **named}
