"""A shop writes the number of one order with a blank behind it the second time: it is the same order.

After magento2 #12300.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from schemas.delivery import order_digest
from tests.cases.telling import events, house, states, tell
from tests.fakes.house import House
from worker.ledger.queries.orders import Orders


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("blank")) as started:
        tell(started, *events("32-number-with-a-blank"))
        yield started


@pytest.mark.parametrize("kind", ["retargeting", "shopscript", "orderdesk", "openbizbox", "webhook"])
def test_every_vendor_has_one_order(told: House, kind: str) -> None:
    assert told.keys(kind) == ["33301"]


def test_the_second_event_is_an_update_of_the_first_ones_order(told: House) -> None:
    assert {state for kind, (state, _) in states(told, "32-b").items() if kind != "retargeting"} == {"delivered"}
    [order] = told.orders("orderdesk")
    assert order["order_total"] == 30


def test_the_order_tells_that_its_number_was_trimmed(told: House) -> None:
    story = Orders(told.store).story(order_digest("shop/one", "33301"))
    assert {event.id: [remark.path for remark in event.remarks] for event in story.events} == {
        "32-a": [],
        "32-b": ["subject", "data.order.number"],
    }
