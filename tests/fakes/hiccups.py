"""Each made for real, for as long as a ``with`` lasts: a server that answers, and not what it was asked."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
import redis

from tests.fakes.ports import free_ports
from tests.fakes.servers import Server
from tests.fakes.waiting import wait_until
from worker.errors import StoreUnreachable


@contextmanager
def set_to(server: Server, setting: str, value: str, after: str) -> Iterator[None]:
    with server.client() as client:
        client.config_set(setting, value)
        try:
            yield
        finally:
            client.config_set(setting, after)


def without_replicas(server: Server) -> AbstractContextManager[None]:
    """NOREPLICAS."""
    return set_to(server, "min-replicas-to-write", "1", "0")


def without_memory(server: Server) -> AbstractContextManager[None]:
    """OOM."""
    return set_to(server, "maxmemory", "1", "0")


@contextmanager
def replica(server: Server) -> Iterator[None]:
    """READONLY: of a master that is never there, so that it keeps what it has."""
    with server.client() as client:
        client.replicaof("127.0.0.1", free_ports(1)[0])
        try:
            yield
        finally:
            client.replicaof("NO", "ONE")


@contextmanager
def orphan(server: Server) -> Iterator[None]:
    """MASTERDOWN for what reads, READONLY for what writes."""
    with replica(server), set_to(server, "replica-serve-stale-data", "no", "yes"):
        yield


@contextmanager
def held_up(server: Server) -> Iterator[None]:
    """BUSY: somebody's script that does not end."""

    def spin() -> None:
        with server.client() as client, suppress(redis.ResponseError, redis.TimeoutError):
            client.eval("while true do end", 0)

    spinning = threading.Thread(target=spin)
    with set_to(server, "busy-reply-threshold", "20", "5000"), server.client() as client:
        spinning.start()
        wait_until(lambda: is_busy(client))
        try:
            yield
        finally:
            client.script_kill()
            spinning.join()


def is_busy(client: redis.Redis) -> bool:
    try:
        client.ping()
    except redis.ResponseError as error:
        return str(error).startswith("BUSY")
    return False


@contextmanager
def forbidden(server: Server, less: str = "resetkeys", again: str = "~*") -> Iterator[None]:
    """NOPERM, for whoever has no user of his own."""
    with server.client() as client:
        client.execute_command("ACL", "SETUSER", "default", *less.split())
        try:
            yield
        finally:
            client.execute_command("ACL", "SETUSER", "default", *again.split())


def without_rights_to_write(server: Server) -> AbstractContextManager[None]:
    """NOPERM, at Redis 7.0 ERR where a step is asked for: whoever has no user of his own may read only."""
    return forbidden(server, less="-@write", again="+@all")


@contextmanager
def unable_to_save(server: Server) -> Iterator[None]:
    """MISCONF: a directory is where its snapshot would go."""
    (server.directory / "dump.rdb").unlink(missing_ok=True)
    (server.directory / "dump.rdb").mkdir()
    with set_to(server, "save", "3600 1", ""), server.client() as client:
        client.bgsave()
        wait_until(lambda: client.info("persistence")["rdb_last_bgsave_status"] == "err")
        try:
            yield
        finally:
            (server.directory / "dump.rdb").rmdir()
            client.bgsave()
            wait_until(lambda: client.info("persistence")["rdb_last_bgsave_status"] == "ok")


@contextmanager
def locked(server: Server) -> Iterator[None]:
    """NOAUTH, or WRONGPASS for who names another password."""
    with server.client() as client:
        client.config_set("requirepass", "hunter3")
        client.execute_command("AUTH", "hunter3")
        try:
            yield
        finally:
            client.config_set("requirepass", "")


@contextmanager
def cluster(directory: Path) -> Iterator[tuple[Server, Server]]:
    """A cluster of two: the first node has the slot of the ledger's keys, the second all others but one.

    Of the one that the first has besides: a node whose last slot moves away becomes a replica of whoever took it.
    """
    ports = free_ports(2)
    modes = [{"cluster-enabled": "yes", "cluster-node-timeout": "500", "cluster-port": str(port)} for port in ports]
    with Server(directory / "here", **modes[0]) as here, Server(directory / "there", **modes[1]) as there:
        with here.client() as one, there.client() as two:
            slot = one.execute_command("CLUSTER", "KEYSLOT", "{ordercast}")
            one.execute_command("CLUSTER", "ADDSLOTS", slot, slot + 1)
            two.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, slot - 1, slot + 2, 16383)
            one.execute_command("CLUSTER", "MEET", "127.0.0.1", there.port, ports[1])
            for node in (one, two):
                wait_until(lambda node=node: b"cluster_state:ok" in node.execute_command("CLUSTER", "INFO"), 20)
        yield here, there


@contextmanager
def mumbler(answer: bytes) -> Iterator[str]:
    """A server's address that says the same to whatever it is asked."""
    with socket.create_server(("127.0.0.1", 0)) as listening, ExitStack() as lines:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    line = lines.enter_context(listening.accept()[0])
                    threading.Thread(target=mumble, args=(line,), daemon=True).start()

        def mumble(line: socket.socket) -> None:
            with suppress(OSError):
                while line.recv(65536):
                    line.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        yield f"redis://127.0.0.1:{listening.getsockname()[1]}/0"
        listening.shutdown(socket.SHUT_RDWR)


def refused(asked: Callable[[], object]) -> StoreUnreachable:
    """What a call that has to fail at the store ends in."""
    with pytest.raises(StoreUnreachable) as caught:
        asked()
    return caught.value
