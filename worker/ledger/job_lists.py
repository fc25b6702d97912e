"""What a job has to do in each shard, a page at a time, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from schemas.shortened import shortened
from worker.errors import OrdercastError
from worker.ledger.provider_rows import read_table
from worker.ledger.store.client import Store, text
from worker.ledger.store.shards import Shards, runner_address

PAGE = 100
"""As many deliveries as one step does. Nothing else is done in that store meanwhile: some milliseconds."""
ITEMS_KEPT_S = 7 * 86_400
COUNTED_KEPT_S = 400 * 86_400
"""Of a job that nobody confirms, or whose list was left behind by a worker that was killed."""
MESSAGE_CHARS = 300


@dataclass(frozen=True, slots=True)
class JobItem:
    """One delivery that a job is to touch, and where it is: its arrival number, ``s`` of a snapshot or ``a`` of an
    action, and the digest of its order."""

    id: str
    seq: int
    kind: str
    order: str
    provider: str

    def __str__(self) -> str:
        return f"{self.id} {self.seq}{self.kind} {self.order} {self.provider}"


@dataclass(frozen=True, slots=True)
class JobPage:
    """What came of one page: how many were touched, how many are left in that shard, runners to call; how long to wait
    before the next one, where there is no room or no way for it now."""

    touched: int
    left: int
    calls: tuple[str, ...] = ()
    rest_s: float = 0


class JobResult(NamedTuple):
    """What came of one: a word, and a sentence for people where the word does not say it all."""

    word: str
    message: str = ""


class NoJob(OrdercastError):
    """The ledger knows no such job."""

    reason = "no_job"
    exit_code = 3


class JobLists:
    """The lists of all jobs. Every method raises ``StoreUnreachable``, those that write also ``StoreFull``."""

    def __init__(self, store: Store) -> None:
        self.shards = Shards(store)

    def add(self, job_id: str, attempt: str, shard: Store, items: Sequence[str]) -> None:
        """Put items before those that were added earlier: they are found newest first, and done oldest first."""
        key = shard.keys.key("job_items", job=job_number(job_id), attempt=attempt)
        with shard.errors(), shard.client.pipeline() as pipe:  # both or neither: a list of no use is to end
            pipe.lpush(key, *items)
            pipe.expire(key, ITEMS_KEPT_S)
            pipe.execute()

    def keep(self, job_id: str) -> None:
        """What was counted stays until it is forgotten, for a year and more."""
        for shard, key in self._lists(job_id):
            with shard.errors():
                shard.client.expire(key, COUNTED_KEPT_S)

    def forget(self, job_id: str) -> None:
        """Nothing more is to be done."""
        for shard, key in self._lists(job_id):
            with shard.errors():
                shard.client.unlink(key)

    def ids(self, job_id: str) -> list[str]:
        """The deliveries that are to be touched yet, in each shard the oldest first."""
        found: list[str] = []
        for shard, key in self._lists(job_id):
            with shard.errors():
                found += [text(item).partition(" ")[0] for item in shard.client.lrange(key, 0, -1)]
        return found

    def work(self, job_id: str, shard: Store, most: int = PAGE) -> JobPage:
        """Do the next page of what is left in a shard. It may be repeated where nobody knows whether it was done:
        then the page after it is done."""
        first, number = self.shards.first, job_number(job_id)
        with first.errors():
            kind, attempt, forced = first.client.hmget(first.keys.key("job", job=number), "kd", "ls", "fo")
        if kind is None:
            raise NoJob(f"There is no job {job_id}.")
        limits = [part for row in read_table(shard).rows for part in (row.name, row.limit)]
        step = f"job_{text(kind)}"
        left, touched, *calls = shard.run(step, number, text(attempt), min(most, PAGE), text(forced), *limits)
        posts = [
            runner_address(text(name), shard.number)
            for name, count in zip(calls[::2], calls[1::2], strict=True)
            for _ in range(int(count))
        ]
        return JobPage(int(touched), int(left), tuple(posts))

    def next(self, job_id: str, shard: Store, most: int) -> list[str]:
        """What is to be done next in a shard, with 0 all of it. It stays to be done until ``finish`` says what came
        of it."""
        number, attempt = job_number(job_id), self.attempt(job_id)
        with shard.errors():
            key = shard.keys.key("job_items", job=number, attempt=attempt)
            return [text(item) for item in shard.client.lrange(key, 0, most - 1)]

    def finish(
        self,
        job_id: str,
        shard: Store,
        done: Sequence[tuple[str, JobResult]],
        *,
        also: Sequence[tuple[str, JobResult]] = (),
        then: str = "",
    ) -> JobPage:
        """Keep what came of the next ones; nothing of those that another has finished meanwhile. ``also`` is what the
        last of them has brought to light beside, by id, ``then`` an item that is to be done next for it."""
        number, attempt = job_number(job_id), self.attempt(job_id)
        more = [("done", *one) for one in done] + [("also", *one) for one in also]
        more += [("then", then, JobResult(""))] if then else []
        told = (
            part
            for what, item, result in more
            for part in (what, item, result.word, shortened(result.message, MESSAGE_CHARS))
        )
        left, touched = shard.run("job_done", number, attempt, *told)
        return JobPage(int(touched), int(left))

    def results(self, job_id: str) -> Iterator[tuple[str, JobResult]]:
        """The id of each that was touched, of the last 10,000 in each shard, and what came of it."""
        number = job_number(job_id)
        for shard in self.shards:
            with shard.errors():
                told = shard.client.lrange(shard.keys.key("job_results", job=number), 0, -1)
            for one in told:
                item, _, result = text(one).partition(" ")
                word, _, message = result.partition(" ")
                yield item, JobResult(word, message)

    def _lists(self, job_id: str) -> list[tuple[Store, str]]:
        """The list of each shard, by its key."""
        number, attempt = job_number(job_id), self.attempt(job_id)
        return [(shard, shard.keys.key("job_items", job=number, attempt=attempt)) for shard in self.shards]

    def meant(self, job_id: str) -> dict[str, Any]:
        """The filter that a job was given."""
        first = self.shards.first
        with first.errors():
            told = first.client.hget(first.keys.key("job", job=job_number(job_id)), "fl")
        if told is None:
            raise NoJob(f"There is no job {job_id}.")
        found: dict[str, Any] = json.loads(told)
        return found

    def attempt(self, job_id: str) -> str:
        """What the lists of a job's items are called now."""
        first = self.shards.first
        with first.errors():
            return text(first.client.hget(first.keys.key("job", job=job_number(job_id)), "ls"))


def job_number(job_id: str) -> int:
    """The number in ``j12``, or ``12``. Raises ``NoJob`` for what is no id of a job."""
    digits = job_id.removeprefix("j")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 16):  # noqa: PLR2004  any longer one is none
        raise NoJob(f"There is no job {job_id}.")
    return int(digits)
