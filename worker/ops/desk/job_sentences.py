"""Jobs in sentences: what each would do, once it is counted, and what came of it."""

from __future__ import annotations

from schemas.bulk_job import BulkJob, JobKind
from worker.ops.desk.erasing import EraseReport
from worker.ops.desk.numbers import counted_as

COVERED = {
    "already_there": "already there",
    "added": "added",
    "not_wanted": "not wanted there",
    "not_kept": "with no snapshot that is kept",
}
FOUND = ("same", "sent_again", "missing", "different", "extra", "unanswered", "cannot_tell")


def deed_of(job: BulkJob, found: EraseReport | None = None) -> str:
    """What a job does if it is confirmed, as a person is asked for it. ``found`` is what an erasure has counted."""
    matched, provider = job.matched or 0, job.wanted.get("provider", "")
    if job.kind is JobKind.BACKFILL:
        return f"Send {provider} the newest snapshot of {counted_as(matched, 'order')}"
    if job.kind is JobKind.RECONCILE:
        how = " and send again what is missing or different" if job.forced else ""
        return f"Ask {provider} {counted_as(matched, 'question')}{how}"
    if job.kind is JobKind.ERASE:
        return f"Erase the customer from {_holding(found)}, for ever"
    return deed_on(job.kind, matched)


def deed_on(verb: str, matched: int) -> str:
    """The same of so many deliveries."""
    return f"{verb.capitalize()} {counted_as(matched, 'delivery')}"


def sum_of(job: BulkJob) -> str | None:
    """What came of a job so far, in one sentence; ``None`` of a kind whose counts say it all."""
    if job.kind is JobKind.BACKFILL:
        return _coverage(job)
    if job.kind is JobKind.RECONCILE:
        return _compared(job)
    return None


def nothing_of(kind: JobKind, provider: str = "") -> str:
    """What is said where a job of this kind has found nothing."""
    return {
        JobKind.BACKFILL: f"Nothing to backfill: {provider} has all that it wants.",
        JobKind.RECONCILE: f"Nothing to compare: {provider} was sent no order since then.",
        JobKind.ERASE: "Nothing names that customer.",
    }.get(kind, f"Nothing to {kind}: nothing matches.")


def _holding(found: EraseReport | None) -> str:
    if found is None:
        return "all that names them"
    what = f"{counted_as(found.orders, 'order')} with {counted_as(found.events, 'event')}"
    return f"{what} and {counted_as(found.refusals, 'refusal')}" if found.refusals else what


def _coverage(job: BulkJob) -> str:
    """How many orders there are, and how each stands."""
    seen = {**job.beside}
    for word, many in job.results.items():
        seen[word] = seen.get(word, 0) + many
    left = [f"{job.left} to add"] if job.left else []
    told = [f"{seen[word]} {says}" for word, says in COVERED.items() if seen.get(word)]
    return f"{counted_as(seen.get('orders', 0), 'order')}: {', '.join([*told, *left]) or 'nothing to do'}."


def _compared(job: BulkJob) -> str:
    """How many were found how."""
    told = [f"{many} {word.replace('_', ' ')}" for word in FOUND if (many := job.results.get(word))]
    left = [f"{job.left} to ask"] if job.left else []
    return f"{', '.join([*told, *left]) or 'Nothing was asked'}."
