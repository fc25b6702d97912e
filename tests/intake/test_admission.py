"""Celery's bodies at the door: what Python's producers write in them is read, and nothing they hold stops the reader."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from kombu.utils import json as kombu_json

from schemas.config import LimitsConfig
from tests.fakes.bodies import event_body
from tests.fakes.ledger import Ledger
from worker.intake.admission import Admission
from worker.intake.message import JSON, Envelope, read_call
from worker.intake.receipts import result_of
from worker.ledger.intake import Receipt
from worker.messages import ACCEPT


@pytest.fixture
def door(clean_store: str) -> Iterator[Admission]:
    ledger = Ledger(clean_store)
    yield Admission(ledger.intake, LimitsConfig(), lambda _: None, {"shop/test": ZoneInfo("Europe/Copenhagen")})
    ledger.store.close()


def answer(door: Admission, body: bytes) -> Receipt:
    """What is made of a message's body, whose receipt must be one that can be kept."""
    call = read_call(Envelope(JSON, {"task": ACCEPT, "id": "t-1"}, body))
    [receipt] = door.admit(call.events)
    assert json.loads(result_of(call.task_id, [receipt], is_batch=False))["result"]["status"] == receipt.status
    return receipt


def told(changes: dict[str, Any]) -> bytes:
    return kombu_json.dumps([[event_body(changes=changes)], {}, {}]).encode()


def test_a_python_producers_own_types_are_read(door: Admission) -> None:
    naive = datetime(2026, 11, 21, 9, 30)  # noqa: DTZ001  as a producer's code without zones has it
    receipt = answer(door, told({"data.order.items.1.unit_price": Decimal("5.50"), "data.order.placed_at": naive}))
    assert (receipt.status, receipt.remarks) == ("accepted", [])


def test_half_a_character_in_a_text_is_dropped(door: Admission) -> None:
    receipt = answer(door, told({"data.order.comment": "a\ud800"}))
    assert receipt.status == "accepted"
    assert [remark["path"] for remark in receipt.remarks] == ["data.order.comment"]


@pytest.mark.parametrize(
    "place", ["id", "source", "type", "subject", "data.order.\ud800", "\ud800", "data.order.currency"]
)
def test_half_a_character_where_none_may_be_is_a_refusal_like_any_other(door: Admission, place: str) -> None:
    assert answer(door, told({place: "x\ud800"})).status == "refused"


def test_an_id_of_half_a_character_is_none(door: Admission) -> None:
    receipt = answer(door, told({"source": "\ud800", "subject": "\udfff", "id": "\ud800"}))
    assert (receipt.status, receipt.event_id) == ("refused", None)
