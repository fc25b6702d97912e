"""The promise's checker: it finds what is broken, and nothing where all is well."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest

from schemas.delivery import Link, delivery_id
from schemas.event import Event, EventType
from tests.fakes.ledger import ACCEPTED, BURY, DELIVER, REJECTED, Ledger, action, snapshot
from worker.ledger.provider_table import apply_table
from worker.ops.demo.promise import PromiseReport, check_promise


@dataclass
class Vendors:
    """What the vendors would hold."""

    held: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def orders(self, kind: str) -> list[dict[str, Any]]:
        return self.held.get(kind, [])


Check = Callable[..., PromiseReport]


@pytest.fixture
def ledger(clean_store: str) -> Iterator[Ledger]:
    made = Ledger(clean_store, "one")
    yield made
    made.store.close()


def of_kind(ledger: Ledger, kind: str) -> None:
    configs = {name: msgspec.structs.replace(config, kind=kind) for name, config in ledger.configs.items()}
    apply_table(ledger.store, configs, kind)


def delivered(ledger: Ledger, *events: Event, order_id: str = "77") -> None:
    for event in events:
        ledger.accept(event)
        outcome = msgspec.structs.replace(ACCEPTED, link=Link(order_id=order_id))
        ledger.finish(ledger.claim(), outcome, DELIVER)


def check(ledger: Ledger, kind: str, held: list[dict[str, Any]], **more: Any) -> PromiseReport:
    return check_promise(ledger.store, Vendors({kind: held}), {"one": more.pop("order_key", "{number}")}, **more)  # type: ignore[arg-type]


def held(
    key: str | None = "1001", order_id: str = "77", saves: list[list[Any]] | None = None, **more: Any
) -> dict[str, Any]:
    return {"key": key, "id": order_id, "saves": saves or [], **more}


def whats(breaches: list[Any]) -> list[str]:
    return [breach.what for breach in breaches]


def test_what_is_delivered_and_held_once_is_a_promise_kept(ledger: Ledger) -> None:
    delivered(ledger, snapshot("e1"))
    report = check(ledger, "retargeting", [held()])
    assert report.is_kept
    assert (report.orders, report.deliveries, report.dead) == (1, 1, 0)


def test_what_is_delivered_and_not_held_is_lost(ledger: Ledger) -> None:
    delivered(ledger, snapshot("e1"))
    report = check(ledger, "retargeting", [held("1002", "78")])
    assert not report.is_kept
    assert [(breach.provider, breach.order) for breach in report.lost] == [("one", "1001")]


def test_an_order_that_is_known_by_the_vendors_own_id_is_not_lost(ledger: Ledger) -> None:
    delivered(ledger, snapshot("e1"))
    assert check(ledger, "retargeting", [held(None)]).is_kept


def test_an_order_that_was_deleted_is_not_missed(ledger: Ledger) -> None:
    delivered(ledger, snapshot("e1"), action("a1", type=EventType.DELETED))
    assert check(ledger, "retargeting", []).is_kept


def test_what_has_not_ended_is_lost_until_it_has(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    assert whats(check(ledger, "retargeting", []).lost) == ["event e1 is pending"]


def test_a_dead_letter_is_counted_and_no_breach(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    ledger.finish(ledger.claim(), REJECTED, BURY)
    report = check(ledger, "retargeting", [])
    assert report.is_kept
    assert report.dead == 1


def test_a_delivery_that_a_receipt_named_and_the_ledger_does_not_know_is_lost(ledger: Ledger) -> None:
    delivered(ledger, snapshot("e1"))
    known = delivery_id("one", "shop/one", "e1")
    assert check(ledger, "retargeting", [held()], promised=[known]).is_kept
    assert whats(check(ledger, "retargeting", [held()], promised=["dx"]).lost) == ["delivery dx is not in the ledger"]


def test_an_order_that_is_held_twice_is_doubled(ledger: Ledger) -> None:
    delivered(ledger, snapshot("e1"))
    of_kind(ledger, "shopscript")
    report = check(ledger, "shopscript", [held(), held(order_id="78")])
    assert whats(report.doubled) == ["the vendor holds 2 orders of this key"]


def test_two_sources_with_one_number_may_have_an_order_each(ledger: Ledger) -> None:
    of_kind(ledger, "openbizbox")
    delivered(ledger, snapshot("e1"))
    delivered(ledger, snapshot("e1", source="shop/two"), order_id="78")
    assert check(ledger, "openbizbox", [held(), held(order_id="78")]).is_kept
    keyed = [held("shop/one-1001"), held("shop/two-1001", "78")]
    assert check(ledger, "openbizbox", keyed, order_key="{source}-{number}").is_kept


@pytest.mark.parametrize(
    ("kind", "move"),
    [("openbizbox", "refund"), ("openbizbox", "invoice"), ("orderdesk", "refund"), ("shopscript", "refund")],
)
def test_money_that_moved_more_often_than_it_was_told_to_is_moved_twice(ledger: Ledger, kind: str, move: str) -> None:
    of_kind(ledger, kind)
    delivered(ledger, snapshot("e1"), action("a1", type=EventType.REFUNDED))
    assert not check(ledger, kind, [held(moved=[[move, "10", {}], ["mail", None, {}]])]).moved_twice
    twice = check(ledger, kind, [held(moved=[[move, "10", {}], [move, "10", {}]])])
    assert not twice.is_kept
    assert whats(twice.moved_twice) == ["the vendor moved money or paper 2 times, and was told to 1 times"]


def test_a_note_that_is_there_twice_is_doubled(ledger: Ledger) -> None:
    of_kind(ledger, "orderdesk")
    delivered(ledger, snapshot("e1"))
    notes = [["history", "Checked (Ordercast d1)", ""], ["history", "Checked (Ordercast d2)", ""]]
    assert not check(ledger, "orderdesk", [held(moved=notes)]).doubled
    assert whats(check(ledger, "orderdesk", [held(moved=[*notes, notes[0]])]).doubled) == [
        "the vendor holds a note 2 times"
    ]


@pytest.mark.parametrize(
    ("saved", "in_order"),
    [
        (["10", "20"], True),
        (["10", "10.00", "20"], True),
        (["20", "10"], False),
        (["10", "20", "10"], False),
        (["10", "15", "20"], True),
    ],
)
@pytest.mark.parametrize("kind", ["shopscript", "openbizbox"])
def test_an_older_total_after_a_newer_one_is_out_of_order(
    ledger: Ledger, kind: str, saved: list[str], in_order: bool
) -> None:
    of_kind(ledger, kind)
    delivered(ledger, snapshot("e1", grand="10"), snapshot("e2", grand="20"))
    saves = [["save", total, total, "digest"] for total in saved]
    report = check(ledger, kind, [held(saves=saves)])
    assert bool(report.out_of_order) is not in_order


def test_a_total_that_comes_back_is_in_order(ledger: Ledger) -> None:
    of_kind(ledger, "shopscript")
    delivered(ledger, snapshot("e1", grand="10"), snapshot("e2", grand="20"), snapshot("e3", grand="10"))
    saves = [["save", total, total, "digest"] for total in ("10", "20", "10")]
    assert check(ledger, "shopscript", [held(saves=saves)]).is_kept


def named(kind: str, *event_ids: str) -> list[list[Any]]:
    ids = [delivery_id("one", "shop/one", event_id) for event_id in event_ids]
    if kind == "webhook":
        return [["order.updated", "10", one] for one in ids]
    return [["update", "10", {"ordercast_delivery": f"{one}.1"}] for one in ids]


@pytest.mark.parametrize("kind", ["orderdesk", "webhook"])
def test_vendors_that_know_our_deliveries_are_held_to_each_of_them(ledger: Ledger, kind: str) -> None:
    of_kind(ledger, kind)
    delivered(ledger, snapshot("e1"), snapshot("e2"))
    assert check(ledger, kind, [held(saves=named(kind, "e1", "e2"))]).is_kept
    assert check(ledger, kind, [held(saves=named(kind, "e2", "e1"))]).out_of_order
    assert whats(check(ledger, kind, [held(saves=named(kind, "e1"))]).lost) == [
        "event e2 is delivered, and the vendor was never sent it"
    ]
