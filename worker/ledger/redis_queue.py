"""A Celery queue on a Redis broker, read without kombu's loss window: moved to an in-hand list, dropped when accepted.

kombu pops a message and notes it in a second step; a SIGKILL between the two loses it. Here a message is always in the
queue or in hand. Not responsible for what a message means: that is ``worker.intake.consumer``.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from typing import Any

from redis.exceptions import ResponseError

from worker.clock import Clock, uptime_s
from worker.errors import StoreUnreachable
from worker.ledger.queue_lists import IntakeLists
from worker.ledger.store.client import Store
from worker.ledger.store.shards import Shards, at_once
from worker.log import get as get_logger

LEASE_MS = 5_000
HELD_FOR_SURE_S = 1.0
ALONE_AFTER = 3
"""How many readers must have died with a message in hand before it goes alone."""
COUNTED_S = 7 * 86_400
REST_S = 5.0
"""Between two rounds through the broker's names in search of further lists."""
STEP_S = 0.25
"""Between two looks of one round, where there are many names."""

log = get_logger("ordercast.mailbox")


@dataclass(frozen=True, slots=True)
class RedisMessage:
    """One message as it lies on the broker. ``takeovers`` counts the readers that died with it in hand."""

    raw: bytes
    takeovers: int = 0

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.raw).hexdigest()[:24]


class ReaderLease:
    """The place of an intake queue's one reader: a lease in the ledger, the same in each of its shards. Raises
    ``StoreUnreachable``.

    The first shard's goes first. A further one that is away takes nothing from anybody, so that its lease is not
    needed; when it is back, only who has taken it there may bring anything.

    ``went_well_s`` is when whoever wants it last found that there was nothing to read, had read something to its end,
    or was told that another reads (by ``clock``)."""

    def __init__(self, ledger: Store, queue: str, clock: Clock = uptime_s) -> None:
        self.shards = Shards(ledger, is_hurried=True)
        self._clock = clock
        self.queue = queue
        self.token = secrets.token_hex(8)
        self._asked_s = -HELD_FOR_SURE_S
        self.went_well_s = 0.0

    def hold(self) -> bool:
        """Be the queue's one reader for the next 4 seconds at least, or False where another is.

        The ledger is asked once a second: whoever reads on after its time is over is refused by the steps themselves.
        """
        asked_s = self._clock()
        if asked_s - self._asked_s < HELD_FOR_SURE_S:
            return True
        held = self.shards.first.run("reader_lease", self.queue, self.token, LEASE_MS)
        is_held = bool(held) and 0 not in self._in_further_shards(LEASE_MS)
        self._asked_s = asked_s if is_held else -HELD_FOR_SURE_S
        if not is_held:
            self.go_on()
        return is_held

    def go_on(self) -> None:
        """Note that all is well."""
        self.went_well_s = self._clock()

    def let_go(self) -> None:
        """Give the reader's place to whoever wants it."""
        self._asked_s = -HELD_FOR_SURE_S
        self._in_further_shards(0)
        self.shards.first.run("reader_lease", self.queue, self.token, 0)

    def _in_further_shards(self, lease_ms: int) -> list[object]:
        """What each of them answers, 0 where another holds it there."""
        further = self.shards.all[1:]
        calls = {
            shard.number: partial(shard.run, "reader_lease", self.queue, self.token, lease_ms) for shard in further
        }
        return list(at_once(calls).values())


class Redeliveries:
    """How often readers died with a message in hand, kept in the ledger for a broker that cannot keep it. Raises
    ``StoreUnreachable``."""

    def __init__(self, ledger: Store, queue: str) -> None:
        self.ledger = ledger.shards[0]
        self._key = self.ledger.keys.key("takeovers", queue=queue)

    def count(self, digests: list[str]) -> list[int]:
        """Each one's takeovers, this one counted."""
        with self.ledger.errors(), self.ledger.client.pipeline(transaction=False) as pipe:
            for digest in digests:
                pipe.hincrby(self._key, digest, 1)
            pipe.expire(self._key, COUNTED_S)
            return [int(count) for count in pipe.execute()[:-1]]

    def forget(self, digests: list[str]) -> None:
        """Count them no more: they are accepted, or refused."""
        if digests:
            with self.ledger.errors():
                self.ledger.client.hdel(self._key, *digests)


class RedisIntakeQueue:
    """One intake queue as seen by one would-be reader. ``broker`` and ``ledger`` may be the same store or two;
    ``prefixes`` are what producers put before the names of their lists (kombu's ``global_keyprefix``)."""

    def __init__(self, ledger: Store, broker: Store, queue: str, *, prefixes: Sequence[str] = ()) -> None:
        self.broker = broker
        self.lease = ReaderLease(ledger, queue)
        self.lists = IntakeLists(broker, queue, prefixes)
        self._reader, self._in_hand, self._takeovers = f"{queue}.reader", self.lists.in_hand, f"{queue}.takeovers"
        self._look_at_s = -REST_S
        self._turn = 0
        self._told: set[str] = set()
        room = files("worker.ledger") / "scripts"
        self._take = broker.client.register_script((room / "take.lua").read_text())
        self._drop = broker.client.register_script((room / "drop.lua").read_text())
        self._has_takeovers = False

    def take_over(self) -> list[RedisMessage]:
        """What the reader before us had in hand, oldest first; each counted as taken over once more. Where that was
        ourselves, whom only the store had left, nobody has died of it."""
        with self.broker.errors():
            is_new = self.broker.client.set(self._reader, self.lease.token, get=True) != self.lease.token.encode()
            raw = [bytes(message) for message in self.broker.client.lrange(self._in_hand, 0, -1)][::-1]
            messages = [RedisMessage(message) for message in raw]
            self._has_takeovers = bool(messages)
            more = int(is_new)
            counts = [int(self.broker.client.hincrby(self._takeovers, message.digest, more)) for message in messages]
        return [RedisMessage(message.raw, count) for message, count in zip(messages, suspected(counts), strict=True)]

    def take(self, most: int) -> list[RedisMessage] | None:
        """Up to ``most`` messages, oldest first, now in hand; ``None`` where the queue has another reader. The lists of
        several prefixes take turns at being first."""
        self._look_around()
        plain = self.lists.plain
        self._turn = (self._turn + 1) % len(plain)
        lists = [*plain[self._turn :], *plain[: self._turn], *self.lists.ranked]
        with self.broker.errors():
            taken: list[Any] | None = self._take(
                keys=[self._reader, self._in_hand, *lists], args=[self.lease.token, most, len(plain)]
            )
        if taken == []:
            self.lease.go_on()
        return None if taken is None else [RedisMessage(bytes(message)) for message in taken]

    def wait(self, wait_s: float) -> None:
        """Return when a message of no priority has come, at the latest after ``wait_s`` seconds.

        It is put back where it was in the step that finds it: whoever still waits with a lost place takes nothing.
        """
        queue = self.lists.plain[0]
        with self.broker.errors():
            self.broker.client.blmove(queue, queue, wait_s, "RIGHT", "RIGHT")

    def drop(self, messages: list[RedisMessage]) -> bool:
        """Forget the oldest messages in hand, which these are. False where the queue has another reader."""
        digests = [message.digest for message in messages] if self._has_takeovers else []
        with self.broker.errors():
            keys = [self._reader, self._in_hand, self._takeovers]
            is_dropped = bool(self._drop(keys=keys, args=[self.lease.token, len(messages), *digests]))
        if is_dropped:
            self.lease.go_on()
        return is_dropped

    def close(self) -> None:
        """Nothing to close: what is in hand stays in hand for the next reader."""

    def _look_around(self) -> None:
        """Now and then, look for lists that producers with other settings write to. A broker that does not let us look
        is read all the same."""
        now_s = uptime_s()
        if now_s < self._look_at_s:
            return
        self._look_at_s = now_s + REST_S
        with suppress(StoreUnreachable, ResponseError):
            if not self.lists.look():
                self._look_at_s = now_s + STEP_S
                return
            unread = self.lists.depth().unread
            for one in unread:
                if one.name not in self._told:
                    log.warning("queue.unread", queue=one.name, queued=one.queued, message=one.advice)
            self._told = {one.name for one in unread}


def suspected(takeovers: list[int]) -> list[int]:
    """Takeovers of messages in hand, oldest first, such as they count against each: from the third on messages go
    alone, so that those behind the oldest one were not read by whoever died."""
    return takeovers[:1] + [min(count, ALONE_AFTER) for count in takeovers[1:]]


def together(takeovers: list[int]) -> int:
    """How many of these messages, oldest first, may go in one batch: all before the first that must go alone."""
    alone = next((place for place, count in enumerate(takeovers) if count >= ALONE_AFTER), len(takeovers))
    return alone or min(1, len(takeovers))
