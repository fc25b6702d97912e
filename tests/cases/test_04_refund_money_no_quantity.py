"""A shop gives money back for a line and takes no piece back: it writes quantity 0 beside the amount.

It is as if no quantity were there. After mollie/Shopware6 PR #589.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.cases.telling import events, house, states, tell
from tests.fakes.house import House
from worker.ledger.queries.refusals import Refusals


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("money")) as started:
        tell(started, *events("04-refund-money-no-quantity"))
        yield started


def held(of: House, kind: str) -> dict[str, Any]:
    [found] = of.orders(kind)
    return found


@pytest.mark.parametrize("event_id", ["04-b", "04-c"])
def test_both_refunds_are_delivered_where_there_are_refunds(told: House, event_id: str) -> None:
    found = states(told, event_id)
    assert {found[kind][0] for kind in ("orderdesk", "openbizbox", "webhook")} == {"delivered"}


def test_the_money_of_both_has_gone_back(told: House) -> None:
    assert held(told, "orderdesk")["refund_total"] == 20
    assert [float(one["amount"]) for one in held(told, "openbizbox")["refunds"]] == [10.0, 10.0]


def test_no_event_was_refused_and_none_is_dead(told: House) -> None:
    assert list(Refusals(told.store).listed()) == []
    assert told.deliveries(state="dead") == []
