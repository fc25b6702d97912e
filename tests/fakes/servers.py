"""Valkey and Redis servers of our own on loopback ports: stores, brokers, replicas, Sentinels, servers that speak TLS."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Self

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.fakes.ports import free_ports
from tests.fakes.waiting import wait_until
from worker.embedded import server

ROOT = Path(__file__).parents[2]
CERTIFICATE = ROOT / "tests/data/tls/localhost-cert.pem"
KEY = ROOT / "tests/data/tls/localhost.pem"
DEBIANS = shutil.which("redis-server")
"""Speaks TLS, which the embedded Valkey does not."""


class Server:
    """A context manager. ``kill`` is kill -9, ``start`` starts it again on the same files and port."""

    def __init__(self, directory: Path, **settings: str) -> None:
        directory.mkdir()
        [self.port] = free_ports(1)
        self.directory = directory
        self.settings = server.SETTINGS | {"port": str(self.port), "dir": str(directory)} | settings
        self.running: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        assert self.running is not None
        if self.running.poll() is None:
            server.stop(self.running)

    def start(self) -> None:
        with (self.directory / "log").open("ab") as log:
            self.running = subprocess.Popen(self._command(), stdout=log, stderr=log)
        wait_until(self._answers, 20)

    def kill(self) -> None:
        assert self.running is not None
        self.running.kill()
        self.running.wait()

    def client(self) -> redis.Redis:
        return redis.Redis(port=self.port, retry=Retry(NoBackoff(), 0))

    def _command(self) -> list[str]:
        options = [part for name, value in self.settings.items() for part in (f"--{name}", value)]
        return [str(server.server_binary()), *options]

    def _answers(self) -> bool:
        assert self.running is not None
        assert self.running.poll() is None, (self.directory / "log").read_text()[-1000:]
        with self.client() as client:
            try:
                return bool(client.ping())
            except redis.RedisError:
                return False


class RedisServer(Server):
    """Debian's redis-server, which is Redis 7.0: the oldest that is good enough."""

    def _command(self) -> list[str]:
        return [str(DEBIANS), *super()._command()[1:]]


class Watcher(Server):
    """A Sentinel that watches one master under the name ``mymaster``, and is quick to believe that it is gone."""

    def __init__(self, directory: Path, master: Server) -> None:
        super().__init__(directory)
        lines = [
            f"port {self.port}",
            f"dir {directory}",
            f"sentinel monitor mymaster 127.0.0.1 {master.port} 1",
            "sentinel down-after-milliseconds mymaster 500",
            "sentinel failover-timeout mymaster 3000",
        ]
        (directory / "sentinel.conf").write_text("\n".join(lines))

    def _command(self) -> list[str]:
        return [str(server.server_binary()), str(self.directory / "sentinel.conf"), "--sentinel"]


class SecureServer(Server):
    """Debian's redis-server, speaking TLS only, with a certificate for ``localhost`` that only ``CERTIFICATE`` trusts."""

    def __init__(self, directory: Path, **settings: str) -> None:
        named = {"tls-cert-file": str(CERTIFICATE), "tls-key-file": str(KEY), "tls-auth-clients": "no"}
        super().__init__(directory, requirepass="hunter2", **named, **settings)
        self.settings |= {"port": "0", "tls-port": str(self.port)}

    @property
    def url(self) -> str:
        return f"rediss://:hunter2@localhost:{self.port}/0?ssl_ca_certs={CERTIFICATE}"

    def client(self) -> redis.Redis:
        trust = {"ssl": True, "ssl_ca_certs": str(CERTIFICATE)}
        return redis.Redis("localhost", self.port, password="hunter2", retry=Retry(NoBackoff(), 0), **trust)

    def _command(self) -> list[str]:
        return [str(DEBIANS), *super()._command()[1:]]
