"""Orders of which little is said: without lines, without a name. What each vendor needs is asked for by name."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from schemas.event import Event
from schemas.order import Address, Customer, Fee, Order
from schemas.outcome import Outcome, OutcomeKind, Reason
from tests.conformance.account import Account
from tests.conformance.orders import created, updated
from worker.providers.naming import has_name, with_name

WITHOUT_LINES = {
    "retargeting": (OutcomeKind.UNSUPPORTED, Reason.NEEDS_LINES),
    "shopscript": (OutcomeKind.REJECTED, Reason.NEEDS_LINES),
    "orderdesk": (OutcomeKind.REJECTED, Reason.NEEDS_LINES),
    "openbizbox": (OutcomeKind.ACCEPTED, Reason.SAVED),
    "webhook": (OutcomeKind.ACCEPTED, Reason.SAVED),
}
"""Retargeting knows orders by their products, so that a person could do nothing about it: skipped, no dead letter."""

WITHOUT_NAME = {
    "retargeting": (OutcomeKind.ACCEPTED, Reason.SAVED),
    "shopscript": (OutcomeKind.ACCEPTED, Reason.SAVED),
    "orderdesk": (OutcomeKind.REJECTED, Reason.NO_NAME),
    "openbizbox": (OutcomeKind.REJECTED, Reason.NO_NAME),
    "webhook": (OutcomeKind.ACCEPTED, Reason.SAVED),
}


def with_order(event: Event, **changes: object) -> Event:
    order = msgspec.structs.replace(event.order, **changes)
    return msgspec.structs.replace(event, data=msgspec.structs.replace(event.data, order=order))


def of_a_fee(event: Event) -> Event:
    """An order of nothing but a fee of 25.00."""
    zero, paid = Decimal(0), Decimal(25)
    totals = msgspec.structs.replace(event.order.totals, grand=paid, items=zero, discount=zero, fees=paid)
    return with_order(event, items=[], fees=[Fee(title="Gift card", amount=paid)], totals=totals)


def nameless(event: Event) -> Event:
    """An order with an e-mail and an address, and nobody's name."""
    nowhere = Address(city="Odense", country="DK")
    customer = Customer(email=event.order.customer.email, phone=event.order.customer.phone)
    return with_order(event, customer=customer, billing_address=nowhere, shipping_address=nowhere)


def said(outcome: Outcome) -> tuple[OutcomeKind, Reason]:
    return outcome.kind, outcome.reason


def test_an_order_without_lines_is_taken_or_says_that_it_needs_lines(account: Account) -> None:
    outcome = account.deliver(of_a_fee(created()))
    kind, reason = WITHOUT_LINES[account.kind]
    assert outcome.kind is kind
    if kind is not OutcomeKind.ACCEPTED:
        assert outcome.reason is reason
        assert account.orders() == []
    elif account.kind == "openbizbox":
        [held] = account.orders()
        assert (account.row.lines(held), Decimal(str(account.row.total(held)))) == ([], 25)


def test_an_order_that_had_no_lines_is_given_some_by_an_update(account: Account) -> None:
    if WITHOUT_LINES[account.kind][0] is not OutcomeKind.ACCEPTED or account.kind == "webhook":
        pytest.skip("it takes none without lines, or keeps no order")
    link = account.save(of_a_fee(created()))
    account.save(updated(), link)
    [held] = account.orders()
    assert len(account.row.lines(held)) == 3
    link = account.save(of_a_fee(updated(event_id="e-3")), link)
    [held] = account.orders()
    assert (account.row.lines(held), Decimal(str(account.row.total(held)))) == ([], 25)


def test_an_order_without_a_name_is_taken_or_names_the_setting(account: Account) -> None:
    outcome = account.deliver(nameless(created()))
    kind, reason = WITHOUT_NAME[account.kind]
    assert outcome.kind is kind
    if kind is OutcomeKind.REJECTED:
        assert outcome.reason is reason
        assert 'placeholder_name = "Customer"' in outcome.message
        assert account.orders() == []


def test_a_placeholder_stands_where_a_name_is_wanted(account: Account) -> None:
    if account.kind == "webhook":
        pytest.skip("it is sent the event as it was accepted")
    account.save(with_name(nameless(created()), "Customer"))
    assert "Customer" in str(account.orders())


def test_a_placeholder_never_stands_beside_a_name() -> None:
    event = created()
    assert with_name(event, "Customer") is event
    firm = with_order(nameless(event), billing_address=Address(company="Glue & Co"))
    assert with_name(firm, "Customer") is firm
    assert with_name(nameless(event), None) == nameless(event)


def test_a_blank_order_names_nobody() -> None:
    order: Order = nameless(created()).order
    assert not has_name(order)
    assert has_name(with_name(nameless(created()), "Customer").order)


def test_shop_script_takes_an_order_of_nobody_at_all(account: Account) -> None:
    if account.kind != "shopscript":
        pytest.skip("the others want an e-mail or a name")
    nobody = with_order(created(), customer=Customer(), billing_address=None, shipping_address=None)
    assert account.deliver(nobody).kind is OutcomeKind.ACCEPTED
    [held] = account.orders()
    assert len(account.row.lines(held)) == 3
