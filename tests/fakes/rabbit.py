"""A RabbitMQ of our own on loopback: a node, an epmd and files for one test run, and nothing of the system's service."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Self

from kombu import Connection, pools

from tests.fakes.ports import free_ports
from tests.fakes.servers import CERTIFICATE, KEY
from tests.fakes.waiting import wait_until

SCRIPT = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  # Debian's own one becomes another user
IS_HERE = SCRIPT.exists() and shutil.which("epmd") is not None
READY_S = 90
STOP_S = 30


class Rabbit:
    """A context manager, on ``port`` and through TLS on ``tls_port``. ``kill`` is kill -9, ``start`` starts the node again on the same files."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.port, self.tls_port, self.dist_port, self.epmd_port = free_ports(4)
        self.node: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    def __enter__(self) -> Self:
        self.directory.mkdir(exist_ok=True)
        (self.directory / "rabbitmq.conf").write_text(
            f"listeners.ssl.1 = 127.0.0.1:{self.tls_port}\n"
            f"ssl_options.certfile = {CERTIFICATE}\n"
            f"ssl_options.keyfile = {KEY}\n"
        )
        (self.directory / "plugins").write_text("[].")
        cookie = self.directory / ".erlang.cookie"
        cookie.write_text("A" * 20)
        cookie.chmod(0o400)
        command = ["epmd", "-port", str(self.epmd_port), "-address", "127.0.0.1"]
        self.epmd = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self.node is not None and self.node.poll() is None:
            self.stop()
        self.epmd.kill()
        self.epmd.wait()

    def start(self) -> None:
        with (self.directory / "node.log").open("ab") as log:
            self.node = subprocess.Popen(
                [SCRIPT], env=self._environ(), cwd=self.directory, stdout=log, stderr=log, start_new_session=True
            )
        wait_until(self._answers, READY_S, 0.2)

    def stop(self) -> None:
        """End the node in order."""
        assert self.node is not None
        os.killpg(self.node.pid, signal.SIGTERM)
        try:
            self.node.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End the node as a power cut does."""
        assert self.node is not None
        os.killpg(self.node.pid, signal.SIGKILL)
        self.node.wait()

    def delete(self, *queues: str) -> None:
        """Delete queues and their exchanges; the connections of this process would believe that they are there still."""
        pools.reset()
        with Connection(self.url) as connection, connection.channel() as channel:
            for queue in queues:
                channel.queue_delete(queue)
                channel.exchange_delete(queue)

    def waiting(self, queue: str) -> int:
        """How many messages are in a queue that nobody has in hand."""
        with Connection(self.url) as connection, connection.channel() as channel:
            return int(channel.queue_declare(queue, passive=True).message_count)

    def consumers(self, queue: str) -> int:
        """How many read a queue."""
        with Connection(self.url) as connection, connection.channel() as channel:
            return int(channel.queue_declare(queue, passive=True).consumer_count)

    def _answers(self) -> bool:
        assert self.node is not None
        assert self.node.poll() is None, (self.directory / "node.log").read_text()[-2000:]
        try:
            with Connection(self.url, connect_timeout=2) as connection:
                connection.connect()
        except (OSError, *Connection(self.url).connection_errors):
            return False
        return True

    def _environ(self) -> dict[str, str]:
        here = str(self.directory)
        return {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": here,
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self.epmd_port),
            "RABBITMQ_CONFIG_FILE": f"{here}/rabbitmq.conf",
            "RABBITMQ_CONF_ENV_FILE": f"{here}/none",
            "RABBITMQ_DIST_PORT": str(self.dist_port),
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{here}/plugins",
            "RABBITMQ_LOG_BASE": f"{here}/log",
            "RABBITMQ_MNESIA_BASE": f"{here}/mnesia",
            "RABBITMQ_NODENAME": f"ordercast{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +S 2:2",
        }
