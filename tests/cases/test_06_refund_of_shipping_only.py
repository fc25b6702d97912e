"""Only the shipping is given back, which one vendor cannot do: that waits for a person, and the parcel's news goes ahead.

After microsoft/BCApps #7847.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.cases.telling import events, house, remark, states, tell
from tests.fakes.house import House

LATER = ("shopscript", "orderdesk", "openbizbox", "webhook")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("shipping")) as started:
        tell(started, *events("06-refund-of-shipping-only"))
        yield started


def held(of: House, kind: str) -> dict[str, Any]:
    [found] = of.orders(kind)
    return found


def test_a_refund_that_needs_a_person_is_a_dead_letter_that_says_what_to_change(told: House) -> None:
    assert states(told, "06-b")["openbizbox"] == ("dead", "needs_lines")
    assert "line" in remark(told, "06-b", "openbizbox")


def test_the_parcel_is_on_its_way_at_every_vendor_that_takes_updates(told: House) -> None:
    found = states(told, "06-c")
    assert {kind: found[kind][0] for kind in LATER} == dict.fromkeys(LATER, "delivered")


def test_each_of_them_knows_the_parcel(told: House) -> None:
    shop = held(told, "shopscript")
    assert (shop["state_id"], shop["params"]["tracking_number"]) == ("shipped", "TRK-1")
    assert "TRK-1" in str(held(told, "orderdesk")["order_shipments"])
    assert held(told, "openbizbox")["status"]["title"] == "Shipped"
    assert held(told, "webhook")["order"]["shipments"] == [{"tracking_number": "TRK-1", "carrier": "PostNord"}]


def test_the_money_that_a_vendor_can_give_back_is_given_once(told: House) -> None:
    assert held(told, "orderdesk")["refund_total"] == 4.9


def test_no_money_has_moved_where_the_refund_waits(told: House) -> None:
    assert held(told, "openbizbox")["refunds"] == []
    assert told.rows()["openbizbox"].dead == 1
