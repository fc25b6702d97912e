"""The lists that make the intake queue on a Redis broker: found whatever a producer's settings call them, and counted.

kombu gives each priority a list of its own, named by ``priority_steps`` and ``sep``, and ``global_keyprefix`` goes
before all of them; each producer chooses. Source: kombu 5.7, ``transport/redis.py`` (``_q_for_pri``), Celery 5.7
documentation, "Redis", message priorities.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files

from worker.ledger.store.client import Store

SEPARATORS = ("\x06\x16", ":")
"""kombu's own, and the one that Celery's pages advise."""
STEPS = range(1, 10)
OTHER_STEP = re.compile(rb"([^A-Za-z0-9.]{1,8})([0-9]{1,3})")
"""A separator and a priority as somebody else may write them."""
OURS = re.compile(rb"\{ordercast(?:\.[0-9]+)?\}:")
ACCEPT = b'"ordercast.accept"'
DEFAULT_QUEUE = "celery"
PEEKED = 10
KEPT_S = 7 * 86_400
SCANNED = 2_000


@dataclass(frozen=True, slots=True)
class UnreadList:
    """A list of producers' messages that nobody reads: its name as it may be printed, and what to do."""

    name: str
    queued: int
    advice: str


@dataclass(frozen=True, slots=True)
class Depth:
    """What waits in the intake queue. ``oldest_s`` is how long somebody has seen its oldest message there; a message on
    Redis does not tell when it was sent."""

    queued: int
    oldest_s: float | None
    unread: tuple[UnreadList, ...] = ()


class IntakeLists:
    """The lists of one queue, with ``prefixes`` as producers set them. ``plain`` are those of no priority, ``ranked``
    the others, highest priority first. Every method raises ``StoreUnreachable``."""

    def __init__(self, broker: Store, queue: str, prefixes: Sequence[str] = ()) -> None:
        self.broker = broker
        self.queue = queue
        self.plain = [f"{prefix}{queue}".encode() for prefix in dict.fromkeys(("", *prefixes))]
        ranks = [f"{sep}{step}".encode() for step in STEPS for sep in SEPARATORS]
        self.ranked = [plain + rank for rank in ranks for plain in self.plain]
        self.in_hand = f"{queue}.in-hand"
        self._oldest, self._kept = f"{queue}.oldest", f"{queue}.lists"
        self._defaults = [f"{prefix}{DEFAULT_QUEUE}".encode() for prefix in dict.fromkeys(("", *prefixes))]
        self._strange: set[bytes] = set()
        self._cursor = 0
        script = (files("worker.ledger") / "scripts" / "depth.lua").read_text()
        self._depth = broker.client.register_script(script)

    def look(self) -> bool:
        """Look at some 2,000 more names for lists of this queue. True at the end of a round through all names."""
        with self.broker.errors():
            pattern = f"*{self.queue.partition('.')[0]}.*"
            self._cursor, names = self.broker.client.scan(self._cursor, match=pattern, count=SCANNED, _type="list")
        self._sort(names)
        return self._cursor == 0

    def recall(self) -> None:
        """Know the lists that another has found on its rounds."""
        with self.broker.errors():
            self._sort(self.broker.client.smembers(self._kept))

    def depth(self) -> Depth:
        """What waits, and what nobody reads."""
        names = [self.in_hand, *self.plain, *self.ranked]
        with self.broker.errors():
            queued, longest_ms = self._depth(keys=[self._oldest, *names])
        return Depth(int(queued), round(int(longest_ms) / 1000, 1) if queued else None, tuple(self.unread()))

    def unread(self) -> list[UnreadList]:
        """The lists that nobody reads, as far as they are known: those of this queue's name, and any that have calls of
        ours near their ends."""
        names = sorted({*self._strange, *self._defaults})
        with self.broker.errors(), self.broker.client.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.llen(name)
                pipe.lrange(name, 0, 0)
                pipe.lrange(name, -PEEKED, -1)
            answers = pipe.execute(raise_on_error=False)
        found = []
        for name, count, newest, oldest in zip(names, answers[::3], answers[1::3], answers[2::3], strict=True):
            is_there = isinstance(count, int) and count > 0
            if is_there and (self._prefix(name) is not None or any(map(is_call, [*newest, *oldest]))):
                found.append(UnreadList(printed(name), count, self._advice(name)))
        return found

    def _sort(self, names: Iterable[bytes]) -> None:
        """Keep what these lists are to us: read from now on, or strange."""
        known = {*self.plain, *self.ranked, *self._strange, self.in_hand.encode()}
        fresh = [name for name in names if name not in known and not self._is_ours(name)]
        for name in fresh:
            if any(name.startswith(plain) and OTHER_STEP.fullmatch(name[len(plain) :]) for plain in self.plain):
                self.ranked.append(name)
            else:
                self._strange.add(name)
        self.ranked.sort(key=_step)
        if fresh:
            with self.broker.errors(), self.broker.client.pipeline(transaction=False) as pipe:
                pipe.sadd(self._kept, *fresh)
                pipe.expire(self._kept, KEPT_S)
                pipe.execute(raise_on_error=False)  # a store that is full takes no notes, and is looked through again

    def _is_ours(self, name: bytes) -> bool:
        """Whether it belongs to a ledger or to calls of runners."""
        return bool(OURS.match(name)) or b"ordercast.deliver." in name or name.endswith(b".in-hand")

    def _prefix(self, name: bytes) -> bytes | None:
        """What stands before a name that is otherwise one of this queue's; ``None`` where it is none."""
        prefix, queue, rest = name.partition(self.queue.encode())
        return prefix if queue and (not rest or OTHER_STEP.fullmatch(rest)) else None

    def _advice(self, name: bytes) -> str:
        shown, queue, prefix = printed(name), self.queue, self._prefix(name)
        if prefix is not None:
            told = printed(prefix)
            return (
                f'Nobody reads the list {shown}: a producer there sets global_keyprefix = "{told}".'
                f' Say [store] intake_prefix = "{told}", and start the workers again.'
            )
        return (
            f'Nobody reads the calls in the list {shown}: a producer there does not say queue="{queue}".'
            f" Correct it, and move what is there, once for each message: LMOVE {shown} {queue} RIGHT LEFT"
        )


def is_call(message: object) -> bool:
    """Whether a message is a call of ours, by either of Celery's protocols."""
    if not isinstance(message, bytes):
        return False
    if ACCEPT in message:
        return True
    try:
        return ACCEPT in b64decode(json.loads(message)["body"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return False


def printed(name: bytes) -> str:
    """A list's name on one line, with what cannot be printed escaped."""
    text = name.decode(errors="backslashreplace")
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def _step(name: bytes) -> int:
    """The priority that a list is of; those of the highest have the lowest number."""
    digits = re.search(rb"[0-9]{1,3}$", name)
    return int(digits.group()) if digits else 0
