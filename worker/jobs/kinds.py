"""Every kind of job, and what does it."""

from __future__ import annotations

from collections.abc import Mapping

from schemas.bulk_job import JobKind
from worker.jobs.backfill import BackfillJob
from worker.jobs.erase import EraseJob
from worker.jobs.reconcile import ReconcileJob
from worker.jobs.rehearse import RehearseJob
from worker.jobs.undo import UndoJob
from worker.jobs.work import JobWork

KINDS: Mapping[JobKind, type[JobWork]] = {
    JobKind.REPLAY: UndoJob,
    JobKind.DISCARD: UndoJob,
    JobKind.REHEARSE: RehearseJob,
    JobKind.BACKFILL: BackfillJob,
    JobKind.RECONCILE: ReconcileJob,
    JobKind.ERASE: EraseJob,
}
