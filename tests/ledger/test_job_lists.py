"""What a job has to do, one by one."""

from __future__ import annotations

from tests.fakes.ledger import Ledger
from tests.ledger.test_jobs import At, bury, confirmed
from worker.ledger.job_lists import JobResult
from worker.ledger.jobs import Jobs


def test_what_is_done_one_by_one_is_kept_once_however_many_say_that_they_have_done_it(ledger: Ledger) -> None:
    bury(ledger, 3)
    at, jobs = At(ledger), Jobs(ledger.store)
    job_id = confirmed(ledger, at)
    lists, store = jobs.lists, ledger.store
    first, second = lists.next(job_id, store, 2)
    assert lists.next(job_id, store, 2) == [first, second]  # it stays until it is done
    page = lists.finish(job_id, store, [(first, JobResult("same")), (second, JobResult("missing", "Not there."))])
    assert (page.touched, page.left) == (2, 1)
    late = lists.finish(job_id, store, [(first, JobResult("same")), (second, JobResult("missing", "Not there."))])
    assert (late.touched, late.left) == (0, 1)
    assert jobs.job(job_id).results == {"same": 1, "missing": 1}
    ids = [first.split()[0], second.split()[0]]
    assert list(lists.results(job_id)) == list(zip(ids, [("same", ""), ("missing", "Not there.")], strict=True))
