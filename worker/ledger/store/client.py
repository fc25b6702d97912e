"""The one connection to the store: steps run by name, redis' errors turned into ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from redis.exceptions import RedisError, ResponseError

from schemas.address import BadAddress, read_address
from worker.errors import ConfigError, OrdercastError
from worker.ledger.store.addresses import close_client, make_client
from worker.ledger.store.answers import NONSENSE, ours
from worker.ledger.store.batching import GroupCommit
from worker.ledger.store.connection_cache import ConnectionCache
from worker.ledger.store.keys import DEFAULT_TAG, Keys
from worker.ledger.store.library import clock_is_set_by_hand, library
from worker.ledger.store.silence import Place

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
        host = f"[{host}]" if ":" in host else host
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
    epoch step goes before anything else; ``epoch`` is what it said. Where the server refuses that step (a replica, one
    that takes no writes now), the connection may be read from, and the step is asked again before any other.
    ``is_ledger`` is False for a broker, which is no concern of the steps.
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
        handshake = {"redis_connect_func": self._handshake} if is_ledger else {}
        # Any: redis-py's types cannot tell text from bytes; with decode_responses off all answers are bytes.
        address = read_address(url)
        self._place = Place("The store", address, "[store] url")
        if not is_ledger:
            self._place = Place("The broker", address, "[store] broker_url")
        self._unmet: set[Any] = set()
        self.client: Any = make_client(address, answer_s=answer_s, max_connections=max_connections, **handshake)
        self._waiting: Any = make_client(address, answer_s=None, max_connections=max_connections)
        self._connections = ConnectionCache(self.client.connection_pool)
        self._waiters = ConnectionCache(self._waiting.connection_pool)
        self.settling = GroupCommit(self._settle)

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
        return self._met(lambda connection: _say(connection, *command))

    def _met(self, use: Callable[[Any], Any]) -> Any:
        """What comes of using a kept connection, to a server that has been met."""

        def use_it(connection: Any) -> Any:
            if self._unmet and connection in self._unmet:
                self._meet(connection)
            return use(connection)

        return _over(self._connections, use_it)

    def run_each(self, step: str, calls: list[tuple[Any, ...]]) -> list[Any]:
        """The answers of one step for many argument lists, each atomic by itself, in one round trip and in order."""
        if not calls:
            return []
        with self.errors():
            answers = self._said_at_once(step, calls)
            if any(isinstance(answer, ResponseError) and _NOT_FOUND in str(answer) for answer in answers):
                self.load()
                answers = self._said_at_once(step, calls)
            for answer in answers:
                if isinstance(answer, Exception):
                    raise answer
            return answers

    def _said_at_once(self, step: str, calls: list[tuple[Any, ...]]) -> list[Any]:
        head = ("FCALL", self._library.functions[step], 1, self.tag)
        answers: list[Any] = self._met(lambda connection: _say_each(connection, [(*head, *call) for call in calls]))
        return answers

    def load(self) -> None:
        """Give the store the steps of this version, where it has not got them."""
        with self.errors():
            self._met(self._load_over)

    def _load_over(self, connection: Any) -> None:
        try:
            _say(connection, "FUNCTION", "LOAD", self._library.text)
        except ResponseError as error:
            if _EXISTS not in str(error):
                raise

    def _handshake(self, connection: Any) -> None:
        """A new connection's first words. On a server that is another than before, nothing else may come first."""
        try:
            connection.on_connect()
            self._try_to_meet(connection)
        except BaseException:
            connection.disconnect()  # redis-py would keep it, and ask nothing the next time
            raise

    def _try_to_meet(self, connection: Any) -> None:
        """Where the server will not, the connection may be read from."""
        try:
            self._meet(connection)
        except ResponseError:
            self._unmet.add(connection)

    def _meet(self, connection: Any) -> None:
        found = _RUN_ID.search(_say(connection, "INFO", "server"))
        server = found.group(1) if found else b""
        if server != self._known_server:
            self._join(connection)
            number, at_ms, _, shards = map(int, self._said(connection, "epoch", server, len(self.shards)))
            if shards != len(self.shards):
                raise other_number(self.url, shards, len(self.shards))
            self.epoch = Epoch(number, at_ms)
            self._known_server = server
        self._unmet.discard(connection)

    def _join(self, connection: Any) -> None:
        """Make sure that this is the shard it is taken for, before anything is written; the only one is no shard."""

    def _said(self, connection: Any, step: str, *arguments: Any) -> Any:
        """A step's answer over this connection. Asked before the library is loaded: a node of a cluster that has not
        got our keys says so, and is not written to."""
        call = ("FCALL", self._library.functions[step], 1, self.tag, *arguments)
        try:
            return _say(connection, *call)
        except ResponseError as error:
            if _NOT_FOUND not in str(error):
                raise
        self._load_over(connection)
        return _say(connection, *call)

    def refusal(self) -> OrdercastError | None:
        """Why the server takes nothing at present, ``None`` where it does: it may be read from all the same.

        Asked by a write of nothing, which leaves no key. A step says less: the server lets most go on when it is full,
        and a step that finds nothing to write is refused nothing.
        """
        try:
            with self.errors():
                # redis-py connects anew where the server was started again; over a kept connection it would seem away
                self.client.setrange(self.keys.key("full"), 0, "")
                if self._unmet:
                    self._met(lambda _: None)
        except OrdercastError as error:
            return error
        return None

    def now_ms(self) -> int:
        """The store's clock in milliseconds."""
        with self.errors():
            seconds, micros = self.client.time()
            micros = int(seconds) * 1_000_000 + int(micros)
            if clock_is_set_by_hand():  # as scripts/lib/clock.lua has it
                offset, slow_from = self.client.hmget(self.keys.key("epoch"), "clock", "slow_from")
                begun = int(slow_from or micros)
                micros = begun + (micros - begun) // 10 + int(offset or 0) * 1000
        return micros // 1000

    def wait_for(self, name: str, wait_s: float) -> bool:
        """True as soon as something is pushed to the list ``name``, False after ``wait_s`` seconds."""
        with self.errors():
            return _over(self._waiters, lambda connection: _say(connection, "BLPOP", name, wait_s)) is not None

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turns redis' errors into ours, with the address and without the password (see ``answers``)."""
        try:
            yield
        except (RedisError, OSError, *NONSENSE) as error:
            raise ours(error, self._place) from error

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


def _over(cache: ConnectionCache, use: Callable[[Any], Any]) -> Any:
    connection = cache.take()
    try:
        came = use(connection)
    except BaseException:
        cache.give_up(connection)
        raise
    cache.keep(connection)
    return came


def _say(connection: Any, *command: Any) -> Any:
    connection.send_command(*command, check_health=False)
    # a Sentinel's connection would else be kept after an answer that did not come, and give it to the next who asks
    return connection.read_response(disconnect_on_error=True)


def _say_each(connection: Any, commands: list[tuple[Any, ...]]) -> list[Any]:
    """The answers in order, an error of the server's in its place."""
    connection.send_packed_command(connection.pack_commands(commands), check_health=False)
    return [_answer(connection) for _ in commands]


def _answer(connection: Any) -> Any:
    try:
        return connection.read_response(disconnect_on_error=True)
    except ResponseError as error:
        return error


def text(value: bytes | None) -> str:
    """A stored text, empty where there is none."""
    return value.decode() if value else ""
