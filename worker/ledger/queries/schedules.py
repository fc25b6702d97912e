"""Reconciliations on a schedule: when each was begun, what it waits for, what the last one that is over has found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from schemas.bulk_job import BulkJob, JobKind, JobState
from worker.ledger.job_lists import NoJob
from worker.ledger.jobs import Jobs
from worker.ledger.provider_rows import read_table
from worker.ledger.queries.status import ScheduleRow
from worker.ledger.store.client import Store, text
from worker.ledger.store.instants import instant

WAITS_MS = 60_000
"""A worker that finds one due looks again every ten seconds: what it has not said for so long is over."""
NARROWED = ("source", "sample")


def read_schedules(store: Store) -> list[ScheduleRow]:
    """A row for each provider that one was begun of, or is due. One round trip where there is none. Raises
    ``StoreUnreachable``."""
    with store.errors():
        told = {text(name): text(one) for name, one in store.client.hgetall(store.keys.key("schedules")).items()}
    if not told:
        return []
    jobs, now_ms = Jobs(store), store.now_ms()
    names = [row.name for row in read_table(store).rows if not row.gone]
    return [_row(jobs, name, told, now_ms) for name in names if _has(told, name)]


def _has(told: Mapping[str, str], name: str) -> bool:
    return f"job:{name}" in told or f"why:{name}" in told


def _row(jobs: Jobs, name: str, told: Mapping[str, str], now_ms: int) -> ScheduleRow:
    began, seen = told.get(f"at:{name}"), int(told.get(f"seen:{name}", 0))
    done = _newest_done(jobs, name, [told.get(f"job:{name}"), told.get(f"old:{name}")])
    found = done.results if done else {}
    return ScheduleRow(
        name,
        begun_at=instant(began) if began else None,
        waits=told.get(f"why:{name}") if seen > now_ms - WAITS_MS else None,
        job=done.id if done else None,
        ended_at=done.ended_at if done else None,
        asked=done.matched or 0 if done else 0,
        missing=found.get("missing", 0),
        different=found.get("different", 0),
        sent_again=found.get("sent_again", 0),
    )


def _each(jobs: Jobs, numbers: Iterable[str | None]) -> Iterator[BulkJob]:
    """The jobs of these numbers that are kept."""
    for number in filter(None, numbers):
        with suppress(NoJob):
            yield jobs.job(f"j{number}")


def _newest_done(jobs: Jobs, name: str, numbers: Iterable[str | None]) -> BulkJob | None:
    """The last one that is over; where that has found something, and a person has healed all orders there since, what
    that has found."""
    done = next((job for job in _each(jobs, numbers) if job.state is JobState.DONE), None)
    if done is None or not (done.results.get("missing") or done.results.get("different")):
        return done
    later = (job for job in jobs.listed() if job.at > done.at and job.state is JobState.DONE)
    healed = (job for job in later if job.kind is JobKind.RECONCILE and job.forced)
    whole = (job for job in healed if job.wanted.get("provider") == name and not job.wanted.keys() & {*NARROWED})
    return next(whole, done)
