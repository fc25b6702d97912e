"""What people asked for in a way that cannot be done as it stands."""

from __future__ import annotations

from worker.errors import OrdercastError


class BadRequest(OrdercastError):
    """What was asked for is not clear. The message says what to add."""

    reason = "usage"
    exit_code = 2
