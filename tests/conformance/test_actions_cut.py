"""An action broken off after any of its calls: nothing is doubled, nothing is moved twice, and what cannot be known is a
dead letter with the evidence.

"Broken off" is the answer that never came: the vendor has committed that call, and nobody knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from schemas.delivery import Link
from schemas.event import Event
from schemas.loading import load_event
from schemas.outcome import Outcome, OutcomeKind
from tests.conformance.orders import THEN, created, updated
from tests.conformance.played import Played, play
from tests.fakes.bodies import NOW, event_body
from worker.providers import KINDS
from worker.providers.base import Absent, Settled, Undetermined

MOST_CALLS = 20
PARTS: dict[str, tuple[str, dict[str, Any]]] = {
    "cancelled": ("order.cancelled", {"data.cancellation.reason": "Changed her mind"}),
    "cancelled, not restocked": ("order.cancelled", {"data.cancellation.restock": False}),
    "deleted": ("order.deleted", {}),
    "invoiced": ("order.invoiced", {"data.invoice": {"number": "444", "notify": True}}),
    "noted": ("order.noted", {"data.note": {"text": "Call first.", "author": "Kim"}}),
    "refunded whole": ("order.refunded", {}),
    "refunded by lines": (
        "order.refunded",
        {"data.refund": {"lines": [{"item_id": "line-0-701", "quantity": "1", "amount": "10.00"}]}},
    ),
}
BY_CLOCK = {
    *("saves", "saved_at", "created_at", "create_datetime", "update_datetime", "date_added", "date_updated"),
    *("after_saves", "state_before", "received_at"),
}
"""What a vendor's record says of when and how often it was written, and not of what it says."""

every_kind = pytest.mark.parametrize("kind", list(KINDS))
every_action = pytest.mark.parametrize("action", list(PARTS))


def event_of(action: str) -> Event:
    kind, changes = PARTS[action]
    return load_event(event_body(kind, {"id": "e-9", **deepcopy(changes)}), now=NOW)


def begun(kind: str, action: str, *, linked: bool) -> tuple[Played, Link]:
    """A vendor with the order in it, changed once; and what is known of it. A shop cancels what is not paid yet."""
    played = play(kind)
    status = "paid" if "refunded" in action else "processing"
    link = played.save(created(status=status)).link
    link = played.save(updated(status=status), link).link or link
    return played, (link if linked else None) or Link()


def record(played: Played) -> Any:
    """What the vendor holds, without what its clock makes of it."""
    return _without_clock(played.vendor.orders())


def _without_clock(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {name: _without_clock(value) for name, value in tree.items() if name not in BY_CLOCK}
    return [_without_clock(one) for one in tree] if isinstance(tree, list) else tree


def moves(played: Played) -> list[Any]:
    return [row[0] for order in played.vendor.orders() for row in order.get("moved", [])]


def next_attempt(played: Played, event: Event, link: Link, *, in_doubt: bool) -> Outcome:
    """What the engine does next: ask a person, look first, or converse (worker/policy/doubt.py)."""
    operation = played.operation(event, link)
    if in_doubt and operation.on_unknown == "ask":
        return Outcome(kind=OutcomeKind.UNKNOWN, reason="unknown", message="Compare.")  # type: ignore[arg-type]
    if in_doubt and operation.look_up is not None:
        seen = played.run(operation.look_up())
        if isinstance(seen, Settled):
            assert seen.message.endswith(".")
            return Outcome(kind=OutcomeKind.ACCEPTED, reason="exists", message=seen.message)  # type: ignore[arg-type]
        if isinstance(seen, Undetermined):
            return Outcome(kind=OutcomeKind.UNKNOWN, reason="unknown", message=seen.message)  # type: ignore[arg-type]
        assert isinstance(seen, Absent), seen
    outcome = played.run(operation.converse())
    assert isinstance(outcome, Outcome)
    return outcome


def broken_off(kind: str, action: str, *, linked: bool) -> Iterator[tuple[Played, Link, int]]:
    """The same vendor each time, the action broken off after its first call, its second, …"""
    for calls in range(1, MOST_CALLS):
        played, link = begun(kind, action, linked=linked)
        before = len(played.heard)
        ended = played.run(played.operation(event_of(action), link).converse(), at_most=calls)
        if ended is not None:
            return
        yield played, link, before
    pytest.fail(f"{action} at {kind} takes more than {MOST_CALLS} calls")


@every_kind
@every_action
@pytest.mark.parametrize("linked", [True, False], ids=["linked", "link lost"])
def test_an_action_broken_off_after_any_call_is_done_once_or_asks(kind: str, action: str, linked: bool) -> None:
    event = event_of(action)
    whole, link = begun(kind, action, linked=linked)
    before, outcome = record(whole), next_attempt(whole, event, link, in_doubt=False)
    after, moved = record(whole), moves(whole)
    for played, known, heard in broken_off(kind, action, linked=linked):
        in_doubt = any(request.mutating for request, _ in played.heard[heard:])
        ended = next_attempt(played, event, known, in_doubt=in_doubt)
        if ended.kind is OutcomeKind.UNKNOWN:
            assert ended.message
            assert record(played) in (before, after) or moves(played) in (moved, [])
        else:
            assert (ended.kind, record(played)) == (outcome.kind, after)
        assert len(moves(played)) <= len(moved)


@every_kind
@every_action
def test_an_action_that_is_told_again_after_it_was_done_moves_nothing(kind: str, action: str) -> None:
    """The epoch of a restored store: the ledger has forgotten, the vendor has not."""
    event = event_of(action)
    played, link = begun(kind, action, linked=True)
    next_attempt(played, event, link, in_doubt=False)
    done, moved = record(played), moves(played)
    again = next_attempt(played, event, link, in_doubt=True)
    assert moves(played) == moved
    if again.kind is not OutcomeKind.UNKNOWN and kind != "webhook":
        assert record(played) == done


@every_kind
def test_what_moves_money_is_never_sent_again_blindly(kind: str) -> None:
    """But where the receiver knows a repeat by its id, which is a webhook's whole contract."""
    for action in ("invoiced", "refunded whole", "refunded by lines", "cancelled"):
        played, link = begun(kind, action, linked=True)
        operation = played.operation(event_of(action), link)
        requests = [request for request, _ in played.heard]
        played.run(operation.converse())
        sends = any(request.mutating for request, _ in played.heard[len(requests) :])
        if sends and kind not in {"webhook", "orderdesk"}:
            assert operation.on_unknown in {"look_up", "ask"}, action


def test_the_lines_stay_as_they_were_through_every_action() -> None:
    for kind in KINDS:
        for action in PARTS:
            played, link = begun(kind, action, linked=True)
            if kind == "orderdesk" and action == "deleted":
                continue
            next_attempt(played, event_of(action), link, in_doubt=False)
            articles = [line[0] for line in played.lines()]
            assert articles == (["701", "703", "704"] if kind != "retargeting" else ["701", "702", "703"]), (
                kind,
                action,
            )
    assert len(THEN) == 3
