"""How a client of the store, or of a broker that is a Redis, is made from its address: TCP, TLS, a socket, Sentinel."""

from __future__ import annotations

import socket
import ssl
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from redis.sentinel import Sentinel

from schemas.address import TLS_FILES, Address

CONNECT_S = 3.0
SENTINEL_S = 1.0
SECRETS = ("sentinel_username", "sentinel_password")

KEPT_ALIVE = {
    getattr(socket, name): value
    for name, value in (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))
    if hasattr(socket, name)
}
"""A host that vanished without a word is noticed after a minute, also where somebody only waits to be told."""


def make_client(address: Address, *, answer_s: float | None, max_connections: int, **more: Any) -> redis.Redis:
    """A client that never repeats a command by itself. ``answer_s`` is how long an answer may take, without end for
    ``None``. Connects when it is used, behind Sentinels to whoever is the master then."""
    settings = {
        **_login(address),
        "db": address.db,
        "socket_timeout": answer_s,
        **never_again(),
        "max_connections": max_connections,
        **more,
    }
    if not address.hosts:
        return redis.Redis.from_pool(
            redis.ConnectionPool(
                connection_class=redis.UnixDomainSocketConnection, path=address.socket_path, **settings
            )
        )
    settings |= over_tcp(min(CONNECT_S, answer_s or CONNECT_S)) | tls_settings(address)
    if address.service:
        sentinel: Any = Sentinel  # untyped in redis-py
        watchers = sentinel(list(address.hosts), sentinel_kwargs=sentinel_settings(address))
        master: redis.Redis = watchers.master_for(address.service, ssl=address.is_secure, **settings)
        return master
    host, port = address.hosts[0]
    kind = redis.SSLConnection if address.is_secure else redis.Connection
    return redis.Redis.from_pool(
        redis.ConnectionPool(connection_class=kind, host=host.strip("[]"), port=port, **settings)
    )


def close_client(client: Any) -> None:
    """Close a client's connections, and those to the Sentinels that it asked."""
    client.close()
    watchers = getattr(client.connection_pool, "sentinel_manager", None)
    if watchers is not None:
        watchers.close()


def tls_settings(address: Address) -> dict[str, Any]:
    """redis-py's settings for TLS, empty where there is none. Certificates and host names are always checked, against
    ``ssl_ca_certs`` or, without it, what this system trusts."""
    if not address.is_secure:
        return {}
    named = {name: address.options[name] for name in TLS_FILES if name in address.options}
    return {"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_check_hostname": True, **named}


def sentinel_settings(address: Address) -> dict[str, Any]:
    """redis-py's settings for talking to the Sentinels themselves: soon on to the next, where one is gone."""
    login = {name.removeprefix("sentinel_"): address.options[name] for name in SECRETS if name in address.options}
    tls = {"ssl": True, **tls_settings(address)} if address.is_secure else {}
    return {"socket_timeout": SENTINEL_S, **over_tcp(SENTINEL_S), **never_again(), **login, **tls}


def over_tcp(connect_s: float = CONNECT_S) -> dict[str, Any]:
    """redis-py's settings for a network in which hosts vanish."""
    return {"socket_connect_timeout": connect_s, "socket_keepalive": True, "socket_keepalive_options": KEPT_ALIVE}


def never_again() -> dict[str, Any]:
    """redis-py's settings for a command that is sent once, whatever comes of it."""
    return {"retry": Retry(NoBackoff(), 0), "retry_on_error": []}


def _login(address: Address) -> dict[str, str]:
    found = {"username": address.user, "password": address.password}
    return {name: value for name, value in found.items() if value}
