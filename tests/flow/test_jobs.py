"""Jobs as workers carry them out: begun by one process, gone on with by another, nothing done twice."""

from __future__ import annotations

import signal
from collections import Counter
from pathlib import Path

from schemas.bulk_job import JobKind, JobState
from schemas.principal import Face, Principal, Role
from tests.fakes.house import House, real_events
from tests.fakes.waiting import wait_until
from worker.ledger.jobs import Jobs

BEN = Principal("ben", Role.OPERATOR, Face.WEB)
MANY = 100


def test_workers_count_and_carry_out_and_one_that_is_killed_leaves_the_rest_to_the_next(tmp_path: Path) -> None:
    with House(tmp_path, "webhook") as house:
        house.pause()
        house.send(*real_events(MANY)).get(timeout=30)
        ids = {one.id for one in house.deliveries(state="pending")}
        jobs = Jobs(house.store)
        pending = {"state": "pending"}
        job, _ = jobs.open(JobKind.DISCARD, pending, pending, by=BEN, why="a test shop", rate_per_second=30)
        wait_until(lambda: jobs.job(job.id).state is JobState.COUNTED, 20)
        assert jobs.job(job.id).matched == len(ids) == MANY
        jobs.confirm(job.id, MANY, by=BEN)
        wait_until(lambda: jobs.job(job.id).done > 0, 20)
        house.workers[0].send_signal(signal.SIGKILL)
        house.workers[0].wait()
        assert 0 < jobs.job(job.id).done < MANY
        house.start_worker()
        wait_until(lambda: jobs.job(job.id).is_over, 60)
        assert jobs.job(job.id).results == {"discarded": MANY}
        assert Counter(one for one, _ in jobs.lists.results(job.id)) == dict.fromkeys(ids, 1)
        assert {one.id for one in house.deliveries(state="discarded")} == ids
