"""A shop's cancellation is there before its order is: the order is made, and cancelled then, by itself, at every vendor.

After openlinker #2284.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.cases.telling import events, house, states, tell
from tests.fakes.house import House

AT_ONCE = "31612"
"""The same, but told in one breath: the creation waits already when the cancellation fails."""
VENDORS = ("shopscript", "orderdesk", "openbizbox")


def _at_once() -> list[dict[str, Any]]:
    cancelled, created = events("16-cancelled-first")
    order = created["data"]["order"] | {"number": AT_ONCE}
    return [
        cancelled | {"id": "16-e", "subject": AT_ONCE},
        created | {"id": "16-f", "subject": AT_ONCE, "data": {"order": order}},
    ]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("first")) as started:
        tell(started, *events("16-cancelled-first"))
        started.send(*_at_once())
        started.settled(4)
        yield started


def held(of: House, kind: str, number: str) -> dict[str, Any]:
    [found] = [order for order in of.orders(kind) if order["key"] == number]
    return found


@pytest.mark.parametrize("cancelled", ["16-c", "16-e"])
def test_the_cancellation_is_delivered_by_itself(told: House, cancelled: str) -> None:
    found = states(told, cancelled)
    assert {kind: found[kind][0] for kind in (*VENDORS, "webhook")} == dict.fromkeys((*VENDORS, "webhook"), "delivered")
    assert found["retargeting"] == ("skipped", "unsupported")


@pytest.mark.parametrize("created", ["16-d", "16-f"])
def test_the_order_is_made_everywhere(told: House, created: str) -> None:
    assert {kind: state for kind, (state, _) in states(told, created).items()} == dict.fromkeys(
        ("retargeting", *VENDORS, "webhook"), "delivered"
    )


@pytest.mark.parametrize("number", ["31611", AT_ONCE])
def test_no_vendor_has_it_open(told: House, number: str) -> None:
    assert [move[0] for move in held(told, "shopscript", number)["moved"]] == ["delete"]
    assert held(told, "orderdesk", number)["folder_id"] == 21657
    assert held(told, "openbizbox", number)["status"]["is_cancelled"] is True


@pytest.mark.parametrize("number", ["31611", AT_ONCE])
def test_the_receiver_of_every_event_has_them_as_they_were_told(told: House, number: str) -> None:
    assert [save[0] for save in held(told, "webhook", number)["saves"]] == ["order.cancelled", "order.created"]


def test_nobody_has_to_do_anything(told: House) -> None:
    assert told.deliveries(state="dead") == []
    assert all(row.dead == 0 for row in told.rows().values())


@pytest.mark.parametrize("kind", VENDORS)
def test_it_is_tried_once_before_its_order_and_once_behind_it(told: House, kind: str) -> None:
    attempts = {one.event_id: one.attempts for one in told.deliveries(provider=kind)}
    assert (attempts["16-c"], attempts["16-d"]) == (2, 1)
