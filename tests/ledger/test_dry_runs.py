"""A job that only counts: over then, and confirmed by nobody."""

from __future__ import annotations

import threading

import pytest

from schemas.bulk_job import JobKind, JobState
from tests.fakes.backfilled import MIA
from tests.fakes.job_tools import tools
from tests.fakes.ledger import BURY, REJECTED, Ledger, snapshot
from worker.jobs.executor import JobExecutor
from worker.ledger.audit import Audit
from worker.ledger.jobs import JobRefused, Jobs

DEAD = {"state": "dead"}


def test_a_dry_run_is_over_when_it_is_counted_and_what_it_found_ends_by_itself(ledger: Ledger) -> None:
    for n in range(2):
        ledger.accept(snapshot(f"e{n}1", str(n)))
        ledger.finish(ledger.claim(), REJECTED, BURY, fingerprint="f1")
    jobs = Jobs(ledger.store)
    job, is_new = jobs.open(JobKind.REPLAY, DEAD, DEAD, by=MIA, why="to see", dry_run=True)
    assert (is_new, job.dry_run) == (True, True)
    done = JobExecutor(tools(ledger.store), threading.Event()).execute(job.id)
    assert (done.state, done.matched, done.results) == (JobState.DONE, 2, {})
    with pytest.raises(JobRefused, match="is a dry run"):
        jobs.confirm(job.id, 2, by=MIA)
    [key] = ledger.store.client.keys(ledger.store.keys.key("job_items", job=1, attempt="*"))
    assert 0 < ledger.store.client.ttl(key) <= 7 * 86_400
    assert ledger.row("one").dead == 2
    deed, is_new = jobs.open(JobKind.REPLAY, DEAD, DEAD, by=MIA, why="mended")
    assert (is_new, deed.dry_run) == (True, False)
    assert list(Audit(ledger.store).deeds()) == []
