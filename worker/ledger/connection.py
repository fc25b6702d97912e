"""The one connection to the store: steps run by name, redis' errors turned into ours."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

import redis
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, OutOfMemoryError, RedisError, ResponseError
from redis.retry import Retry

from worker.errors import StoreFull, StoreUnreachable
from worker.ledger.keys import DEFAULT_TAG, Keys, lua_prelude

STEPS = (
    *("accept", "apply", "beat", "bury", "claim", "discard", "forget", "hold", "leave", "link"),
    *("park", "pause", "probed", "reap", "refuse", "renew", "replay", "settle", "shift", "wake"),
)
_MAY_BE_REFUSED_WHEN_FULL = {"accept", "refuse", "replay"}


@cache
def script(step: str) -> str:
    """The whole Lua text of a step: its flags, the key builders, the parts it names, and itself."""
    room = files("worker.ledger") / "scripts"
    text = (room / f"{step}.lua").read_text()
    parts = re.match(r"-- with: ([a-z ]+)\n", text)
    names = parts.group(1).split() if parts else []
    flags = "" if step in _MAY_BE_REFUSED_WHEN_FULL else " flags=allow-oom"
    pieces = [(room / "parts" / f"{name}.lua").read_text() for name in names]
    body = "\n".join([*pieces, text])
    return f"#!lua{flags}\n{lua_prelude(body)}\n{body}"


def shown(url: str) -> str:
    """A store's address as it may be printed: without user, password and query."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    place = f"{host}:{parts.port}" if parts.port else host
    return f"{parts.scheme}://{place}{parts.path}"


class Store:
    """A client of the store that never repeats a command by itself.

    ``run`` is safe to call again with the same arguments only for steps that are idempotent by token. On a server
    that has lost its scripts (restart, failover) the epoch step goes before anything else.
    """

    def __init__(self, url: str, tag: str = DEFAULT_TAG, *, max_connections: int = 256) -> None:
        self.url = url
        self.tag = tag
        self.keys = Keys(tag)
        # Any: redis-py's types cannot tell text from bytes; with decode_responses off all answers are bytes.
        self.client: Any = _client(url, socket_timeout=30, max_connections=max_connections)
        self._waiting: Any = _client(url, socket_timeout=None, max_connections=max_connections)
        self._digests = {step: hashlib.sha1(script(step).encode(), usedforsecurity=False).hexdigest() for step in STEPS}
        self._loading = threading.Lock()

    def run(self, step: str, *arguments: Any) -> Any:
        """The answer of a step. Raises ``StoreUnreachable`` (it may have been done) or ``StoreFull`` (it was not)."""
        with self.errors():
            try:
                return self._asked("EVALSHA", self._digests[step], 1, self.tag, *arguments)
            except NoScriptError:
                self.load()
                return self._asked("EVALSHA", self._digests[step], 1, self.tag, *arguments)

    def _asked(self, *command: Any) -> Any:
        """One command's answer, over a kept connection: half the CPU of redis-py's own way round its retries."""
        pool = self.client.connection_pool
        connection = pool.get_connection()
        try:
            connection.send_command(*command, check_health=False)
            return connection.read_response()
        finally:
            pool.release(connection)

    def run_each(self, step: str, calls: list[tuple[Any, ...]]) -> list[Any]:
        """The answers of one step for many argument lists, each atomic by itself, in one round trip and in order."""
        with self.errors():
            answers = self._pipelined(step, calls)
            if any(isinstance(answer, NoScriptError) for answer in answers):
                self.load()
                answers = self._pipelined(step, calls)
            for answer in answers:
                if isinstance(answer, Exception):
                    raise answer
            return answers

    def _pipelined(self, step: str, calls: list[tuple[Any, ...]]) -> list[Any]:
        with self.client.pipeline(transaction=False) as pipe:
            for arguments in calls:
                pipe.execute_command("EVALSHA", self._digests[step], 1, self.tag, *arguments)
            answers: list[Any] = pipe.execute(raise_on_error=False)
            return answers

    def load(self) -> None:
        """Open the store's epoch, then give it every script. The epoch goes first, so that no other step can run on a
        server that nobody has noticed to be another one."""
        with self._loading, self.errors():
            run_id = self.client.info("server")["run_id"]
            self.client.execute_command("EVAL", script("epoch"), 1, self.tag, run_id)
            with self.client.pipeline(transaction=False) as pipe:
                for step in STEPS:
                    pipe.script_load(script(step))
                pipe.execute()

    def now_ms(self) -> int:
        """The store's clock in milliseconds, with the offset that only tests set."""
        with self.errors():
            seconds, micros = self.client.time()
            offset = self.client.get(self.keys.key("clock_offset"))
        return int(seconds) * 1000 + int(micros) // 1000 + int(offset or 0)

    def wait_for(self, name: str, wait_s: float) -> bool:
        """True as soon as something is pushed to the list ``name``, False after ``wait_s`` seconds."""
        with self.errors():
            return self._waiting.blpop([name], timeout=wait_s) is not None

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turns redis' errors into ours, with the address and without the password."""
        try:
            yield
        except OutOfMemoryError as error:
            raise StoreFull("The store is out of memory; nothing was written.") from error
        except ResponseError:
            raise
        except RedisError as error:
            raise StoreUnreachable(f"The store at {shown(self.url)} does not answer: {error}") from error

    def close(self) -> None:
        self.client.close()
        self._waiting.close()


def _client(url: str, *, socket_timeout: float | None, max_connections: int) -> redis.Redis:
    return redis.Redis.from_url(
        url,
        socket_timeout=socket_timeout,
        socket_connect_timeout=3,
        retry=Retry(NoBackoff(), 0),
        retry_on_error=[],
        max_connections=max_connections,
    )


def text(value: bytes | None) -> str:
    """A stored text, empty where there is none."""
    return value.decode() if value else ""
