"""Causes and outcomes of a ledger in which everything is in the second shard: true where it is found there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from schemas.cause import CauseState, DeadGroup
from schemas.principal import Face, Principal, Role
from tests.fakes.second_shard import World
from worker.ledger.cause_marks import CauseMarks
from worker.ledger.queries.causes import Causes
from worker.ledger.queries.outcomes import Outcomes

ANN = Principal("ann", Role.ADMIN, Face.CLI)


def marked(w: World) -> DeadGroup:
    """The cause of a letter in the second shard, with all that was said of it by whichever shard."""
    w.bury()
    marks = CauseMarks(w.last)
    marks.note("one", "f1", "seen", by=ANN)
    marks.take("one", "f1", by=ANN)
    marks.release("one", "f1", by=ANN)
    marks.take("one", "f1", by=ANN)
    marks.ignore("one", "f1", by=ANN, why="w", ever=1)
    assert Causes(w.store).find("one", "f").state is CauseState.IGNORED
    marks.reopen("one", "f1", by=ANN)
    return Causes(w.store).find("one", "f1")


def said(w: World) -> bool:
    one = marked(w)
    return (one.state, one.taken and one.taken.who, [note.text for note in one.notes]) == ("open", "ann", ["seen"])


OF_CAUSES: dict[str, Callable[[World], Any]] = {
    "CauseMarks.ignore": said,
    "CauseMarks.note": said,
    "CauseMarks.release": said,
    "CauseMarks.reopen": said,
    "CauseMarks.take": said,
    "Causes.find": said,
    "Causes.fingerprints": lambda w: w.bury() and Causes(w.store).fingerprints(None, "f") == {"f1"},
    "Causes.listed": lambda w: w.bury() and [one.count for one in Causes(w.store).listed()] == [1],
    "Causes.page": lambda w: w.bury() and [one.sample.id for one in Causes(w.store).page().items] == [w.delivery.id],
    "Outcomes.since": lambda w: w.bury() and [one.order for one in Outcomes(w.store).since()[0]] == [w.number],
}
