"""What every message on the broker is called: tasks, and the queues that they lie in."""

from __future__ import annotations

INTAKE_QUEUE = "ordercast.intake"
ACCEPT = "ordercast.accept"
DELIVER = "ordercast.deliver"
JOB = "ordercast.job"
JOB_QUEUE = "ordercast.jobs"


def deliver_queue(provider: str) -> str:
    """The queue in which calls of a provider's runners lie."""
    return f"{DELIVER}.{provider}"
