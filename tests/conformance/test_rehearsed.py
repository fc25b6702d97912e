"""A rehearsal renders what a delivery sends, at every kind, and asks nobody."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import msgspec
import pytest

from schemas.delivery import Link
from schemas.event import EventType
from schemas.outcome import OutcomeKind, Reason
from tests.conformance.account import Account, job_of
from tests.conformance.orders import created, event_of, updated
from tests.fakes.wire import ShortMemory
from worker.providers import make_provider
from worker.providers.base import Operation, Request
from worker.providers.body_lines import body_lines
from worker.providers.memory import ProcessMemory
from worker.providers.rehearsing import RehearsalMemory, RehearsedOperation, rehearsed

READS = {"openbizbox": ("token",)}


def rehearse(account: Account, event: Any, link: Link | None = None, memory: Any = None) -> RehearsedOperation:
    kept = memory or ShortMemory()
    provider = make_provider(account.provider.config, RehearsalMemory(kept, ProcessMemory()))
    return rehearsed(provider, provider.operation(job_of(event, provider, link)), event.data.order)


def noting(operation: Operation, noted: list[Request]) -> Generator[Request, Any, Any]:
    """The operation's conversation, each changing request noted as it passes."""
    talk = operation.converse()
    reply = None
    while True:
        try:
            request = talk.send(reply)
        except StopIteration as end:
            return end.value
        if request.mutating:
            noted.append(request)
        reply = yield request


def test_what_is_rehearsed_is_what_is_sent(account: Account) -> None:
    event, noted = created(), list[Request]()
    told = rehearse(account, event)
    assert told.request is not None, told
    assert told.reads == READS.get(account.kind, ())
    ran = account.driver.converse(account.provider, noting(account.operation(event), noted), order=event.data.order)
    assert ran.outcome.kind is OutcomeKind.ACCEPTED
    assert told.request.sent.step == noted[0].step
    again = rehearse(account, event, memory=account.provider.memory)
    assert again.request is not None
    assert [secret for secret in account.provider.secrets if secret.encode() in again.request.sent.body] == []
    if not any(secret.encode() in noted[0].body for secret in account.provider.secrets):
        assert again.request.sent.body == noted[0].body
    assert len(body_lines(again.request.sent)) > 5


def test_an_edit_of_an_order_that_the_vendor_has_to_be_asked_for_says_which_call_it_waits_for(account: Account) -> None:
    told = rehearse(account, updated(), Link(order_id="88"))
    if account.kind == "webhook":
        assert told.request is not None
    elif account.kind == "retargeting":
        assert told.outcome is not None
        assert (told.outcome.kind, told.outcome.reason) == (OutcomeKind.UNSUPPORTED, Reason.CANNOT_UPDATE)
    else:
        assert told.waits_for == told.reads[-1]
        assert (told.request, told.outcome) == (None, None)


def test_an_action_on_an_order_that_is_not_known_there_predicts_nothing_that_only_the_vendor_knows(
    account: Account,
) -> None:
    for kind in (EventType.CANCELLED, EventType.REFUNDED, EventType.NOTED):
        told = rehearse(account, event_of(kind))
        assert [told.request, told.outcome, told.waits_for].count(None) == 2
        assert told.outcome is None or told.outcome.kind in {OutcomeKind.UNSUPPORTED, OutcomeKind.REJECTED}
        assert told.outcome is None or told.reads == ()


@pytest.mark.parametrize("kind", ["retargeting", "orderdesk"])
def test_a_refusal_that_needs_no_vendor_is_predicted_with_its_message(sandbox, driver, kind: str) -> None:
    account = Account(kind, sandbox, driver)
    config = msgspec.structs.replace(account.provider.config, currency="NOK")
    account.made = make_provider(config, ShortMemory())
    told = rehearse(account, created())
    assert told.outcome is not None
    assert told.outcome.kind is OutcomeKind.REJECTED
    assert "NOK" in told.outcome.message


def test_articles_that_only_the_shop_names_are_stood_for_and_said(sandbox, driver) -> None:
    account = Account("openbizbox", sandbox, driver)
    event = created()
    items = [msgspec.structs.replace(item, variant_id=None, sku=f"S{item.id}") for item in event.order.items]
    order = msgspec.structs.replace(event.order, items=items)
    event = msgspec.structs.replace(event, data=msgspec.structs.replace(event.data, order=order))
    told = rehearse(account, event)
    assert told.reads == ("token", "products/mapping")
    assert told.assumed == ("The shop is not asked for its articles: 0 stands for each of them.",)
    assert told.request is not None


def test_an_order_that_is_only_searched_for_is_taken_to_be_new(sandbox, driver) -> None:
    told = rehearse(Account("orderdesk", sandbox, driver), updated())
    assert told.reads == ("list orders",)
    assert told.assumed == ("Order Desk is taken to have no order of this number yet.",)
    assert told.request is not None
    assert (told.request.path, told.request.sent.step) == ("/orders", "create order")


def test_what_a_rehearsal_keeps_is_seen_by_no_worker(account: Account) -> None:
    kept = ShortMemory()
    rehearse(account, created(), memory=kept)
    assert kept.kept == {}


def test_an_adapter_that_fails_is_what_would_come_of_it(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> Any:
        raise KeyError("x")

    told = rehearsed(account.provider, Operation("save", fails), None)
    assert told.outcome is not None
    assert (told.outcome.reason, told.outcome.message) == (Reason.CRASHED, "The adapter fails: KeyError.")
