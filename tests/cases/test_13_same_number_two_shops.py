"""Two shops have an order of the same number, and one account each: both orders are there, each with what is its own.

After a public report: data-migration-tool #731.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cases.telling import events, house, of_buyer, remark, states, tell
from tests.fakes.house import House
from tests.fakes.waiting import wait_until

NL, FR = "nl@example.com", "fr@example.com"
KEYED = ("retargeting", "shopscript", "orderdesk", "openbizbox")
OWN_KEY = dict.fromkeys(KEYED, 'order_key = "{source}-{number}"\n')


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Told with keys that have the source in them."""
    with house(tmp_path_factory.mktemp("keys"), OWN_KEY) as started:
        tell(started, *events("13-same-number-two-shops"), *events("13-same-number-two-shops-b"))
        yield started


@pytest.mark.parametrize(
    ("kind", "nl", "fr"),
    [
        ("retargeting", ("shop/nl-31301", "20", "2"), ("shop/fr-31301", "50", "5")),
        ("orderdesk", ("shop/nl-31301", 30, 3), ("shop/fr-31301", 50, 5)),
        ("openbizbox", ("31301", "30.00", 3), ("31301", "50.00", 5)),
        ("shopscript", ("shop/nl-31301", "30.0000", "3.000"), ("shop/fr-31301", "50.0000", "5.000")),
    ],
)
def test_both_orders_are_there_each_with_its_own_sum_and_pieces(told: House, kind: str, nl: tuple, fr: tuple) -> None:
    held = told.orders(kind)
    assert len(held) == 2
    for email, wanted in ((NL, nl), (FR, fr)):
        assert _shown(kind, of_buyer(held, email)) == wanted


def test_the_receiver_of_every_event_has_those_of_both_shops(told: House) -> None:
    had = {order["source"]: [save[0] for save in order["saves"]] for order in told.orders("webhook")}
    assert had == {"shop/nl": ["order.created", "order.updated", "order.refunded"], "shop/fr": ["order.created"]}


def test_the_refund_is_of_the_right_order_at_the_right_vendor(told: House) -> None:
    desk, shop = told.orders("orderdesk"), told.orders("openbizbox")
    assert (of_buyer(desk, NL)["refund_total"], of_buyer(desk, FR)["refund_total"]) == (10, 0)
    refunded = [[float(one["amount"]) for one in of_buyer(shop, email)["refunds"]] for email in (NL, FR)]
    assert refunded == [[10.0], []]


def test_nothing_is_dead_where_the_keys_tell_the_shops_apart(told: House) -> None:
    assert told.deliveries(state="dead") == []


def test_a_vendor_without_a_key_knows_no_conflict_and_the_advice_of_the_others_works(tmp_path: Path) -> None:
    """With the shipped key the second shop's order is refused where a key is sent; the message says what to set, and
    set so, a replay brings it there."""
    with house(tmp_path) as started:
        tell(started, *events("13-same-number-two-shops"))
        after = states(started, "13-b")
        assert after["webhook"] == ("delivered", "saved")
        in_conflict = [kind for kind, state in after.items() if state == ("dead", "source_conflict")]
        assert {"retargeting", "orderdesk", "openbizbox"} <= set(in_conflict)
        for kind in in_conflict:
            assert "order_key" in remark(started, "13-b", kind)
        _set_keys(started)
        for letter in started.deliveries(state="dead"):
            assert started.dead.replay(letter.id).result == "replayed"
        wait_until(lambda: not started.deliveries(state="dead"), 60)
        started.settled(2)
        for kind in KEYED:
            assert len(started.orders(kind)) == 2
            assert of_buyer(started.orders(kind), FR)


def _set_keys(of: House) -> None:
    """As a person does: the file is changed and the workers are started anew."""
    of.tables = {kind: OWN_KEY.get(kind, "") + table for kind, table in of.tables.items()}
    of._write_config()
    of._stop_workers()
    of.workers.clear()
    of.start_worker()


def _shown(kind: str, held: dict) -> tuple:
    """Key, sum and pieces of the one line."""
    if kind == "retargeting":
        return held["order"]["order_no"], held["order"]["total"], held["products"][0]["quantity"]
    if kind == "orderdesk":
        return held["source_id"], held["order_total"], held["order_items"][0]["quantity"]
    if kind == "openbizbox":
        return held["key"], held["total_with_tax"], held["lines"]["products"][0]["quantity"]
    [line] = held["items"].values()
    return held["key"], held["total"], line["quantity"]
