"""A ledger that is given a further provider, and backfills of it."""

from __future__ import annotations

import threading
from typing import Any

from schemas.bulk_job import BulkJob, JobKind, JobState
from schemas.config import ProviderConfig
from schemas.principal import Face, Principal, Role
from tests.fakes.job_tools import tools
from tests.fakes.ledger import Ledger
from worker.jobs.executor import JobExecutor
from worker.ledger.jobs import Jobs
from worker.policy.plan import plan_of

MIA = Principal("mia", Role.OPERATOR, Face.CLI)


def add_provider(ledger: Ledger, name: str = "new", **settings: Any) -> None:
    """From now on the ledger has it."""
    fields = {"name": name, "kind": "retargeting", "base_url": "http://127.0.0.1", "options": None, "max_in_flight": 50}
    ledger.configs[name] = ProviderConfig(**(fields | settings))
    ledger.plans[name] = plan_of(ledger.configs[name])
    ledger.furnish()


def executor(ledger: Ledger, max_pending: int = 1_000_000) -> JobExecutor:
    given = tools(ledger.store)
    return JobExecutor(type(given)(given.store, given.call, dict, given.driver, max_pending), threading.Event())


def opened(ledger: Ledger, provider: str = "new", **meant: object) -> BulkJob:
    wanted: dict[str, object] = {"provider": provider}
    return Jobs(ledger.store).open(JobKind.BACKFILL, wanted | meant, wanted | meant, by=MIA, why="new here")[0]


def confirmed(ledger: Ledger, provider: str = "new", **meant: object) -> BulkJob:
    job = executor(ledger).execute(opened(ledger, provider, **meant).id)
    assert job.state is JobState.COUNTED, job
    return Jobs(ledger.store).confirm(job.id, job.matched or 0, by=MIA)


def backfilled(ledger: Ledger, provider: str = "new", **meant: object) -> BulkJob:
    job = executor(ledger).execute(confirmed(ledger, provider, **meant).id)
    assert job.state is JobState.DONE
    return job


def coverage(job: BulkJob) -> dict[str, int]:
    told = job.coverage
    assert isinstance(told, dict)
    return told
