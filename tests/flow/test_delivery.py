"""Whole stories: events go in, vendors have them, what failed is replayed. Everything real."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest

from tests.chaos.orders import grand, life
from tests.fakes.bodies import event_body
from tests.fakes.house import ROOT, VENDORS, House, real_events
from tests.fakes.waiting import wait_until


def order(number: str = "1001", event_id: str = "e1", grand: str = "25.50", **changes: object) -> dict[str, object]:
    """An order every vendor takes."""
    lines = {f"data.order.items.{n}.{name}": value for n in (0, 1) for name, value in PRODUCTS[n].items()}
    named = {"id": event_id, "subject": number, "data.order.number": number, "data.order.totals.grand": grand}
    return event_body(changes={**lines, **named, **changes})


NUMBERS = count(1001)
LIVES = count(1, 60)
"""Each is created and changed twice, and nothing else."""
PRODUCTS = ({"product_id": "11", "variant_id": "111"}, {"product_id": "12", "variant_id": "112"})


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Two workers for all the stories in which nobody is killed."""
    with House(tmp_path_factory.mktemp("house"), workers=2) as started:
        yield started


@pytest.fixture
def house(workers: House) -> House:
    return workers.anew()


@pytest.fixture
def number() -> str:
    """An order's number that no other story has."""
    return str(next(NUMBERS))


def test_every_order_reaches_all_four_vendors_exactly_once(house: House) -> None:
    events = real_events(80)
    numbers = sorted({event["subject"] for event in events})
    receipt = house.send(*events).get(timeout=30)
    assert receipt["status"] == "accepted"
    assert len(receipt["deliveries"]) == 4
    house.settled(len(events))
    for kind in VENDORS:
        assert house.keys(kind) == numbers, kind
    assert {name: row.dead for name, row in house.rows().items()} == dict.fromkeys(VENDORS, 0)


@pytest.mark.parametrize("kind", VENDORS)
def test_a_create_that_commits_and_then_drops_the_connection_makes_one_order(
    house: House, kind: str, number: str
) -> None:
    house.fault(kind, do="reset_after", times=1, match={"mutating": True, "path": CREATES[kind]})
    house.send(order(number, f"e{number}"))
    house.settled(1)
    assert house.keys(kind) == [number]
    [delivery] = house.deliveries(provider=kind, order=number)
    assert delivery.state == "delivered"
    assert delivery.attempts > 1


@pytest.mark.parametrize("kind", VENDORS)
def test_a_create_that_commits_after_we_gave_up_makes_one_order(house: House, kind: str, number: str) -> None:
    house.fault(kind, do="commit_late", delay_s=1.2, times=1, match={"mutating": True, "path": CREATES[kind]})
    house.send(order(number, f"e{number}"))
    wait_until(lambda: house.orders(kind), 20)
    house.settled(1)
    assert house.keys(kind) == [number]


CREATES = {
    "retargeting": "*order/save*",
    "shopscript": "*shop.order.save*",
    "orderdesk": "*/orders",
    "openbizbox": "*orders.json",
}


def test_a_dead_letter_is_replayed_after_its_cause_is_gone(house: House, number: str) -> None:
    house.fault("shopscript", do="status", status=400, body='{"error": "invalid_param"}', times=1)
    house.send(order(number, f"e{number}"))
    house.settled(1)
    [letter] = house.deliveries(state="dead")
    assert (letter.provider, letter.reason) == ("shopscript", "rejected")
    assert house.keys("retargeting") == [number]
    assert house.dead.replay(letter.id).result == "replayed"
    wait_until(lambda: house.deliveries(provider="shopscript", order=number, state="delivered"), 20)
    assert house.keys("shopscript") == [number]


def test_a_vendor_that_is_down_for_a_while_gets_everything_and_nothing_dies(house: House) -> None:
    house.fault("orderdesk", do="status", status=503, times=12)
    numbers = [str(next(NUMBERS)) for _ in range(30)]
    house.send(*[order(number, f"e{number}") for number in numbers])
    house.settled(30)
    assert house.keys("orderdesk") == numbers
    assert house.rows()["orderdesk"].dead == 0


def test_a_killed_worker_loses_and_doubles_nothing(tmp_path: Path) -> None:
    events = [order(str(n), f"e{n}") for n in range(60)]
    with House(tmp_path, workers=2) as house:
        house.send(*events)
        wait_until(lambda: house.orders("retargeting"), 20)
        house.workers[0].kill()
        house.start_worker()
        house.settled(60, within_s=120)
        for kind in VENDORS:
            assert house.keys(kind) == sorted(str(n) for n in range(60)), kind


def test_a_store_killed_in_the_middle_comes_back_and_everything_goes_on(tmp_path: Path) -> None:
    events = [order(str(n), f"e{n}") for n in range(60)]
    with House(tmp_path) as house:
        house.send(*events)
        wait_until(lambda: house.orders("retargeting"), 20)
        os.kill(house.embedded.pid, signal.SIGKILL)
        house.settled(60, within_s=120)
        for kind in VENDORS:
            assert house.keys(kind) == sorted(str(n) for n in range(60)), kind


def test_a_worker_told_to_stop_finishes_what_it_has_in_hand(tmp_path: Path) -> None:
    with House(tmp_path, "retargeting") as house:
        house.fault("retargeting", do="delay", delay_s=0.5, times=None)
        house.send(*[order(str(n), f"e{n}") for n in range(8)])
        wait_until(lambda: house.rows().get("retargeting") and house.rows()["retargeting"].attempting, 20)
        house.workers[0].terminate()
        assert house.workers[0].wait(15) == 0
        row = house.rows()["retargeting"]
        assert row.attempting == 0
        assert row.delivered > 0


def test_a_worker_that_finds_no_store_ends_with_69_and_the_address(tmp_path: Path) -> None:
    (tmp_path / "ordercast.toml").write_text('[store]\nurl = "redis://:hunter2@127.0.0.1:1/0"\n')
    environ = {**os.environ, "ORDERCAST_CONFIG": str(tmp_path / "ordercast.toml"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "celery", "-A", "worker", "worker", "--apply-config"]
    ended = subprocess.run(command, env=environ, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 69
    assert "127.0.0.1:1" in ended.stderr
    assert "hunter2" not in ended.stderr + ended.stdout


UPDATES = {"shopscript": "*shop.order.save*", "orderdesk": "*/orders/*", "openbizbox": "*/orders/*"}


@pytest.mark.parametrize("kind", UPDATES)
@pytest.mark.parametrize("cut", ["commit_late", "reset_after"])
def test_an_update_that_is_carried_out_after_we_gave_up_comes_before_the_next_one(
    house: House, kind: str, cut: str
) -> None:
    """Its retry, and what comes after it, wait until nothing that was on the wire can be carried out any more."""
    created, second, third = life(next(LIVES))
    late = {"delay_s": 1.5} if cut == "commit_late" else {}
    house.send(created)
    house.settled(1)
    house.fault(kind, do=cut, times=1, match={"mutating": True, "path": UPDATES[kind]}, **late)
    house.send(second)
    wait_until(lambda: house.rows()[kind].parked, 20)
    house.send(third)
    house.settled(3)
    wait_until(lambda: not house.commits_late(), 20)
    totals = [Decimal(save[1]) for save in house.orders(kind)[0]["saves"]]
    assert totals == sorted(totals)
    assert totals[-1] == grand(third)
