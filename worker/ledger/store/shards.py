"""A ledger that is split by order over several stores: which order lives where, and that each store is what it is taken
for.

The first shard is the ledger's own store: it keeps the receipts, the reader's lease, what adapters share, and who has
how much of each provider's gate (``lending``). Each of the others is a ledger of its own orders under a tag of its own,
so that several may begin on one server.
"""

from __future__ import annotations

import heapq
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar
from zlib import crc32

from worker.errors import ConfigError, LeaseLost, OrdercastError, ShardAway, StoreUnreachable
from worker.ledger.store.client import ANSWER_S, Store, other_number, shown, text
from worker.ledger.store.keys import tag_of

Came = TypeVar("Came")
Item = TypeVar("Item")

HURRIED_S = 1.5
"""How long the reader of the intake queue waits for a further shard: well below the time of its own lease."""

AT_ONCE = 8
WHY = {
    "shard": "it is shard {what} of the ledger: the addresses keep their order for ever",
    "ledger": "it is a shard of another ledger",
    "lost": "it was a part of this ledger, and is empty now, or another server: bring its files back",
}


def shard_of(order: str, shards: int) -> int:
    """Where the order of this digest lives, of so many shards. The same for ever."""
    return crc32(order.encode()) % shards


def runner_address(provider: str, shard: int) -> str:
    """Where a runner is wanted, in one word: the provider, with its shard where that is not the first."""
    return f"{provider}#{shard}" if shard else provider


def read_runner_address(text: str) -> tuple[str, int]:
    """Provider and shard of such a word."""
    provider, _, shard = text.partition("#")
    return provider, int(shard or 0)


def open_store(url: str, further: Sequence[str] = ()) -> Store:
    """The ledger's store, with its ``shards`` where it has any. Connects when it is used."""
    if not further:
        return Store(url)
    shards = tuple(Shard(address, number) for number, address in enumerate((url, *further)))
    for shard in shards:
        shard.shards = shards
        shard.hurried.shards = shards
    return shards[0]


class Shard(Store):
    """One store of several that make one ledger. ``hurried`` is the same one for those who cannot wait long for it.

    A connection to one that is not what it is taken for raises ``ConfigError`` before anything is written there.
    """

    def __init__(self, url: str, number: int, *, answer_s: float = ANSWER_S) -> None:
        super().__init__(url, tag_of(number), answer_s=answer_s)
        self.number = number
        if number:
            self._place = self._place._replace(what=f"Shard {number}", setting="[store] shards")
        self.hurried = self if answer_s <= HURRIED_S else Shard(url, number, answer_s=HURRIED_S)
        self._ledger = ""

    def close(self) -> None:
        super().close()
        if self.hurried is not self:
            self.hurried.close()

    def _join(self, connection: Any) -> None:
        joined = self._ledger or self._joined_before()
        ledger = joined or (self._ledger_id() if self.number else secrets.token_hex(8))
        answer = self._said(connection, "join", self.number, len(self.shards), ledger, int(bool(joined)))
        word, what = (text(part) for part in answer)
        if word == "of":
            raise other_number(self.url, int(what), len(self.shards))
        if word != "joined":
            said = f"{shown(self.url)} cannot be shard {self.number}: {WHY[word].format(what=what)}"
            raise ConfigError([f"store.shards: {said}"])
        if self.number and not joined:
            self._of_first("hset", f"joined:{self.number}", what)
        self._ledger = what

    def _joined_before(self) -> str:
        """The ledger's id where the first shard remembers that this one has joined, else nothing."""
        return text(self._of_first("hget", f"joined:{self.number}")) if self.number else ""

    def _ledger_id(self) -> str:
        return text(self._of_first("hget", "ledger"))

    def _of_first(self, command: str, *arguments: str) -> Any:
        first = self.shards[0]
        with first.errors():
            return getattr(first.client, command)(first.keys.key("split"), *arguments)


def hurried(store: Store) -> list[Store]:
    """All shards, for whoever cannot wait long for any of them."""
    return [shard.hurried if isinstance(shard, Shard) else shard for shard in store.shards]


def reach_shards(store: Store) -> None:
    """Make sure of all shards, as far as they answer. Raises ``ConfigError`` for one that is not what it is taken for,
    and ``StoreUnreachable`` where the first one does not answer."""
    store.now_ms()
    for shard in store.shards[1:]:
        with suppress(StoreUnreachable):
            shard.now_ms()


class Shards:
    """All stores of one ledger, for whoever reads or writes any of it: one store is a list of one.

    A shard counts its own arrivals; people see one number, which tells the shard as well. With ``is_hurried`` the
    further shards are those for who cannot wait long (see ``HURRIED_S``).
    """

    def __init__(self, store: Store, *, is_hurried: bool = False) -> None:
        further = hurried(store)[1:] if is_hurried else store.shards[1:]
        self.all: tuple[Store, ...] = (store.shards[0], *further)

    def __iter__(self) -> Iterator[Store]:
        return iter(self.all)

    def __len__(self) -> int:
        return len(self.all)

    @property
    def first(self) -> Store:
        """The ledger's own store, with what there is once only."""
        return self.all[0]

    def of(self, order: str) -> Store:
        """The shard in which the order of this digest lives."""
        return self.all[shard_of(order, len(self.all))]

    def number(self, shard: Store, seq: int) -> int:
        """The number that people see of a shard's arrival. Within a shard a later arrival has the higher one."""
        return seq * len(self.all) + shard.number

    def numbered(self, number: int) -> tuple[Store, int]:
        """The shard, and the number there."""
        return self.all[number % len(self.all)], number // len(self.all)

    def asked(self, call: Callable[[Store], Came]) -> dict[int, Came | OrdercastError]:
        """What comes of a call to each, as a value or an error of ours."""
        return at_once({shard.number: partial(call, shard) for shard in self.all})

    def each(self, call: Callable[[Store], Came]) -> list[Came]:
        """What comes of a call to each. Raises as ``all_came`` does, when every call has ended."""
        return list(all_came(self.asked(call)).values())

    def merged(
        self, call: Callable[[Store], Iterator[Item]], key: Callable[[Item], Any]
    ) -> Iterator[tuple[Store, Item]]:
        """What each shard tells in falling order of ``key``, as one such list, each with its shard."""

        def told(shard: Store) -> Iterator[tuple[Store, Item]]:
            return ((shard, item) for item in call(shard))

        return heapq.merge(*map(told, self.all), key=lambda pair: key(pair[1]), reverse=True)


def at_once(calls: Mapping[int, Callable[[], Came]]) -> dict[int, Came | OrdercastError]:
    """What comes of a call to each of several shards, all at the same time, as a value or an error of ours."""
    if len(calls) <= 1:  # no threads for a ledger that is not split
        return {shard: _kept(call) for shard, call in calls.items()}
    with ThreadPoolExecutor(AT_ONCE, "ordercast-shard") as pool:
        waited = {shard: pool.submit(_kept, call) for shard, call in list(calls.items())[1:]}
        came = {shard: _kept(call) for shard, call in list(calls.items())[:1]}
        return came | {shard: future.result() for shard, future in waited.items()}


def all_came(came: Mapping[int, Came | OrdercastError]) -> dict[int, Came]:
    """The values, where there is no error among them. Raises the first error there is; of a further shard that does not
    answer, or in which its reader has not taken the lease yet, ``ShardAway``."""
    for shard, error in sorted((shard, found) for shard, found in came.items() if isinstance(found, OrdercastError)):
        if shard and isinstance(error, StoreUnreachable | LeaseLost):
            told = "" if str(error).startswith(f"Shard {shard} ") else f"Shard {shard}: "
            raise ShardAway(f"{told}{error}", word=getattr(error, "word", "")) from error
        raise error
    return {shard: found for shard, found in came.items() if not isinstance(found, OrdercastError)}


def _kept(call: Callable[[], Came]) -> Came | OrdercastError:
    try:
        return call()
    except OrdercastError as error:
        return error
