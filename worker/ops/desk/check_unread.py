"""What ``check`` says of producers' messages: whether any lie where nobody reads them."""

from __future__ import annotations

from collections.abc import Iterator

from worker.errors import OrdercastError
from worker.messages import INTAKE_QUEUE
from worker.ops.desk.findings import Finding, Level
from worker.ops.desk.intake_depth import IntakeLook
from worker.ops.desk.other_consumers import other_consumers

LOOK_S = 5.0
STRANGER = (
    f"The Celery worker {{name}} consumes {INTAKE_QUEUE} too, and loses every order that it takes: stop it, or start it"
    " with -Q and its own queues."
)


def intake_findings(look: IntakeLook) -> Iterator[Finding]:
    """Messages that nobody reads, each with what to do. None where the broker cannot be asked: that is a finding of its
    own."""
    try:
        depth = look.depth(LOOK_S)
    except OrdercastError:
        return
    for name in other_consumers(look.ledger.url, look.broker_url):
        yield Finding(Level.WARN, "intake", STRANGER.format(name=name))
    for unread in depth.unread:
        yield Finding(Level.WARN, "intake", unread.advice)
    if not depth.unread:
        count = depth.queued
        waits = "Nothing waits" if not count else f"{count} {'message waits' if count == 1 else 'messages wait'}"
        yield Finding(Level.OK, "intake", f"{waits} to be read, and no list is left unread.")
