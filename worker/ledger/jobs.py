"""Jobs: what a person has done to many deliveries. Counted first, then carried out a page at a time, by whoever has the
job's lease; what is left to do, and what came of the rest, is in the store."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import uuid4

from schemas.bulk_job import OPEN, WORKED_AT, BulkJob, JobKind, JobState
from schemas.principal import Principal
from worker.errors import OrdercastError
from worker.ledger.provider_rows import read_table
from worker.ledger.store.client import Store, text
from worker.ledger.store.instants import instant
from worker.ledger.store.shards import Shards, runner_address

LEASE_MS = 5_000
PAGE = 100
"""As many deliveries as one step does. Nothing else is done in that store meanwhile: some milliseconds."""
ITEMS_KEPT_S = 7 * 86_400
LISTED = 50
LAST = "last"


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
    """What came of one page: how many were touched, how many are left in that shard, runners to call."""

    touched: int
    left: int
    calls: tuple[str, ...]


class JobRefused(OrdercastError):
    """A job cannot be moved so: ``state`` is the one that it has."""

    reason = "job_state"

    def __init__(self, state: JobState, message: str) -> None:
        super().__init__(message)
        self.state = state


class NoJob(OrdercastError):
    """The ledger knows no such job."""

    reason = "no_job"
    exit_code = 3


class Jobs:
    """All jobs of the ledger. Every method raises ``StoreUnreachable``; those that write also ``StoreFull``."""

    def __init__(self, store: Store) -> None:
        self.shards = Shards(store)

    def open(
        self,
        kind: JobKind,
        wanted: Mapping[str, Any],
        meant: Mapping[str, Any],
        *,
        by: Principal,
        why: str,
        forced: bool = False,
        rate_per_second: float | None = None,
    ) -> tuple[BulkJob, bool]:
        """A job for what is ``wanted``, in the words of who asks, to be counted; and True where it is new. There is one
        at a time that asks for the same. ``meant`` is what that comes to now, as a filter of the carrier's."""
        asked = json.dumps(wanted, sort_keys=True)
        digest = sha256(f"{kind} {asked} {forced}".encode()).hexdigest()[:16]
        fields: dict[str, object] = {
            "kd": kind.value,
            "wt": asked,
            "fl": json.dumps(meant),
            "who": by.signed,
            "why": why,
        }
        fields |= {"fo": int(forced), "ps": rate_per_second or 0}
        word, number = self.shards.first.run("job_open", digest, *_flat(fields))
        return self.job(f"j{int(number)}"), text(word) == "opened"

    def job(self, job_id: str) -> BulkJob:
        """Raises ``NoJob``."""
        [found] = self._read([job_number(job_id)])
        if found is None:
            raise NoJob(f"There is no job {job_id}.")
        return found

    def listed(self, most: int = LISTED) -> list[BulkJob]:
        """The last ones, the newest first."""
        first = self.shards.first
        with first.errors():
            numbers = first.client.zrange(first.keys.key("jobs"), 0, most - 1, desc=True)
        return [job for job in self._read([int(number) for number in numbers]) if job]

    def unattended(self) -> list[str]:
        """The ids of those that somebody has to work at and nobody does, the oldest first. One or two round trips."""
        first = self.shards.first
        with first.errors():
            open_ones = first.client.hgetall(first.keys.key("jobs_open"))
            numbers = sorted(int(number) for digest, number in open_ones.items() if text(digest) != LAST)
            with first.client.pipeline(transaction=False) as pipe:
                for number in numbers:
                    pipe.hget(first.keys.key("job", job=number), "st")
                    pipe.exists(first.keys.key("job_lease", job=number))
                told = pipe.execute()
        found = zip(numbers, told[::2], told[1::2], strict=True)
        return [f"j{n}" for n, state, is_held in found if state and text(state) in WORKED_AT and not is_held]

    def results(self, job_id: str) -> Iterator[tuple[str, str]]:
        """The id of each delivery that was touched, of the last 10,000 in each shard, and what came of it."""
        number = job_number(job_id)
        for shard in self.shards:
            with shard.errors():
                told = shard.client.lrange(shard.keys.key("job_results", job=number), 0, -1)
            for one in told:
                delivery, _, word = text(one).partition(" ")
                yield delivery, word

    def left(self, job_id: str, most: int) -> list[str]:
        """The ids of up to so many deliveries that are to be touched yet, in each shard the oldest first."""
        number = job_number(job_id)
        first = self.shards.first
        with first.errors():
            attempt = text(first.client.hget(first.keys.key("job", job=number), "ls") or b"")
        found: list[str] = []
        for shard in self.shards:
            with shard.errors():
                items = shard.client.lrange(shard.keys.key("job_items", job=number, attempt=attempt), 0, most - 1)
            found += [text(item).partition(" ")[0] for item in items]
        return found[:most]

    def confirm(self, job_id: str, matched: int, *, by: Principal) -> BulkJob:
        """Begin with what was counted. Raises ``JobRefused`` where ``matched`` is not what the job has counted, or
        somebody was quicker."""
        job = self.job(job_id)
        if job.matched != matched:
            raise JobRefused(job.state, f"Job {job_id} has counted {job.matched}, and {matched} was confirmed.")
        return self._move(job_id, JobState.RUNNING, (JobState.COUNTED,), by)

    def pause(self, job_id: str, *, by: Principal) -> BulkJob:
        return self._move(job_id, JobState.PAUSED, (JobState.RUNNING,), by)

    def resume(self, job_id: str, *, by: Principal) -> BulkJob:
        return self._move(job_id, JobState.RUNNING, (JobState.PAUSED,), by)

    def cancel(self, job_id: str, *, by: Principal) -> BulkJob:
        """Nothing more of it is done. What was done stays."""
        job = self._move(job_id, JobState.CANCELLED, OPEN, by)
        self._forget_items(job_number(job_id))
        return job

    def meant(self, job_id: str) -> dict[str, Any]:
        """The filter that a job was given."""
        first = self.shards.first
        with first.errors():
            told = first.client.hget(first.keys.key("job", job=job_number(job_id)), "fl")
        if told is None:
            raise NoJob(f"There is no job {job_id}.")
        found: dict[str, Any] = json.loads(told)
        return found

    def lease(self, job_id: str, token: str, *, lease_ms: int = LEASE_MS) -> JobState | None:
        """The job's state where its lease is ours now, else ``None``. With a lease of 0 it is let go."""
        is_ours, state = self.shards.first.run("job_lease", job_number(job_id), token, lease_ms)
        return JobState(text(state)) if is_ours and state else None

    def begin_counting(self, job_id: str) -> str:
        """A name for the lists of its items, in place of those of any attempt before."""
        attempt = uuid4().hex[:12]
        self._step(job_id, JobState.COUNTING, (JobState.COUNTING,), "", ls=attempt)
        return attempt

    def add(self, job_id: str, attempt: str, shard: Store, items: Sequence[JobItem]) -> None:
        """Put items before those that were added earlier: they are found newest first, and done oldest first."""
        key = shard.keys.key("job_items", job=job_number(job_id), attempt=attempt)
        with shard.errors(), shard.client.pipeline(transaction=False) as pipe:
            pipe.lpush(key, *map(str, items))
            pipe.expire(key, ITEMS_KEPT_S)
            pipe.execute()

    def end_counting(self, job_id: str, attempt: str, matched: int) -> None:
        self._step(job_id, JobState.COUNTED, (JobState.COUNTING,), attempt, n=matched)

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

    def end(self, job_id: str) -> None:
        """It is done: nothing is left."""
        self._step(job_id, JobState.DONE, (JobState.RUNNING,), "")
        self._forget_items(job_number(job_id))

    def _read(self, numbers: Sequence[int]) -> list[BulkJob | None]:
        """Jobs by their numbers, ``None`` for one whose days are over. Two round trips, one more a shard."""
        told = _hashes(self.shards.first, "job", numbers)
        counts: list[dict[str, int]] = [{} for _ in numbers]
        for of_shard in self.shards.each(lambda shard: _hashes(shard, "job_counts", numbers)):
            for sums, some in zip(counts, of_shard, strict=True):
                for word, count in some.items():
                    sums[word] = sums.get(word, 0) + int(count)
        return [
            _job(number, fields, sums) if fields else None
            for number, fields, sums in zip(numbers, told, counts, strict=True)
        ]

    def _move(self, job_id: str, to: JobState, states: Sequence[JobState], by: Principal) -> BulkJob:
        self._step(job_id, to, states, "", by=by.signed)
        return self.job(job_id)

    def _step(self, job_id: str, to: JobState, states: Sequence[JobState], attempt: str, **fields: object) -> None:
        allowed = f" {' '.join(states)} "
        number = job_number(job_id)
        word, *state = self.shards.first.run("job_move", number, to.value, allowed, attempt, *_flat(fields))
        if text(word) == "none":
            raise NoJob(f"There is no job {job_id}.")
        if text(word) == "refused":
            now = JobState(text(state[0]))
            raise JobRefused(now, f"Job {job_id} is {now}: it cannot become {to}.")

    def _forget_items(self, number: int) -> None:
        first = self.shards.first
        with first.errors():
            attempt = first.client.hget(first.keys.key("job", job=number), "ls")
        for shard in self.shards if attempt else ():
            with shard.errors():
                shard.client.unlink(shard.keys.key("job_items", job=number, attempt=text(attempt)))


def job_number(job_id: str) -> int:
    """The number in ``j12``, or ``12``. Raises ``NoJob`` for what is no id of a job."""
    digits = job_id.removeprefix("j")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 16):  # noqa: PLR2004  any longer one is none
        raise NoJob(f"There is no job {job_id}.")
    return int(digits)


def _flat(fields: Mapping[str, object]) -> Iterator[object]:
    for pair in fields.items():
        yield from pair


def _hashes(shard: Store, name: str, numbers: Sequence[int]) -> list[dict[str, str]]:
    with shard.errors(), shard.client.pipeline(transaction=False) as pipe:
        for number in numbers:
            pipe.hgetall(shard.keys.key(name, job=number))
        return [{text(field): text(value) for field, value in told.items()} for told in pipe.execute()]


def _job(number: int, told: Mapping[str, str], counts: dict[str, int]) -> BulkJob:
    ended = told.get("end")
    return BulkJob(
        id=f"j{number}",
        kind=JobKind(told["kd"]),
        state=JobState(told["st"]),
        wanted=json.loads(told["wt"]),
        who=told["who"],
        why=told["why"],
        at=instant(int(told["at"])),
        forced=told["fo"] == "1",
        rate_per_second=float(told["ps"]) or None,
        matched=int(told["n"]) if "n" in told else None,
        results=counts,
        moved_by=told.get("by"),
        ended_at=instant(int(ended)) if ended else None,
    )
