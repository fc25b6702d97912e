"""How long a retry waits: full jitter with a floor."""

from __future__ import annotations

from worker.policy.plan import Plan


def backoff_s(tries: int, plan: Plan, jitter: float) -> float:
    """Seconds to wait after ``tries`` spent tries (1 and up): from ``first_s`` to ``first_s × factor^tries``, capped.

    ``jitter`` in 0…1 chooses the place between; the caller draws it, so that this stays a table.
    """
    highest = min(plan.cap_s, plan.first_s * plan.factor ** min(tries, 64))
    lowest = min(plan.first_s, highest)
    return lowest + (highest - lowest) * jitter
