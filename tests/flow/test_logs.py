"""A webhook is a log: every event comes there, in the order of acceptance, and no number belongs to one shop alone."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.fakes.bodies import event_body
from tests.fakes.house import House
from tests.fakes.servers import Server
from tests.fakes.split_house import SplitHouse
from tests.fakes.waiting import wait_until

Body = dict[str, Any]


def told(number: str, name: str, event_type: str = "order.updated", source: str = "shop/test", **changes: Any) -> Body:
    """An event of an order; one that carries the order says of it by its comment which it is."""
    named: Body = {"id": f"{number}-{name}", "subject": number, "source": source, **changes}
    if event_type in ("order.created", "order.updated"):
        named |= {"data.order.number": number, "data.order.comment": name}
    return event_body(event_type, named)


def life(number: str) -> list[Body]:
    """Three snapshots, an older one that comes late, an action, and a last snapshot."""
    return [
        told(number, "a", "order.created", revision=1),
        told(number, "b", revision=2),
        told(number, "d", revision=4),
        told(number, "c", revision=3),
        told(number, "n", "order.noted"),
        told(number, "e", revision=5),
    ]


ALL = ["a", "b", "d", "c", "n", "e"]


def came(house: House, number: str) -> list[str]:
    """The names of an order's events in the order in which the endpoint kept them."""
    names = {one.id: one.event_id.rpartition("-")[2] for one in house.deliveries(order=number)}
    return [names[save[2]] for held in house.orders("webhook") if held["key"] == number for save in held["saves"]]


def send_in_an_outage(house: House, numbers: Sequence[str]) -> None:
    """All of it is accepted before any of it can be delivered."""
    house.fault("webhook", do="status", status=503, times=None)
    events = [event for step in zip(*map(life, numbers), strict=True) for event in step]
    house.send(*events).get(timeout=30)
    wait_until(lambda: house.rows()["webhook"].parked > 0, 20)
    house.clear_faults()
    house.settled(len(events))


def test_after_an_outage_every_event_comes_in_the_order_of_acceptance(tmp_path: Path) -> None:
    with House(tmp_path, "webhook", workers=2) as house:
        send_in_an_outage(house, ["1", "2", "3"])
        assert {number: came(house, number) for number in "123"} == dict.fromkeys("123", ALL)
        assert (house.rows()["webhook"].delivered, house.rows()["webhook"].superseded) == (18, 0)


def test_a_webhook_that_is_told_to_supersede_has_the_order_as_it_is_now(tmp_path: Path) -> None:
    with House(tmp_path, "webhook", tables={"webhook": "supersede = true\n"}) as house:
        send_in_an_outage(house, ["1"])
        assert came(house, "1") == ["d", "n", "e"]
        assert {one.event_id for one in house.deliveries(state="superseded")} == {"1-a", "1-b", "1-c"}


def test_after_an_outage_every_event_of_every_shard_comes_in_order(tmp_path: Path) -> None:
    numbers = [str(n) for n in range(12)]
    with ExitStack() as running:
        servers = [running.enter_context(Server(tmp_path / f"store{n}")) for n in range(2)]
        with SplitHouse(tmp_path, servers, "webhook") as house:
            send_in_an_outage(house, numbers)
            assert min(int(shard.client.zcard(shard.keys.key("events"))) for shard in house.store.shards) > 0
            assert {number: came(house, number) for number in numbers} == dict.fromkeys(numbers, ALL)


def test_a_refused_snapshot_holds_the_order_back_until_it_is_replayed(tmp_path: Path) -> None:
    with House(tmp_path, "webhook") as house:
        house.fault("webhook", do="status", status=422, times=None, match={"body_contains": '"id":"1-b"'})
        house.send(*life("1")).get(timeout=30)
        house.send(told("2", "a", "order.created")).get(timeout=30)
        wait_until(lambda: came(house, "1") == ["a"] and came(house, "2") == ["a"], 20)
        [dead] = wait_until(lambda: house.deliveries(state="dead"), 20)
        assert {one.waiting_behind for one in house.deliveries(order="1", state="pending")} == {dead.id}
        house.clear_faults()
        house.dead.replay(dead.id)
        house.settled(7)
        assert came(house, "1") == ALL


def test_two_shops_with_one_number_have_all_their_events_delivered(tmp_path: Path) -> None:
    """Nothing at a webhook is named by the number: no key is sent there."""
    refunded = {"data.refund": {"id": "r1", "lines": [{"item_id": "1", "quantity": "1", "amount": "10.00"}]}}
    shared = "31301"
    events = [
        told(shared, "a", "order.created", "shop/nl", revision=1),
        told(shared, "b", "order.created", "shop/fr", revision=1),
        told(shared, "c", "order.updated", "shop/nl", revision=2),
        told(shared, "d", "order.refunded", "shop/nl", **refunded),
        told(shared, "e", "order.refunded", "shop/fr", **refunded),
    ]
    with House(tmp_path, "webhook") as house:
        house.send(*events).get(timeout=30)
        house.settled(5)
        assert [one.state.value for one in house.deliveries()] == ["delivered"] * 5
        types = {held["source"]: [save[0] for save in held["saves"]] for held in house.orders("webhook")}
    assert types == {
        "shop/nl": ["order.created", "order.updated", "order.refunded"],
        "shop/fr": ["order.created", "order.refunded"],
    }
