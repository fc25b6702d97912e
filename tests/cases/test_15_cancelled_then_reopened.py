"""An order is cancelled because its money is late, and opened again when it comes.

It is open again where the vendor can do that; where it cannot, the delivery says so. After omise-magento PR #406.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cases.telling import events, house, remark, states, tell
from tests.fakes.house import House

REOPENED, PAID_AND_CANCELLED = "31511", "31512"
WORKFLOW = '[providers.shopscript.workflow]\ncancelled = ["refund", "delete"]\n'
EVERYWHERE = ("shopscript", "orderdesk", "openbizbox", "webhook")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("reopened")) as started:
        tell(started, *events("15-cancelled-then-reopened"))
        yield started


def held(of: House, kind: str, number: str) -> dict:
    [found] = [order for order in of.orders(kind) if order["key"] == number]
    return found


def test_the_update_is_delivered_wherever_there_are_updates(told: House) -> None:
    assert {kind: state for kind, (state, _) in states(told, "15-f").items()} == {
        **dict.fromkeys(EVERYWHERE, "delivered"),
        "retargeting": "skipped",
    }


def test_the_order_is_open_again_in_the_shop_that_can_restore_it(told: House) -> None:
    order = held(told, "shopscript", REOPENED)
    assert [move[0] for move in order["moved"]] == ["delete", "restore", "process"]
    assert order["state_id"] == "processing"
    assert order["comment"].startswith("reopened: money came")
    assert order["total"] == "20.0000"


def test_the_order_is_out_of_the_folder_of_the_cancelled(told: House) -> None:
    order = held(told, "orderdesk", REOPENED)
    assert order["folder_id"] == 21655
    assert order["checkout_data"]["Comment"] == "reopened: money came"
    assert order["order_total"] == 20


def test_what_cannot_be_opened_again_is_said(told: House) -> None:
    order = held(told, "openbizbox", REOPENED)
    assert order["status"]["is_cancelled"] is True
    assert "reopened: money came" in order["comment"]
    assert states(told, "15-f")["openbizbox"] == ("delivered", "remark")
    assert "cancelled" in remark(told, "15-f", "openbizbox")


def test_the_paid_order_is_cancelled_where_no_money_moves_by_it(told: House) -> None:
    assert held(told, "orderdesk", PAID_AND_CANCELLED)["folder_id"] == 21657
    assert held(told, "openbizbox", PAID_AND_CANCELLED)["status"]["is_cancelled"] is True
    assert states(told, "15-h")["webhook"] == ("delivered", "saved")


def test_a_shop_that_would_have_to_give_money_back_is_not_made_to_and_a_person_is_told_the_setting(told: House) -> None:
    assert states(told, "15-h")["shopscript"][0] == "dead"
    said = remark(told, "15-h", "shopscript")
    assert "workflow" in said
    assert "cancelled" in said
    assert held(told, "shopscript", PAID_AND_CANCELLED)["state_id"] == "paid"


def test_with_that_setting_the_paid_order_ends_in_the_shop_too(tmp_path: Path) -> None:
    with House(tmp_path, "shopscript", tables={"shopscript": WORKFLOW}) as started:
        tell(started, *events("15-cancelled-then-reopened")[3:])
        assert states(started, "15-h")["shopscript"][0] == "delivered"
        [order] = started.orders("shopscript")
        assert order["moved"][1][0] == "refund"
        assert order["state_id"] in ("refunded", "deleted")


def test_the_receiver_of_every_event_has_them_all_in_their_order(told: House) -> None:
    had = {order["key"]: [save[0] for save in order["saves"]] for order in told.orders("webhook")}
    assert had == {
        REOPENED: ["order.created", "order.cancelled", "order.updated"],
        PAID_AND_CANCELLED: ["order.created", "order.cancelled"],
    }
