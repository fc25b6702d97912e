"""Serves the web with gunicorn: one process, many threads, which all wait for the store most of the time."""

from __future__ import annotations

import gc
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication

from schemas.config import OFF, Config
from schemas.principal import Face, Principal, Role
from worker import embedded
from worker.dispatch import Dispatcher
from worker.errors import ConfigError
from worker.ledger.store.client import Store
from worker.ledger.store.shards import open_store, reach_shards
from worker.log import get as get_logger
from worker.log import keep_secret
from worker.ops.desk.access import Access
from worker.ops.desk.addresses import web_address
from worker.ops.desk.desk import Desk
from worker.ops.desk.oidc_fitness import oidc_problems
from worker.ops.local.desk_socket import listening
from worker.ops.web.app import create_app
from worker.ops.web.wording import WebWording
from worker.settings.configfile import ConfigFile

FIRST_ADMIN = "admin"
TIMEOUT_S = 60
GRACEFUL_S = 20
LONGEST_LINE = 8190

log = get_logger("ordercast.web")


class _Server(BaseApplication):
    def __init__(self, options: dict[str, Any], make: Callable[[], Any]) -> None:
        self.options = options
        self.make = make
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """In the process that serves, after the fork: connections are its own.

        What is there by now stays: the garbage collector is not to look through it again and again, which made one
        request of thirty 40 ms longer.
        """
        app = self.make()
        gc.collect()
        gc.freeze()
        return app


def serve(config: Config, file: str | None, say: Callable[[str], None], listener: int | None = None) -> None:
    """Serve until SIGTERM or SIGINT. The embedded store is held for as long. ``listener`` is the descriptor of a socket
    that listens already. Raises ``StoreUnreachable``, and ``CannotListen`` where [web] listen is taken."""
    if config.web.listen == OFF and listener is None:
        raise ConfigError(["web.listen: is off: set an address at which to serve, such as 127.0.0.1:8720"])
    if problems := oidc_problems(config.web):
        raise ConfigError(problems)
    bound = socket.socket(fileno=listener) if listener is not None else listening(config.web.listen)
    held = embedded.hold(Path(config.store.dir)) if config.store.url is None else None
    url = config.store.url or (held.url if held else "")
    if config.web.oidc:
        keep_secret(config.web.oidc.client_secret.reveal())
    try:
        store = _open(config, url)
        if config.web.passwords and (link := first_link(Access(store), web_address(config.web))):
            say(f"Nobody can log in yet. Open this to become the first admin; it is good once, for a day:\n  {link}")
        for shard in store.shards:
            shard.close()
        say(f"The desk is at {web_address(config.web)}")
        _Server(_options(config, bound.detach()), lambda: create_app(_desk(config, url, file), config)).run()
    finally:
        bound.close()
        if held is not None:
            held.close()


def first_link(access: Access, address: str) -> str | None:
    """The link at which the first admin chooses a password; ``None`` where somebody can log in."""
    users = access.users
    if any(user.has_password for user in users.listed()):
        return None
    by = Principal("the first start", Role.ADMIN, Face.WEB)
    if users.get(FIRST_ADMIN) is None:
        return f"{address}/welcome/{access.add_user(FIRST_ADMIN, Role.ADMIN, by=by)}"
    return f"{address}/welcome/{access.invite_again(FIRST_ADMIN, by=by)}"


def _open(config: Config, url: str) -> Store:
    store = open_store(url, config.store.shards)
    if config.store.shards:
        reach_shards(store)
    return store


def _desk(config: Config, url: str, file: str | None) -> Desk:
    broker_url = config.store.broker_url or url
    dispatcher = Dispatcher(broker_url, config.providers, is_store=broker_url == url)
    return Desk(
        _open(config, url),
        config,
        dispatcher.call_runners,
        WebWording(),
        file=ConfigFile.here(file).name,
        embedded=config.store.url is None,
    )


def _options(config: Config, listener: int) -> dict[str, Any]:
    return {
        "bind": f"fd://{listener}",
        "worker_class": "gthread",
        "workers": 1,
        "threads": config.web.threads,
        "timeout": TIMEOUT_S,
        "graceful_timeout": GRACEFUL_S,
        "limit_request_line": LONGEST_LINE,
        "loglevel": "warning",
        "proc_name": "ordercast-web",
        "control_socket_disable": True,
        "worker_tmp_dir": "/dev/shm" if sys.platform == "linux" else None,  # noqa: S108  gunicorn's heart, see its FAQ
    }
