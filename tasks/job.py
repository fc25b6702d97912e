"""A person's deed on many deliveries: a job is executed for a time slice, then let go until the next tick calls."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

from celery import Task, shared_task

from worker import alerts
from worker.dispatch import call_runners
from worker.errors import OrdercastError
from worker.jobs.executor import JobExecutor
from worker.jobs.work import JobTools
from worker.log import get as get_logger
from worker.messages import JOB
from worker.process import current
from worker.runners.request import UnackedTask

SLICE_S = 10.0

log = get_logger("ordercast.jobs")


@shared_task(bind=True, name=JOB, base=UnackedTask, ignore_result=True, acks_late=False)
def execute(self: Task[Any, Any], job_id: str, token: str) -> None:
    """JobWork at a job whose lease whoever calls has taken by this token."""
    process = current()
    tools = JobTools(
        process.store,
        partial(call_runners, self.app),
        lambda: process.providers,
        lambda: process.driver,
        process.config.limits.max_pending,
    )
    executor = JobExecutor(tools, process.stopping)
    try:
        job = executor.execute(job_id, time.monotonic() + SLICE_S, token=token)
    except OrdercastError as error:
        log.warning("job.left", job=job_id, reason=error.reason, message=str(error))
    else:
        log.info(
            "job.progress",
            job=job.id,
            kind=job.kind.value,
            state=job.state.value,
            matched=job.matched,
            done=job.done,
            failed=job.failed,
        )
        if executor.ended == job.id and job.scheduled:
            alerts.reconciled(job)
