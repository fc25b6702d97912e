"""What is done for each doubt, by each sighting, linked or not: right values by hand, from design 6."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.config import ProviderConfig
from schemas.delivery import Link
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.sighting import Absent, Found, LookupResult, Settled, Undetermined
from tests.fakes.past import past
from worker.policy import doubt
from worker.policy.doubt import AskPerson, Conclude, Go, LookFirst, Rest
from worker.policy.plan import plan_of

PLAN = plan_of(ProviderConfig(name="one", kind="x", base_url="x", options=None))

FOUND, ABSENT = Found(Link(order_id="77")), Absent()
DONE, UNCLEAR = Settled("It is cancelled there."), Undetermined("It shows 3 pieces.")
NO_ANSWER = Outcome(kind=OutcomeKind.UNKNOWN, reason=Reason.NO_ANSWER, message="No answer within 20 s.", calls=1)


def looked(what: str, ago_s: int, sighting: LookupResult, **more: Any) -> str:
    """What becomes of a delivery that is looked up where it is in doubt, in a word or two."""
    is_open = doubt.since(past(what, ago_s, **more), PLAN)
    first = doubt.before(is_open, "look_up", "the look-up", sends=True)
    if not isinstance(first, LookFirst):
        assert first == Go()
        return "go unseen"
    return word(doubt.after(sighting, is_open, first.since_ms))


def word(step: doubt.Step | LookFirst[Any]) -> str:
    if isinstance(step, Rest):
        assert step.outcome.reason is Reason.TOO_EARLY
        return f"rest {step.wait_s:g}"
    if isinstance(step, Conclude):
        return f"{step.outcome.kind} {step.outcome.reason}"
    if isinstance(step, Go):
        return "go" if step.clears else "go unseen"
    return "ask" if isinstance(step, AskPerson) else "look"


SOON, LATER = 20, 61
UNANSWERED = "unknown unanswered_look_up"
TABLE = [
    # what is open, its order is linked, what was seen, at 20 s, at 61 s
    ("its own request", False, FOUND, "go", "go"),
    ("its own request", False, ABSENT, "rest 40", "go"),
    ("its own request", False, DONE, "accepted exists", "accepted exists"),
    ("its own request", False, UNCLEAR, "ask", "ask"),
    ("its own request", False, NO_ANSWER, UNANSWERED, UNANSWERED),
    ("its own request", True, FOUND, "rest 40", "go"),
    ("its own request", True, ABSENT, "rest 40", "go"),
    ("its own request", True, DONE, "accepted exists", "accepted exists"),
    ("its own request", True, UNCLEAR, "ask", "ask"),
    ("its own request", True, NO_ANSWER, UNANSWERED, UNANSWERED),
    ("one of its order", False, FOUND, "go", "go"),
    ("one of its order", False, ABSENT, "rest 40", "go"),
    ("one of its order", False, DONE, "accepted exists", "accepted exists"),
    ("one of its order", False, UNCLEAR, "ask", "ask"),
    ("one of its order", False, NO_ANSWER, UNANSWERED, UNANSWERED),
    ("one of its order", True, FOUND, "rest 40", "go"),
    ("one of its order", True, ABSENT, "rest 40", "go"),
    ("one of its order", True, DONE, "accepted exists", "accepted exists"),
    ("one of its order", True, UNCLEAR, "ask", "ask"),
    ("one of its order", True, NO_ANSWER, UNANSWERED, UNANSWERED),
    ("a restart", False, FOUND, "rest 40", "go"),
    ("a restart", False, ABSENT, "rest 40", "go"),
    ("a restart", False, DONE, "accepted exists", "accepted exists"),
    ("a restart", False, UNCLEAR, "ask", "ask"),
    ("a restart", False, NO_ANSWER, UNANSWERED, UNANSWERED),
    ("a restart", True, FOUND, "go unseen", "go unseen"),
    ("a restart", True, ABSENT, "go unseen", "go unseen"),
    ("a restart", True, DONE, "go unseen", "go unseen"),
    ("a restart", True, UNCLEAR, "go unseen", "go unseen"),
    ("a restart", True, NO_ANSWER, "go unseen", "go unseen"),
    ("a clock that jumped", False, FOUND, "go", "go"),
    ("a clock that jumped", False, ABSENT, "rest 40", "go"),
    ("a clock that jumped", False, DONE, "accepted exists", "accepted exists"),
    ("a clock that jumped", False, UNCLEAR, "ask", "ask"),
    ("a clock that jumped", False, NO_ANSWER, UNANSWERED, UNANSWERED),
    ("a clock that jumped", True, FOUND, "rest 40", "go"),
    ("a clock that jumped", True, ABSENT, "rest 40", "go"),
    ("a clock that jumped", True, DONE, "accepted exists", "accepted exists"),
    ("a clock that jumped", True, UNCLEAR, "ask", "ask"),
    ("a clock that jumped", True, NO_ANSWER, UNANSWERED, UNANSWERED),
]


def name(value: Any) -> str | None:
    return type(value).__name__ if isinstance(value, LookupResult) else None


@pytest.mark.parametrize(("what", "is_linked", "sighting", "soon", "later"), TABLE, ids=name)
def test_what_a_look_up_saw_has_its_meaning_for_each_doubt(
    what: str, is_linked: bool, sighting: LookupResult, soon: str, later: str
) -> None:
    assert looked(what, SOON, sighting, is_linked=is_linked) == soon
    assert looked(what, LATER, sighting, is_linked=is_linked) == later


@pytest.mark.parametrize("is_linked", [True, False])
@pytest.mark.parametrize(("sighting", "soon"), [(FOUND, "rest 40"), (ABSENT, "rest 40"), (DONE, "accepted exists")])
def test_after_a_restart_an_action_is_looked_up_whether_its_order_is_linked_or_not(
    is_linked: bool, sighting: LookupResult, soon: str
) -> None:
    assert looked("a restart", SOON, sighting, kind="a", is_linked=is_linked) == soon


UNLOOKED = [
    # what is open, its order is linked; at 20 s what is sent again, what asks; at 61 s the two
    ("nothing", False, "go unseen", "go unseen", ("go unseen", "go unseen")),
    ("nothing", True, "go unseen", "go unseen", ("go unseen", "go unseen")),
    ("its own request", False, "rest 40", "ask", ("go unseen", "ask")),
    ("its own request", True, "rest 40", "ask", ("go unseen", "ask")),
    ("one of its order", False, "rest 40", "rest 40", ("go unseen", "go unseen")),
    ("one of its order", True, "rest 40", "rest 40", ("go unseen", "go unseen")),
    ("a restart", False, "go unseen", "go unseen", ("go unseen", "go unseen")),
    ("a restart", True, "rest 40", "rest 40", ("go unseen", "go unseen")),
    ("a clock that jumped", False, "rest 40", "ask", ("go unseen", "ask")),
    ("a clock that jumped", True, "rest 40", "ask", ("go unseen", "ask")),
]


@pytest.mark.parametrize(("what", "is_linked", "resend", "ask", "later"), UNLOOKED)
def test_what_is_sent_without_looking_rests_or_asks(
    what: str, is_linked: bool, resend: str, ask: str, later: tuple[str, str]
) -> None:
    def first(ago_s: int, on_unknown: Any) -> str:
        is_open = doubt.since(past(what, ago_s, is_linked=is_linked), PLAN)
        return word(doubt.before(is_open, on_unknown, None, sends=True))

    assert (first(SOON, "resend"), first(SOON, "ask")) == (resend, ask)
    assert (first(LATER, "resend"), first(LATER, "ask")) == later
