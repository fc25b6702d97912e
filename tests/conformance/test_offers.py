"""What each kind says that it makes of each type of event, beside what it does make of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from schemas.delivery import Link
from schemas.event import Event, EventType
from schemas.loading import load_event
from schemas.outcome import Outcome, OutcomeKind
from tests.conformance.account import Account, job_of
from tests.conformance.orders import created, event_of
from tests.fakes.bodies import NOW, event_body
from worker.providers import KINDS, adapter
from worker.providers.base import Operation

LINKS = {"an order not sent yet": Link(), "an order that is there": Link(order_id="77", line_ids={"line-0-701": "8"})}
every_event = pytest.mark.parametrize("event_type", list(EventType))
with_and_without_a_link = pytest.mark.parametrize("link", LINKS.values(), ids=LINKS)


REFUNDS = (
    {"amount": "5.50"},
    {"lines": [{"item_id": "line-0-701", "quantity": "1", "amount": "10.00"}]},
    {"lines": [{"item_id": "line-0-701", "quantity": "1"}], "restock": False},
)
"""Beside the whole of it."""


def events(event_type: EventType) -> Iterator[Event]:
    """Events of a type, each way that it can be meant."""
    yield event_of(event_type)
    if event_type is EventType.REFUNDED:
        for refund in REFUNDS:
            yield load_event(event_body(event_type, {"id": "e-4", "data.refund": refund}), now=NOW)


def operations(account: Account, event_type: EventType, link: Link) -> Iterator[Operation]:
    """What events of this type come to, where the order's last snapshot is still kept and where it is not."""
    for event in events(event_type):
        job = job_of(event, account.provider, link)
        for known in (created().data.order, None):
            yield account.provider.operation(replace(job, order=event.data.order or known))


def sent_nothing(operation: Operation) -> Outcome | None:
    """What it comes to where it makes no request."""
    with closing(operation.converse()) as conversation:
        try:
            next(conversation)
        except StopIteration as end:
            return end.value
    return None


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_says_what_it_makes_of_every_type_and_why_not(kind: str) -> None:
    offers = adapter(kind).offers
    assert offers.keys() == set(EventType)
    for event_type, offer in offers.items():
        assert offer.calls or offer.because, event_type
        assert "\n" not in offer.because, event_type


@every_event
@with_and_without_a_link
def test_an_event_comes_to_a_call_that_is_offered_or_to_none(
    account: Account, event_type: EventType, link: Link
) -> None:
    offered = account.provider.offers[event_type].calls
    for operation in operations(account, event_type, link):
        outcome = sent_nothing(operation)
        if outcome is None:
            assert operation.name in offered
        elif not offered:
            assert outcome.kind is OutcomeKind.UNSUPPORTED
        else:
            assert outcome.kind in {OutcomeKind.UNSUPPORTED, OutcomeKind.REJECTED}


@every_event
def test_every_type_that_is_offered_makes_a_request_where_the_order_is_there(
    account: Account, event_type: EventType
) -> None:
    """An offer that nothing comes to would be a promise in the matrix that nobody keeps."""
    if not account.provider.offers[event_type].calls:
        return
    made = [sent_nothing(one) for link in LINKS.values() for one in operations(account, event_type, link)]
    assert None in made
