"""Remarks in the ledger: in the receipt, with the event, and counted by source and place."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from schemas.config import LimitsConfig
from schemas.delivery import order_digest
from schemas.loading import load_event
from tests.fakes.bodies import NOW, order_body
from tests.fakes.ledger import Ledger
from tests.fakes.split import SplitLedger
from worker.clock import utc_now
from worker.errors import StoreUnreachable
from worker.intake.admission import Admission
from worker.intake.receipts import shape
from worker.ledger.intake import Arrival, Intake, Receipt
from worker.ledger.queries.orders import Orders
from worker.ledger.remarks import KEPT_DAYS, RemarkCount, Remarks, place_of
from worker.ledger.store.client import Store

MENDED = {"customer.email": "ida", "customer.birthday": "0000-00-00", "items.1.metadata": {"pan": "4111111111111111"}}


@pytest.fixture
def door(ledger: Ledger) -> Admission:
    return Admission(ledger.intake, LimitsConfig(), lambda _: None)


def body(event_id: str, changes: dict[str, Any], **attributes: Any) -> bytes:
    return json.dumps(order_body(changes) | {"id": event_id, **attributes}).encode()


def test_a_receipt_carries_the_remarks_a_duplicates_too(door: Admission) -> None:
    [first] = door.admit([body("e-1", MENDED)])
    [second] = door.admit([body("e-1", MENDED)])
    assert (first.status, second.status) == ("accepted", "duplicate")
    assert [one["path"] for one in first.remarks] == [
        "data.order.customer.email",
        "data.order.customer.birthday",
        "data.order.items.1.metadata.pan",
    ]
    assert second.remarks == first.remarks


def test_a_clean_events_receipt_has_an_empty_list(door: Admission) -> None:
    [receipt] = door.admit([body("e-1", {})])
    assert shape(receipt)["remarks"] == []


def test_remarks_are_kept_with_the_event_and_shown_with_its_order(door: Admission, ledger: Ledger) -> None:
    door.admit([body("e-1", MENDED), body("e-2", {})])
    story = Orders(ledger.store).story(order_digest("shop/test", "1001"))
    assert {event.id: len(event.remarks) for event in story.events} == {"e-1": 3, "e-2": 0}
    assert story.events[0].remarks[0].message.endswith("it is left out")


def test_they_are_counted_by_source_and_place_once_for_each_event(door: Admission, ledger: Ledger) -> None:
    door.admit([body("e-1", MENDED), body("e-2", MENDED), body("e-3", {"customer.email": "x"}, source="shop/other")])
    door.admit([body("e-1", MENDED)])
    assert Remarks(ledger.store).by_source() == [
        RemarkCount(source="shop/other", path="data.order.customer.email", count=1),
        RemarkCount(source="shop/test", path="data.order.customer.birthday", count=2),
        RemarkCount(source="shop/test", path="data.order.customer.email", count=2),
        RemarkCount(source="shop/test", path="data.order.items.*.metadata.*", count=2),
    ]


def test_the_counts_of_a_day_end_by_themselves(door: Admission, ledger: Ledger) -> None:
    door.admit([body("e-1", MENDED)])
    key = ledger.store.keys.key("remarks", day=utc_now().date().isoformat())
    other = ledger.store.keys.key("remarks", day=(utc_now().date() + timedelta(days=1)).isoformat())
    [left] = [left for left in (ledger.store.client.ttl(key), ledger.store.client.ttl(other)) if left > 0]
    assert 0 < left <= KEPT_DAYS * 86_400


def test_clean_events_ask_nothing_of_the_store() -> None:
    nowhere = Store("redis://127.0.0.1:1/0")
    Remarks(nowhere).count([load_event(order_body(), now=NOW)])
    with pytest.raises(StoreUnreachable):
        Remarks(nowhere).count([load_event(order_body(MENDED), now=NOW)])


def test_counts_that_cannot_be_kept_are_lost_and_the_answer_is_not() -> None:
    door = Admission(Intake(Store("redis://127.0.0.1:1/0")), LimitsConfig(), lambda _: None)
    event = load_event(order_body(MENDED), now=NOW)
    door._count_remarks([Arrival(event, "0")], [Receipt("e-1", "accepted")])  # it has been admitted: nothing is raised


def test_who_asked_for_strictness_has_the_event_refused(ledger: Ledger) -> None:
    [receipt] = Admission(ledger.intake, LimitsConfig(strict=True), lambda _: None).admit([body("e-1", MENDED)])
    assert receipt.status == "refused"
    assert [one["path"] for one in receipt.errors][:1] == ["data.order.customer.email"]
    assert Remarks(ledger.store).by_source() == []


def test_a_refused_event_with_half_a_character_is_kept(ledger: Ledger) -> None:
    door = Admission(ledger.intake, LimitsConfig(), lambda _: None)
    raw = json.loads(body("e-1", {"comment": "\ud800"})) | {"id": "x\ud800"}
    [receipt] = door.admit([raw])
    assert (receipt.status, receipt.event_id) == ("refused", None)  # UTF-8 cannot write its id


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("subject", "subject"),
        ("tenant", "*"),
        ("data.order.comment", "data.order.comment"),
        ("data.order.items.17.id", "data.order.items.*.id"),
        ("data.order.attributes", "data.order.attributes"),
        ("data.order.attributes.Gift.card", "data.order.attributes.*"),
        ("data.order.refs.desk.order_id", "data.order.refs.*"),
    ],
)
def test_a_place_says_nothing_of_one_event(path: str, place: str) -> None:
    assert place_of(path) == place


def test_a_ledger_that_is_split_counts_in_its_first_shard(clean_store: str) -> None:
    ledger = SplitLedger((clean_store, clean_store))
    door = Admission(ledger.intake, LimitsConfig(), lambda _: None)
    numbers = [{"subject": number, "data": {"order": numbered(number)}} for number in ("1", "2", "3", "4")]
    receipts = door.admit([body(f"e-{place}", {}, **one) for place, one in enumerate(numbers)])
    assert {receipt.status for receipt in receipts} == {"accepted"}
    [found] = Remarks(ledger.store).by_source()
    assert (found.path, found.count) == ("data.order.customer.email", 4)
    ledger.close()


def numbered(number: str) -> dict[str, Any]:
    order: dict[str, Any] = order_body({"customer.email": "x", "number": number})["data"]["order"]
    return order
