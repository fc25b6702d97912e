"""The one connection to the store: steps run by name, redis' errors turned into ours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from redis.exceptions import OutOfMemoryError, RedisError, ResponseError

from schemas.address import BadAddress, read_address
from worker.errors import ConfigError, OrdercastError, StoreFull, StoreUnreachable
from worker.ledger.clients import close_client, make_client, why
from worker.ledger.gathering import Gathering
from worker.ledger.keys import DEFAULT_TAG, Keys
from worker.ledger.library import clock_is_set_by_hand, library
from worker.ledger.spares import Spares

ANSWER_S = 30.0
_RUN_ID = re.compile(rb"run_id:(\w+)")
_EXISTS = "already exists"
_NOT_FOUND = "Function not found"


def shown(url: str) -> str:
    """A server's address as it may be printed: without user, password and query."""
    try:
        return read_address(url).shown
    except BadAddress:
        parts = urlsplit(url)
        host = parts.hostname or ""
        place = f"{host}:{parts.port}" if parts.port else host
        return f"{parts.scheme}://{place}{parts.path}"


class Epoch(NamedTuple):
    """A life of the store, from a start or a failover to the next. ``began_ms`` is by the store's clock, 0 where the
    ledger held no event when it began: then nothing can have been forgotten."""

    number: int
    began_ms: int


class Store:
    """A client of the store that never repeats a command by itself.

    ``run`` is safe to call again with the same arguments only for steps that are idempotent by token. Every new
    connection first looks which server it has come to: on one that this client does not know (restart, failover) the
    epoch step goes before anything else; ``epoch`` is what it said. ``is_ledger`` is False for a broker, which is no
    concern of the steps.
    ``shards`` are all that make the ledger, this one among them by its ``number``; here it is the only one.
    ``settling`` runs the settle step for many threads at once.
    """

    number = 0

    def __init__(
        self,
        url: str,
        tag: str = DEFAULT_TAG,
        *,
        max_connections: int = 256,
        is_ledger: bool = True,
        answer_s: float = ANSWER_S,
    ) -> None:
        self.shards: tuple[Store, ...] = (self,)
        self.url = url
        self.tag = tag
        self.keys = Keys(tag)
        self._known_server = b""
        self.epoch = Epoch(0, 0)
        self._library = library()
        greet = {"redis_connect_func": self._greet} if is_ledger else {}
        # Any: redis-py's types cannot tell text from bytes; with decode_responses off all answers are bytes.
        self._address = read_address(url)
        self.client: Any = make_client(self._address, answer_s=answer_s, max_connections=max_connections, **greet)
        self._waiting: Any = make_client(self._address, answer_s=None, max_connections=max_connections)
        self._spares = Spares(self.client.connection_pool)
        self._waiters = Spares(self._waiting.connection_pool)
        self.settling = Gathering(self._settle)

    def run(self, step: str, *arguments: Any) -> Any:
        """The answer of a step. Raises ``StoreUnreachable`` (it may have been done) or ``StoreFull`` (it was not)."""
        with self.errors():
            try:
                return self._asked("FCALL", self._library.functions[step], 1, self.tag, *arguments)
            except ResponseError as error:
                if _NOT_FOUND not in str(error):
                    raise
                self.load()
                return self._asked("FCALL", self._library.functions[step], 1, self.tag, *arguments)

    def _settle(self, calls: Sequence[tuple[object, ...]]) -> Any:
        return self.run("settle", *chain.from_iterable(calls))

    def _asked(self, *command: Any) -> Any:
        """One command's answer, over a kept connection: half the CPU of redis-py's own way round its retries."""
        return _over(self._spares, *command)

    def run_each(self, step: str, calls: list[tuple[Any, ...]]) -> list[Any]:
        """The answers of one step for many argument lists, each atomic by itself, in one round trip and in order."""
        with self.errors():
            answers = self._pipelined(step, calls)
            if any(isinstance(answer, ResponseError) and _NOT_FOUND in str(answer) for answer in answers):
                self.load()
                answers = self._pipelined(step, calls)
            for answer in answers:
                if isinstance(answer, Exception):
                    raise answer
            return answers

    def _pipelined(self, step: str, calls: list[tuple[Any, ...]]) -> list[Any]:
        with self.client.pipeline(transaction=False) as pipe:
            for arguments in calls:
                pipe.execute_command("FCALL", self._library.functions[step], 1, self.tag, *arguments)
            answers: list[Any] = pipe.execute(raise_on_error=False)
            return answers

    def load(self) -> None:
        """Give the store the steps of this version, where it has not got them."""
        with self.errors():
            try:
                self._asked("FUNCTION", "LOAD", self._library.text)
            except ResponseError as error:
                if _EXISTS not in str(error):
                    raise

    def _greet(self, connection: Any) -> None:
        """A new connection's first words. On a server that is another than before, nothing else may come first."""
        try:
            self._meet(connection)
        except OrdercastError:
            connection.disconnect()  # redis-py would keep it, and ask nothing the next time
            raise

    def _meet(self, connection: Any) -> None:
        connection.on_connect()
        found = _RUN_ID.search(_say(connection, "INFO", "server"))
        server = found.group(1) if found else b""
        if server == self._known_server:
            return
        try:
            _say(connection, "FUNCTION", "LOAD", self._library.text)
        except ResponseError as error:
            if _EXISTS not in str(error):
                raise
        self._join(connection)
        number, at_ms, _, shards = map(int, self._said(connection, "epoch", server, len(self.shards)))
        if shards != len(self.shards):
            raise other_number(self.url, shards, len(self.shards))
        self.epoch = Epoch(number, at_ms)
        self._known_server = server

    def _join(self, connection: Any) -> None:
        """Make sure that this is the shard it is taken for, before anything is written; the only one is no shard."""

    def _said(self, connection: Any, step: str, *arguments: Any) -> Any:
        return _say(connection, "FCALL", self._library.functions[step], 1, self.tag, *arguments)

    def now_ms(self) -> int:
        """The store's clock in milliseconds."""
        with self.errors():
            seconds, micros = self.client.time()
            offset = self.client.hget(self.keys.key("epoch"), "clock") if clock_is_set_by_hand() else 0
        return int(seconds) * 1000 + int(micros) // 1000 + int(offset or 0)

    def wait_for(self, name: str, wait_s: float) -> bool:
        """True as soon as something is pushed to the list ``name``, False after ``wait_s`` seconds."""
        with self.errors():
            return _over(self._waiters, "BLPOP", name, wait_s) is not None

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
            told = why(error, self._address)
            raise StoreUnreachable(f"The store at {self._address.shown} does not answer: {told}") from error

    def close(self) -> None:
        close_client(self.client)
        close_client(self._waiting)


def other_number(url: str, kept: int, named: int) -> ConfigError:
    """The number of shards is for ever: what the ledger keeps, and what the configuration names."""
    verb = "is" if named == 1 else "are"
    said = f"has {_stores(kept)}, and {_stores(named)} {verb} named, [store] url among them"
    return ConfigError([f"store.shards: the ledger at {shown(url)} {said}: name all of them, in their order"])


def _stores(count: int) -> str:
    return "1 store" if count == 1 else f"{count} stores"


def _over(spares: Spares, *command: Any) -> Any:
    connection = spares.take()
    try:
        answer = _say(connection, *command)
    except BaseException:
        spares.give_up(connection)
        raise
    spares.keep(connection)
    return answer


def _say(connection: Any, *command: Any) -> Any:
    connection.send_command(*command, check_health=False)
    # a Sentinel's connection would else be kept after an answer that did not come, and give it to the next who asks
    return connection.read_response(disconnect_on_error=True)


def text(value: bytes | None) -> str:
    """A stored text, empty where there is none."""
    return value.decode() if value else ""
