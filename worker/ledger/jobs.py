"""Jobs: what a person has done to many deliveries. Counted first, then executed a page at a time, by whoever has the
job's lease. What is left to do, and what came of the rest: see ``job_lists``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import uuid4

from schemas.bulk_job import OPEN, WORKED_AT, BulkJob, JobKind, JobState
from schemas.principal import SCHEDULE, Principal
from worker.errors import OrdercastError
from worker.ledger.job_lists import JobLists, NoJob, job_number
from worker.ledger.store.client import Store, text
from worker.ledger.store.instants import instant
from worker.ledger.store.shards import Shards

LEASE_MS = 5_000
LISTED = 50
FEW = 20
LAST = "last"
NO_DEED = ("", "", "", "", "")
NOTHING: Mapping[str, int] = MappingProxyType({})


class JobRefused(OrdercastError):
    """A job cannot be moved so: ``state`` is the one that it has."""

    reason = "job_state"

    def __init__(self, state: JobState, message: str) -> None:
        super().__init__(message)
        self.state = state


class Scheduled(NamedTuple):
    """What came of a look at a schedule: the ``job`` that was begun, or when it is due, or for what it ``waits``, which
    ``is_news`` where nobody was told."""

    job: str = ""
    due_ms: int = 0
    waits: str = ""
    is_news: bool = False


class Jobs:
    """All jobs of the ledger. Every method raises ``StoreUnreachable``; those that write also ``StoreFull``."""

    def __init__(self, store: Store) -> None:
        self.shards = Shards(store)
        self.lists = JobLists(store)

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
        dry_run: bool = False,
    ) -> tuple[BulkJob, bool]:
        """A job for what is ``wanted``, in the words of who asks, to be counted; and True where it is new. There is one
        at a time that asks for the same. ``meant`` is what that comes to now, as a filter. With ``dry_run`` it is done
        when it is counted."""
        digest, fields = _fields(
            kind, wanted, meant, by, why, forced=forced, rate_per_second=rate_per_second, dry_run=dry_run
        )
        word, number = self.shards.first.run("job_open", digest, *_flat(fields))
        return self.job(f"j{int(number)}"), text(word) == "opened"

    def schedule(
        self,
        every_ms: int,
        wanted: Mapping[str, Any],
        meant: Mapping[str, Any],
        *,
        why: str,
        barred: str = "",
        forced: bool = False,
        rate_per_second: float | None = None,
    ) -> Scheduled:
        """Begin the reconciliation of ``wanted["provider"]`` that is due each ``every_ms``, unless another worker has,
        one has not ended, or it is ``barred``, in a word: then it stays due. Nobody confirms it."""
        kind, by = JobKind.RECONCILE, SCHEDULE
        digest, fields = _fields(kind, wanted, meant, by, why, forced=forced, rate_per_second=rate_per_second)
        asked = wanted["provider"], every_ms, barred, f"{digest}s", *_flat(fields | {"sd": 1})
        word, told, *is_new = self.shards.first.run("job_schedule", *asked)
        if text(word) == "begun":
            return Scheduled(job=f"j{int(told)}")
        if text(word) == "not_due":
            return Scheduled(due_ms=int(told))
        return Scheduled(waits=text(told), is_news=bool(is_new[0]))

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

    def running(self) -> list[BulkJob]:
        """Those that are being executed or wait for somebody who does, the oldest first."""
        first = self.shards.first
        with first.errors():
            open_ones = first.client.hgetall(first.keys.key("jobs_open"))
        numbers = sorted(int(number) for digest, number in open_ones.items() if text(digest) != LAST)
        return [job for job in self._read(numbers) if job and job.state is JobState.RUNNING]

    def confirm(self, job_id: str, matched: int, *, by: Principal) -> BulkJob:
        """Begin with what was counted, and put it on record; where they are few, which. Raises ``JobRefused`` where
        ``matched`` is not what the job has counted, it was to count only, or somebody was quicker."""
        job = self.job(job_id)
        if job.dry_run:
            raise JobRefused(job.state, f"Job {job_id} is a dry run: it counts, and does nothing. Ask for it without.")
        if job.matched != matched:
            raise JobRefused(job.state, f"Job {job_id} has counted {job.matched}, and {matched} was confirmed.")
        deed = job.kind.value, self._what(job, matched), job.why
        return self._deed(job_id, JobState.RUNNING, (JobState.COUNTED,), by, deed)

    def pause(self, job_id: str, *, by: Principal) -> BulkJob:
        """Stop after the page in hand."""
        deed = "pause", f"job={job_id}", ""
        return self._deed(job_id, JobState.PAUSED, (JobState.RUNNING,), by, deed)

    def resume(self, job_id: str, *, by: Principal) -> BulkJob:
        """Go on with one that was paused."""
        deed = "resume", f"job={job_id}", ""
        return self._deed(job_id, JobState.RUNNING, (JobState.PAUSED,), by, deed)

    def cancel(self, job_id: str, *, by: Principal, states: Sequence[JobState] = OPEN) -> BulkJob:
        """Do nothing more of it, if its state is one of these. What was done stays done. Of one that never began
        nothing is on record. Raises ``JobRefused``."""
        deed = "cancel", f"job={job_id}", ""
        job = self._deed(job_id, JobState.CANCELLED, states, by, deed)
        self.lists.forget(job_id)
        return job

    def lease(self, job_id: str, token: str, *, lease_ms: int = LEASE_MS) -> JobState | None:
        """The job's state where its lease is ours now, else ``None``. With a lease of 0 it is let go."""
        is_ours, state = self.shards.first.run("job_lease", job_number(job_id), token, lease_ms)
        return JobState(text(state)) if is_ours and state else None

    def begin_counting(self, job_id: str) -> str:
        """A name for the lists of its items, in place of those of any attempt before."""
        attempt = uuid4().hex[:12]
        self._step(job_id, JobState.COUNTING, (JobState.COUNTING,), ls=attempt)
        return attempt

    def end_counting(self, job_id: str, attempt: str, matched: int, beside: Mapping[str, int] = NOTHING) -> None:
        """So many were found; where none was, or it is a dry run, it is done, and one on a schedule begins. Else their
        lists stay until the job is over. ``beside`` is what else was seen, and is not to be touched: how many by
        word."""
        job, seen = self.job(job_id), json.dumps(dict(beside))
        if not job.dry_run:
            self.lists.keep(job_id)
        if job.scheduled and matched:
            to, deed = JobState.RUNNING, (job.kind.value, self._what(job, matched), job.why, job.who, "")
        else:
            to, deed = JobState.COUNTED if matched and not job.dry_run else JobState.DONE, NO_DEED
        self._step(job_id, to, (JobState.COUNTING,), attempt=attempt, deed=deed, by=deed[3], n=matched, bs=seen)

    def end(self, job_id: str) -> None:
        """It is done: nothing is left."""
        self._step(job_id, JobState.DONE, (JobState.RUNNING,))
        self.lists.forget(job_id)

    def _what(self, job: BulkJob, matched: int) -> str:
        """What goes on record when it begins: what was asked for; of few also which they are."""
        asked = [*(["forced"] if job.forced else []), *(f"{name}={value}" for name, value in job.wanted.items())]
        few = self.lists.ids(job.id) if matched <= FEW else []
        return " ".join([f"{matched}:", *asked, f"job={job.id}", *few])

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

    def _deed(
        self, job_id: str, to: JobState, states: Sequence[JobState], by: Principal, deed: tuple[str, str, str]
    ) -> BulkJob:
        self._step(job_id, to, states, deed=(*deed, by.signed, by.request), by=by.signed)
        return self.job(job_id)

    def _step(
        self,
        job_id: str,
        to: JobState,
        states: Sequence[JobState],
        *,
        attempt: str = "",
        deed: Sequence[str] = NO_DEED,
        **fields: object,
    ) -> None:
        """``deed`` is what goes on record of it: verb, what, why, who, the request's id."""
        allowed, number = f" {' '.join(states)} ", job_number(job_id)
        word, *state = self.shards.first.run("job_move", number, to.value, allowed, attempt, *deed, *_flat(fields))
        if text(word) == "none":
            raise NoJob(f"There is no job {job_id}.")
        if text(word) == "refused":
            now = JobState(text(state[0]))
            raise JobRefused(now, f"Job {job_id} is {now}: only one that is {' or '.join(states)} can become {to}.")


def _fields(
    kind: JobKind,
    wanted: Mapping[str, Any],
    meant: Mapping[str, Any],
    by: Principal,
    why: str,
    *,
    forced: bool,
    rate_per_second: float | None,
    dry_run: bool = False,
) -> tuple[str, dict[str, object]]:
    """The digest of what is asked for, and the fields of a job for it."""
    asked = json.dumps(wanted, sort_keys=True)
    digest = sha256(f"{kind} {asked} {forced}{' dry' if dry_run else ''}".encode()).hexdigest()[:16]
    fields: dict[str, object] = {"kd": kind.value, "wt": asked, "fl": json.dumps(meant), "who": by.signed, "why": why}
    return digest, fields | {"fo": int(forced), "ps": rate_per_second or 0, "dr": int(dry_run)}


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
        dry_run=told.get("dr") == "1",
        rate_per_second=float(told["ps"]) or None,
        matched=int(told["n"]) if "n" in told else None,
        results=counts,
        beside=json.loads(told.get("bs", "{}")),
        moved_by=told.get("by") or None,
        ended_at=instant(int(ended)) if ended else None,
        scheduled=told.get("sd") == "1",
    )
