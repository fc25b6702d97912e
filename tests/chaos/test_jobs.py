"""A job whose workers are killed -9 again and again, and the store too: it touches exactly what it counted, and each once."""

from __future__ import annotations

import random
import threading
from collections import Counter
from pathlib import Path

from schemas.bulk_job import JobKind, JobState
from schemas.principal import Face, Principal, Role
from tests.chaos.kills import kill_store, kill_worker
from tests.chaos.sizes import FEW_ORDERS, IS_FULL
from tests.fakes.house import House, real_events
from tests.fakes.waiting import wait_until
from worker.errors import StoreUnreachable
from worker.ledger.jobs import Jobs

BEN = Principal("ben", Role.OPERATOR, Face.WEB)
PENDING = {"state": "pending"}
BATCHES = 40 if IS_FULL else 6
KILLS = 5


def test_what_was_counted_is_touched_once_whoever_is_killed(tmp_path: Path, chance: random.Random) -> None:
    with House(tmp_path, "webhook", workers=2) as house:
        house.pause()
        events = real_events(BATCHES * 100)
        for start in range(0, len(events), 100):
            house.send(*events[start : start + 100]).get(timeout=60)
        ids = {one.id for one in house.deliveries(state="pending")}
        jobs, moment = Jobs(house.store), threading.Event()
        job, _ = jobs.open(JobKind.DISCARD, PENDING, PENDING, by=BEN, why="a test shop", rate_per_second=len(ids) / 15)
        kill_worker(house)
        wait_until(lambda: jobs.job(job.id).state is JobState.COUNTED, 60)
        assert jobs.job(job.id).matched == len(ids) > FEW_ORDERS
        later = real_events(BATCHES * 100 + FEW_ORDERS)[-FEW_ORDERS:]
        house.send(*later).get(timeout=60)
        jobs.confirm(job.id, len(ids), by=BEN)
        for number in range(KILLS):
            moment.wait(chance.uniform(1, 3))
            kill_store(house) if number == KILLS // 2 else kill_worker(house)
        wait_until(lambda: is_over(jobs, job.id), 300, 0.2)
        assert jobs.job(job.id).results == {"discarded": len(ids)}
        assert {one.id for one in house.deliveries(state="discarded")} == ids
        touched = Counter(one for one, _ in jobs.lists.results(job.id))
        assert touched == dict.fromkeys(ids, 1)


def is_over(jobs: Jobs, job_id: str) -> bool:
    try:
        return jobs.job(job_id).is_over
    except StoreUnreachable:
        return False
