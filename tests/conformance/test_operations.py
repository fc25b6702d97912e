"""What an adapter makes of an event, before anything is sent."""

from __future__ import annotations

from contextlib import closing
from inspect import isgenerator

import pytest

from schemas.delivery import Link
from schemas.event import EventType
from schemas.outcome import Outcome, OutcomeKind
from tests.conformance.account import Account, lawful, open_provider
from tests.conformance.orders import event_of
from tests.conformance.rows import ROWS
from worker.providers import KINDS
from worker.providers.base import Conversation, Request

LINKS = {"an order not sent yet": Link(), "an order that is there": Link(order_id="77", line_ids={"line-701": "8"})}
every_event = pytest.mark.parametrize("event_type", list(EventType))
with_and_without_a_link = pytest.mark.parametrize("link", LINKS.values(), ids=LINKS)


def test_every_kind_has_a_row() -> None:
    assert ROWS.keys() == KINDS.keys()


@every_event
@with_and_without_a_link
def test_an_operation_can_be_looked_up_exactly_where_doubt_asks_for_it(
    account: Account, event_type: EventType, link: Link
) -> None:
    operation = account.operation(event_of(event_type), link)
    assert operation.on_unknown in {"resend", "look_up", "ask"}
    assert (operation.look_up is not None) == (operation.on_unknown == "look_up")
    if operation.look_up is not None:
        search = operation.look_up()
        assert isgenerator(search)
        assert not next(search).mutating


@every_event
@with_and_without_a_link
def test_what_is_not_sent_is_an_outcome_without_a_call(account: Account, event_type: EventType, link: Link) -> None:
    operation = account.operation(event_of(event_type), link)
    first = first_step(operation.converse())
    assert isinstance(first, Request) == bool(operation.calls)
    if isinstance(first, Outcome):
        assert lawful(first).kind in {OutcomeKind.UNSUPPORTED, OutcomeKind.REJECTED}


def test_making_an_operation_twice_makes_the_same_requests(account: Account) -> None:
    """A retry is a new operation: what it sends first does not depend on what was made before."""
    first, second = (next(account.operation(event_of(EventType.CREATED)).converse()) for _ in range(2))
    assert (first.method, first.path, first.body) == (second.method, second.path, second.body)


def test_the_test_call_is_passed_by_the_right_credentials_alone(account: Account) -> None:
    """Where a vendor has a harmless call; it changes nothing there."""
    strange = open_provider(account.kind, account.sandbox.base_url(account.kind), account.row.strange)
    passed, failed = account.provider.test(), strange.test()
    assert (passed is None) == (failed is None)
    if passed is not None and failed is not None:
        assert lawful(account.driver.converse(account.provider, passed).outcome).kind is OutcomeKind.ACCEPTED
        refused = lawful(account.driver.converse(strange, failed).outcome)
        assert refused.kind is OutcomeKind.UNAUTHORIZED
        assert not refused.may_have_been_done
    assert account.orders() == []


def first_step(conversation: Conversation) -> Request | Outcome:
    """What a conversation begins with, or all that it comes to."""
    with closing(conversation):
        try:
            return next(conversation)
        except StopIteration as end:
            return end.value
