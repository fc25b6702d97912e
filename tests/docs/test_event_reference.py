"""docs/event-reference.md: its examples are events, and its receipts are what the admission answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from schemas.config import LimitsConfig
from schemas.event import EventType
from schemas.loading import read_event
from schemas.outcome import Reason
from tests.fakes.ledger import Ledger
from tests.fakes.pages import blocks, page, section
from tests.fakes.program import Program
from worker.clock import utc_now
from worker.intake.admission import Admission
from worker.intake.receipts import shape

PAGE = page("event-reference")
LIMIT_BYTES = 262_144


def example(event_type: str) -> dict[str, Any]:
    """The page's example of this type."""
    [block] = blocks(section(PAGE, event_type), "json")
    event: dict[str, Any] = json.loads(block.text)
    return event


def receipt_told(name: str) -> dict[str, Any]:
    [block] = [one for one in blocks(PAGE, "json") if one.name == name]
    told: dict[str, Any] = json.loads(block.text)
    return told


@pytest.fixture
def admission(clean_store: str) -> Iterator[Admission]:
    ledger = Ledger(clean_store)
    yield Admission(ledger.intake, LimitsConfig(), lambda _: None)
    ledger.store.close()


def answered(admission: Admission, event: dict[str, Any]) -> dict[str, Any]:
    [receipt] = admission.admit([json.dumps(event).encode()])
    return shape(receipt)


def without_ids(receipt: dict[str, Any]) -> dict[str, Any]:
    """The receipt with the number of its deliveries for the deliveries: their ids are derived from the provider."""
    return receipt | {"deliveries": len(receipt["deliveries"])}


@pytest.mark.parametrize("event_type", list(EventType))
def test_the_example_of_each_type_is_taken_without_a_remark(event_type: EventType) -> None:
    event = read_event(json.dumps(example(event_type)).encode(), limit_bytes=LIMIT_BYTES, now=utc_now(), strict=True)
    assert (event.type, event.subject, event.remarks) == (event_type, "2001", ())


def test_the_examples_are_one_order_that_a_ledger_accepts_whole(admission: Admission) -> None:
    assert {answered(admission, example(one))["status"] for one in EventType} == {"accepted"}


def test_the_receipts_are_what_a_producer_gets(admission: Admission) -> None:
    created, refund = example("order.created"), example("order.refunded")
    assert without_ids(answered(admission, created)) == without_ids(receipt_told("accepted"))
    assert without_ids(answered(admission, created)) == without_ids(receipt_told("duplicate"))
    assert answered(admission, refund)["status"] == "accepted"
    again = answered(admission, refund | {"id": "2001-refund-9"})
    assert without_ids(again) == without_ids(receipt_told("duplicate_of"))
    wrong = created | {"id": "2001-3", "data": {"order": created["data"]["order"] | {"currency": "EURO"}}}
    assert answered(admission, wrong) == receipt_told("refused")


def test_the_same_id_with_other_content_is_refused_as_the_page_says(admission: Admission) -> None:
    created = example("order.created")
    answered(admission, created)
    changed = created | {"data": {"order": created["data"]["order"] | {"comment": "Ring twice."}}}
    assert answered(admission, changed)["reason"] == "id_reused"
    assert "refused (`id_reused`)" in PAGE


def test_the_page_names_every_reason_for_which_an_event_is_refused() -> None:
    intake = {"invalid", "id_reused", "not_json", "not_a_call", "poison", "too_deep", "too_large"}
    assert intake <= {reason.value for reason in Reason}
    assert all(f"`{reason}`" in section(PAGE, "refused") for reason in intake)


def test_the_envelope_names_every_attribute_of_the_examples() -> None:
    table = section(PAGE, "The envelope")
    assert all(f"| `{name}` |" in table for one in EventType for name in example(one))


LACKING: dict[str, dict[str, Any]] = {
    "`customer.email`": {"customer": {"first_name": "Ida", "last_name": "Holm"}},
    "a name or a company": {"customer": {"email": "ida@example.com"}},
    "at least one item": {"items": [], "totals": {"grand": "0"}},
    "`product_id`, `variant_id`, `sku`": {
        "items": [{"id": "1", "name": "Mug", "quantity": "2", "unit_price": "10.00"}]
    },
}
"""The rows of the table, and an order that lacks what each is about."""


def needs() -> dict[tuple[str, str], str]:
    """By row and provider the word for what is required: ``skipped (no_email)``; empty where the order is delivered."""
    rows = [
        line.strip("| ").split(" | ") for line in section(PAGE, "What each provider needs").splitlines() if "|" in line
    ]
    found = {}
    for row in rows[2:]:
        for provider, cell in zip(rows[0][1:], row[1:], strict=True):
            said = re.search(r"(skipped|rejected) \(`(\w+)`\)", cell.partition(": ")[2])
            found[row[0], provider] = f"{said[1]} ({said[2]})" if said else ""
    return found


@pytest.mark.timeout(180)
def test_the_table_of_what_each_provider_needs_is_what_the_simulated_vendors_get(running_sandbox: Program) -> None:
    created = example("order.created")
    events = []
    for number, lacks in enumerate(LACKING.values()):
        order = created["data"]["order"] | lacks | {"number": str(number)}
        events.append(created | {"id": f"lacks-{number}", "subject": str(number), "data": {"order": order}})
    (running_sandbox.directory / "lacking.json").write_text(json.dumps(events))
    running_sandbox.ran("enqueue", "lacking.json", "--wait", code=4)
    told = needs()
    for number, row in enumerate(LACKING):
        for one in running_sandbox.json("deliveries", "--order", str(number)):
            if one["provider"] == "webhook":
                continue
            word = {"dead": "rejected", "delivered": ""}.get(one["state"], one["state"])
            assert told[row, one["provider"]] == (f"{word} ({one['last_attempt']['reason']})" if word else ""), one
