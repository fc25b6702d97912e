"""A shop's own message and its payment provider's tell of one refund: the money goes back once, everywhere.

So with an invoice's number. Two refunds without an id are two. After woocommerce-gateway-stripe #2724 and magento2
#24149.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.cases.telling import KINDS, events, house, states, tell
from tests.fakes.house import House
from worker.ledger.queries.refusals import Refusals

NAMELESS = "33203"
"""An order that is refunded twice by 4.00, and neither refund has an id."""


def _nameless() -> list[dict[str, Any]]:
    made = events("31-one-refund-told-twice")[0]
    order = made["data"]["order"] | {"number": NAMELESS}
    one: dict[str, Any] = {"item_id": "1", "amount": "4.00"}
    refunds = [
        made
        | {"id": f"31-n{place}", "type": "order.refunded", "subject": NAMELESS, "data": {"refund": {"lines": [one]}}}
        for place in (1, 2)
    ]
    for refund in refunds:
        refund.pop("revision")
    return [made | {"id": "31-n0", "subject": NAMELESS, "data": {"order": order}}, *refunds]


def _another_amount() -> dict[str, Any]:
    """The same refund once more, of 12.00."""
    made = events("31-one-refund-told-twice")[2]
    [line] = made["data"]["refund"]["lines"]
    return made | {"id": "31-x", "data": {"refund": made["data"]["refund"] | {"lines": [line | {"amount": "12.00"}]}}}


@dataclass
class Told:
    """The house with what each event was answered, by its id."""

    house: House
    receipts: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    with house(tmp_path_factory.mktemp("twice")) as started:
        receipts = tell(started, *events("31-one-refund-told-twice"), *_nameless(), _another_amount())
        yield Told(started, {receipt["event_id"]: receipt for receipt in receipts})


@pytest.fixture(scope="module")
def told(case: Told) -> House:
    return case.house


def held(of: House, kind: str, number: str) -> dict[str, Any]:
    [found] = [order for order in of.orders(kind) if order["key"] == number]
    return found


@pytest.mark.parametrize(("first", "second"), [("31-b", "31-c"), ("31-e", "31-f")], ids=["refund", "invoice"])
def test_the_second_event_is_a_duplicate_that_names_the_first(case: Told, first: str, second: str) -> None:
    answered = case.receipts[second]
    assert (answered["status"], answered["duplicate_of"]) == ("duplicate", first)
    assert answered["deliveries"] == case.receipts[first]["deliveries"]
    assert len(answered["deliveries"]) == len(KINDS)
    assert states(case.house, second) == {}


def test_another_amount_under_the_same_refund_id_is_refused_and_kept(case: Told) -> None:
    answered = case.receipts["31-x"]
    assert (answered["status"], answered["reason"]) == ("refused", "id_reused")
    [error] = answered["errors"]
    assert error["path"] == "data.refund.id"
    assert "event '31-b', with 1 line of 10 in all; this event says 1 line of 12 in all." in error["message"]
    [kept] = Refusals(case.house.store).listed()
    assert (kept.shown.event_id, kept.shown.reason) == ("31-x", "id_reused")


def test_two_refunds_without_an_id_are_two_events(case: Told) -> None:
    assert [case.receipts[event_id]["status"] for event_id in ("31-n1", "31-n2")] == ["accepted", "accepted"]


def test_one_refund_that_is_told_twice_moves_its_money_once(told: House) -> None:
    refunds = held(told, "openbizbox", "33201")["refunds"]
    assert [float(one["amount"]) for one in refunds] == [10.0]
    order = held(told, "orderdesk", "33201")
    assert (order["refund_total"], order["payment_status"]) == (10, "Partially Refunded")
    assert sum("Refunded 10 EUR" in entry["note"] for entry in order["order_history"]) == 1


def test_an_invoice_that_is_told_twice_is_made_once(told: House) -> None:
    assert [one["id"] for one in held(told, "openbizbox", "33202")["invoices"]] == [900]
    history = held(told, "orderdesk", "33202")["order_history"]
    assert sum("Invoiced 900" in entry["note"] for entry in history) == 1


def test_two_refunds_without_an_id_are_two(told: House) -> None:
    refunds = held(told, "openbizbox", NAMELESS)["refunds"]
    assert [float(one["amount"]) for one in refunds] == [4.0, 4.0]
    assert held(told, "orderdesk", NAMELESS)["refund_total"] == 8


def test_nothing_of_it_is_a_dead_letter(told: House) -> None:
    assert told.deliveries(state="dead") == []


@pytest.mark.parametrize("event_id", ["31-b", "31-e", "31-n1", "31-n2"])
def test_vendors_without_such_calls_skip_it_in_plain_sight(told: House, event_id: str) -> None:
    found = states(told, event_id)
    assert found["retargeting"] == found["shopscript"] == ("skipped", "unsupported")


def test_the_receiver_of_every_event_has_heard_of_each_act_once(told: House) -> None:
    assert [save[0] for save in held(told, "webhook", "33201")["saves"]] == ["order.created", "order.refunded"]
    assert [save[0] for save in held(told, "webhook", "33202")["saves"]] == ["order.created", "order.invoiced"]
    assert [save[0] for save in held(told, "webhook", NAMELESS)["saves"]].count("order.refunded") == 2
