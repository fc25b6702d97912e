"""An account whose vendor has no field for a currency: it is in one, and an order of another is never delivered in silence."""

from __future__ import annotations

import pytest

from schemas.config import ProviderConfig, Secret
from schemas.event import EventType
from schemas.outcome import OutcomeKind, Reason
from schemas.providers.orderdesk import OrderDeskOptions
from schemas.providers.retargeting import RetargetingOptions
from tests.fakes.snapshots import job, order, snapshot, totals
from tests.fakes.wire import ShortMemory, exchange, run
from worker.providers import KINDS, adapter
from worker.sandbox import orderdesk, retargeting

OPTIONS = {
    "orderdesk": OrderDeskOptions(store_id=orderdesk.STORE_ID, api_key=Secret(orderdesk.API_KEY)),
    "retargeting": RetargetingOptions(api_key=Secret(retargeting.API_KEY)),
}
VENDORS = {
    "orderdesk": lambda: orderdesk.SimulatedOrderDesk(burst=1000),
    "retargeting": retargeting.SimulatedRetargeting,
}
REMARK = (
    "The order is in {}, orders in EUR came before it, and there is no field for that: "
    "set currency in [providers.here] to the one that the account is in."
)

both_kinds = pytest.mark.parametrize("kind", list(OPTIONS))


class CountedMemory(ShortMemory):
    """A memory that counts what it is asked: each is a round trip to the store."""

    def __init__(self) -> None:
        super().__init__()
        self.recalled: list[str] = []

    def keep_first(self, name: str, value: str, ttl_s: float) -> str:
        self.recalled.append(name)
        return super().keep_first(name, value, ttl_s)


class Account:
    """One account at its simulated vendor, opened anew by each process; the memory is shared by all of them."""

    def __init__(self, kind, **settings):
        self.kind = kind
        self.vendor = VENDORS[kind]()
        self.memory = CountedMemory()
        self.settings = settings
        self.open()

    def open(self):
        settings = {"base_url": "http://127.0.0.1", "options": OPTIONS[self.kind], **self.settings}
        self.provider = adapter(self.kind)(ProviderConfig(name="here", kind=self.kind, **settings), self.memory)

    def deliver(self, number, currency, **changes):
        event = snapshot(order(number=number, currency=currency, **changes), kind=EventType.CREATED)
        return run(self.provider.operation(job(event)).converse(), self.vendor)


@both_kinds
def test_the_kind_says_that_it_has_no_field_for_a_currency(kind):
    assert adapter(kind).has_currency is False
    assert {name for name in KINDS if not adapter(name).has_currency} == set(OPTIONS)


@both_kinds
def test_orders_of_one_currency_are_delivered_without_a_remark(kind):
    account = Account(kind)
    for number in ("1", "2", "3"):
        assert account.deliver(number, "EUR").reason is Reason.SAVED


@both_kinds
def test_an_order_of_a_second_currency_is_delivered_with_a_remark_each_time(kind):
    account = Account(kind)
    account.deliver("1", "EUR")
    for number, currency in (("2", "USD"), ("3", "DKK"), ("4", "USD")):
        outcome = account.deliver(number, currency)
        assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.REMARK)
        assert outcome.message == REMARK.format(currency)
    assert account.deliver("5", "EUR").reason is Reason.SAVED
    assert len(account.vendor.orders()) == 5


@both_kinds
def test_another_process_knows_what_came_first(kind):
    account = Account(kind)
    account.deliver("1", "EUR")
    account.open()
    assert account.deliver("2", "USD").message == REMARK.format("USD")


@both_kinds
def test_a_process_asks_the_memory_once_and_keeps_it_once(kind):
    account = Account(kind)
    for number in ("1", "2", "3", "4"):
        account.deliver(number, "EUR" if number != "3" else "USD")
    assert account.memory.recalled == ["here:currency"]
    kept = dict(account.memory.kept)
    assert kept == {"here:currency": ("EUR", 400 * 86_400.0)}
    account.open()
    account.memory.kept.clear()  # it may forget: what comes next is then the first
    account.deliver("5", "USD")
    assert account.memory.kept["here:currency"][0] == "USD"


@both_kinds
def test_an_order_that_was_not_delivered_says_nothing_of_the_account(kind):
    account = Account(kind)
    conversation = account.provider.operation(job(snapshot(order(currency="USD")))).converse()
    refused = exchange(next(conversation), VENDORS[kind](), at=0.0)
    with pytest.raises(StopIteration):
        conversation.send(type(refused)(status=400, headers={}, body=b"{}"))
    assert account.deliver("2", "EUR").reason is Reason.SAVED
    assert account.memory.kept["here:currency"][0] == "EUR"


@both_kinds
def test_with_the_setting_another_currency_is_rejected_before_anything_is_sent(kind):
    account = Account(kind, currency="EUR")
    outcome = account.deliver("1", "USD")
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.CURRENCY)
    named = {"orderdesk": "Order Desk", "retargeting": "Retargeting"}[kind]
    assert outcome.message == (
        f"The order is in USD, this account in EUR, and {named} has no field for a currency: "
        "correct the order's currency or the account's, or discard this."
    )
    assert account.vendor.orders() == []
    assert account.deliver("2", "EUR").reason is Reason.SAVED
    assert account.memory.recalled == []
    assert account.memory.kept == {}


def test_an_order_that_is_updated_at_order_desk_in_a_second_currency_is_remarked_too():
    account = Account("orderdesk")
    account.deliver("1", "EUR")
    link = account.deliver("2", "USD").link
    event = snapshot(order(number="2", currency="USD", comment="x"), kind=EventType.UPDATED)
    outcome = run(account.provider.operation(job(event, link=link)).converse(), account.vendor)
    assert outcome.message == REMARK.format("USD")


def test_a_remark_on_the_currency_stands_before_others():
    """One message holds some hundred characters: what is most of the money comes first."""
    account = Account("orderdesk")
    account.deliver("1", "EUR")
    wrong = account.deliver("2", "USD", totals=totals("15", items="20"))
    assert wrong.message.startswith(REMARK.format("USD"))
    assert "a discount of 5 " in wrong.message
