"""Jobs of a ledger in which everything is in the second shard: one story for each method, true where it finds it there."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Any

from schemas.bulk_job import JobKind, JobState
from schemas.principal import Face, Principal, Role
from tests.fakes.job_tools import tools
from tests.fakes.second_shard import World
from worker.jobs.executor import JobExecutor
from worker.ledger.job_lists import JobResult
from worker.ledger.jobs import Jobs
from worker.ledger.queries.schedules import read_schedules

ANN = Principal("ann", Role.ADMIN, Face.CLI)


def job(w: World) -> tuple[Jobs, str]:
    """A job that was asked for by whichever shard, and has counted the delivery in the second one."""
    asked, _ = Jobs(w.last).open(JobKind.DISCARD, {}, {}, by=ANN, why="w")
    counted_by = JobExecutor(tools(w.store), Event())
    assert counted_by.execute(asked.id).matched == 1
    return counted_by.jobs, asked.id


def confirmed(w: World) -> tuple[Jobs, str]:
    jobs, job_id = job(w)
    assert jobs.confirm(job_id, 1, by=ANN).state is JobState.RUNNING
    return jobs, job_id


def worked(w: World) -> bool:
    jobs, job_id = confirmed(w)
    assert [jobs.lists.work(job_id, shard).touched for shard in w.store.shards] == [0, 1]
    jobs.end(job_id)
    found = jobs.job(job_id)
    return (found.state, found.results) == (JobState.DONE, {"discarded": 1}) and list(jobs.lists.results(job_id)) == [
        (w.delivery.id, ("discarded", ""))
    ]


def finished(w: World) -> bool:
    """One by one, what is no step of the ledger."""
    jobs, job_id = confirmed(w)
    [item] = [item for shard in w.store.shards for item in jobs.lists.next(job_id, shard, 5)]
    page = jobs.lists.finish(job_id, w.store.shards[-1], [(item, JobResult("same", "as it was"))])
    return (page.touched, page.left, list(jobs.lists.results(job_id))) == (
        1,
        0,
        [(w.delivery.id, ("same", "as it was"))],
    )


def cancelled(w: World) -> bool:
    jobs, job_id = job(w)
    assert jobs.cancel(job_id, by=ANN).is_over
    return w.last.client.keys(w.last.keys.key("job_items", job=1, attempt="*")) == []


def halted(w: World) -> bool:
    jobs, job_id = confirmed(w)
    assert jobs.pause(job_id, by=ANN).state is JobState.PAUSED
    assert Jobs(w.last).unattended() == []
    assert Jobs(w.last).resume(job_id, by=ANN).state is JobState.RUNNING
    return jobs.unattended() == [job_id] and [one.id for one in Jobs(w.last).listed()] == [job_id]


def leased(w: World) -> bool:
    jobs, job_id = job(w)
    return jobs.lease(job_id, "a") is JobState.COUNTED and Jobs(w.last).lease(job_id, "b") is None


def scheduled(w: World) -> bool:
    """Begun by whichever shard, once, and seen by all."""
    wanted = {"provider": "one", "since": "7d", "sample": "5"}
    begun = Jobs(w.last).schedule(3_600_000, wanted, wanted, why="w")
    again = Jobs(w.store).schedule(3_600_000, wanted, wanted, why="w")
    assert [row.provider for row in read_schedules(w.store)] == ["one"]
    return begun.job == "j1" and not again.job and Jobs(w.store).unattended() == ["j1"]


OF_JOBS: dict[str, Callable[[World], Any]] = {
    "JobLists.add": worked,
    "JobLists.finish": finished,
    "JobLists.forget": cancelled,
    "JobLists.ids": lambda w: job(w)[0].lists.ids("j1") == [w.delivery.id],
    "JobLists.keep": lambda w: (
        job(w)
        and w.last.client.ttl(*w.last.client.keys(w.last.keys.key("job_items", job=1, attempt="*"))) > 365 * 86_400
    ),
    "Jobs.begin_counting": worked,
    "Jobs.cancel": cancelled,
    "Jobs.confirm": worked,
    "Jobs.end": worked,
    "Jobs.end_counting": worked,
    "Jobs.job": worked,
    "Jobs.lease": leased,
    "Jobs.listed": halted,
    "JobLists.meant": lambda w: Jobs(w.last).lists.meant(job(w)[1]) == {},
    "JobLists.attempt": worked,
    "Jobs.open": worked,
    "Jobs.pause": halted,
    "JobLists.next": finished,
    "JobLists.results": worked,
    "Jobs.resume": halted,
    "Jobs.unattended": halted,
    "Jobs.running": lambda w: [one.id for one in Jobs(w.last).running()] == [] and confirmed(w)[0].running(),
    "Jobs.schedule": scheduled,
    "read_schedules": scheduled,
    "JobLists.work": worked,
}
