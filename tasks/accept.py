"""Accept events that a Celery worker was handed directly. The letterbox does the same for the intake queue."""

from __future__ import annotations

from typing import Any

from celery import Task, shared_task

from worker.dispatch import call_runners
from worker.intake.admission import open_admission
from worker.intake.receipts import shape
from worker.messages import ACCEPT
from worker.process import current


@shared_task(bind=True, name=ACCEPT)
def accept(self: Task[Any, Any], events: object) -> Any:
    """A receipt for the event, or a list of them for a list."""
    process = current()
    admission = open_admission(process.intake, process.config, lambda names: call_runners(self.app, names))
    receipts = [shape(receipt) for receipt in admission.admit(events if isinstance(events, list) else [events])]
    return receipts if isinstance(events, list) else receipts[0]
