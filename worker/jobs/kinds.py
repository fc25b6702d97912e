"""Every kind of job, and what does it."""

from __future__ import annotations

from collections.abc import Mapping

from schemas.bulk_job import JobKind
from worker.jobs.erase import EraseJob
from worker.jobs.undo import UndoJob
from worker.jobs.work import JobWork

KINDS: Mapping[JobKind, type[JobWork]] = {
    JobKind.REPLAY: UndoJob,
    JobKind.DISCARD: UndoJob,
    JobKind.ERASE: EraseJob,
}
