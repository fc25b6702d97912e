"""One parcel number in ten passes for a card number: where people look it is masked but for its last four digits.

With a remark, and the order is shipped. After credit_card_sanitizer PR #33 and presidio #47.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from schemas.delivery import order_digest
from tests.cases.telling import events, house, states, tell
from tests.fakes.house import House
from worker.ledger.queries.orders import Orders

PARCEL, SHOWN = "4012345678900009", "************0009"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("parcel")) as started:
        tell(started, *events("10-tracking-number-like-a-card"))
        yield started


def test_note_and_update_are_delivered_wherever_there_are_such(told: House) -> None:
    for event_id in ("10-b", "10-c"):
        found = states(told, event_id)
        assert {found[kind][0] for kind in ("shopscript", "orderdesk", "openbizbox", "webhook")} == {"delivered"}


def test_the_order_is_shipped_and_its_texts_show_four_digits(told: House) -> None:
    [order] = told.orders("orderdesk")
    assert order["checkout_data"] == {"Parcel": SHOWN, "Comment": f"Return label {SHOWN}"}
    assert any(f"Canada Post, number {SHOWN}" in entry["note"] for entry in order["order_history"])


@pytest.mark.parametrize("kind", ["shopscript", "orderdesk", "openbizbox", "webhook"])
def test_no_vendor_has_the_whole_number(told: House, kind: str) -> None:
    [order] = told.orders(kind)
    assert PARCEL not in str(order)


def test_the_order_tells_where_something_was_masked(told: House) -> None:
    story = Orders(told.store).story(order_digest("shop/one", "31001"))
    assert {event.id: [remark.path for remark in event.remarks] for event in story.events} == {
        "10-a": [],
        "10-b": ["data.note.text"],
        "10-c": ["data.order.comment", "data.order.attributes.Parcel"],
    }
