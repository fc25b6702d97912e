"""What a kind that compares says of an order at its vendor: nothing of the one that was saved, and what another lacks."""

from __future__ import annotations

import pytest

from schemas.delivery import Link
from schemas.event import Event
from schemas.outcome import Reason
from tests.conformance.account import Account, job_of
from tests.conformance.orders import THEN, created, updated
from worker.providers.base import Difference, Provider, Read


def compared(account: Account, event: Event, link: Link) -> list[Difference]:
    """The differences between the order at the vendor, as the question ``order`` shows it, and this event's."""
    if type(account.provider).compare is Provider.compare:
        pytest.skip("this kind cannot be asked for an order")
    question = account.provider.questions["order"]
    read = account.driver.read(account.provider, question.ask(link.order_id or "", {}, None))
    assert isinstance(read, Read), read
    found = account.provider.compare(job_of(event, account.provider, link), read.tree)
    assert found is not None
    return found


def test_an_order_that_was_just_saved_differs_in_nothing(account: Account) -> None:
    link = account.save(created())
    assert compared(account, created(), link) == []
    link = account.save(updated(THEN), link)
    assert compared(account, updated(THEN), link) == []


def test_an_order_of_an_older_snapshot_is_told_to_differ(account: Account) -> None:
    link = account.save(created())
    assert Reason.DIFFERS in {difference.reason for difference in compared(account, updated(THEN), link)}


def test_what_is_no_order_at_all_cannot_be_compared(account: Account) -> None:
    for tree in ({}, [], None, "?", {"error": "invalid_param"}):
        assert account.provider.compare(job_of(created(), account.provider), tree) is None
