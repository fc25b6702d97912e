"""A character that no keyboard has stands in an address and in a comment, pasted there by a buyer.

The order is delivered without it, with a remark. After Nwazet.Commerce #67.
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
    with house(tmp_path_factory.mktemp("control")) as started:
        tell(started, *events("08-control-character"))
        yield started


def test_every_vendor_has_the_order_without_the_characters(told: House) -> None:
    assert {state for state, _ in states(told, "08-a").values()} == {"delivered"}
    for kind in ("retargeting", "shopscript", "orderdesk", "openbizbox"):
        [order] = told.orders(kind)
        assert "Gedimino g. 4" in str(order)
        assert not {"\x1a", "\x0b"} & set(str(order))


def test_the_order_tells_what_was_dropped_and_where(told: House) -> None:
    story = Orders(told.store).story(order_digest("shop/one", "30801"))
    [event] = story.events
    assert {remark.path for remark in event.remarks} == {
        "data.order.shipping_address.address1",
        "data.order.comment",
    }
    assert {remark.message for remark in event.remarks} == {
        "has control characters or half characters: they are dropped"
    }
