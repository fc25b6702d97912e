"""Jobs in a real browser: a new provider gets its orders, a vendor's loss is healed, a customer is forgotten."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.chaos.orders import told
from tests.fakes.browsing import CHROMIUM, Walk, chromium, served
from tests.fakes.hosts import HERE, Hosts
from tests.fakes.waiting import wait_until

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None and "CI" not in os.environ, reason="needs Debian's chromium"),
    pytest.mark.timeout(300),
]
ORDERS = 4


def backfill(walk: Walk, house: Hosts) -> None:
    walk.go("/providers/retargeting")
    walk.page.get_by_text("Backfill: send it").click()
    walk.press("Count the orders to send …", since="soon", why="new here")
    walk.reads("is no point in time")
    walk.shoot("backfill-wrong")
    walk.press("Count the orders to send …", since="1d")
    walk.reads("counted:")
    walk.shoot("backfill-counted")
    walk.press(f"Send retargeting the newest snapshot of {ORDERS} orders")
    walk.reads(f"{ORDERS} orders: {ORDERS} added.")
    wait_until(lambda: len(house.orders("retargeting")) == ORDERS, 60)


def reconcile(walk: Walk, house: Hosts, lost: str) -> None:
    """An order that the vendor's people have deleted is missing, and sent again."""
    [held] = {one.link.order_id for one in house.deliveries(provider="orderdesk", order=lost) if one.link}
    house.sandbox.vendor("orderdesk")._store.delete(int(str(held)))
    assert len(house.orders("orderdesk")) == ORDERS - 1
    walk.go("/providers/orderdesk", "provider-with-jobs")
    walk.page.get_by_text("Reconcile: ask whether").click()
    walk.shoot("provider-open")
    walk.press("Count the orders to ask for …", since="1d", rate="100")
    walk.reads("counted:")
    walk.press(f"Ask orderdesk {ORDERS + 1} questions")
    walk.reads("1 missing.")
    walk.reads("The vendor has no order")
    walk.page.get_by_role("link", name=lost, exact=True).wait_for()
    walk.shoot("reconciled")
    walk.go("/providers/orderdesk")
    walk.page.get_by_text("Reconcile: ask whether").click()
    walk.page.get_by_label("Heal: send again").check()
    walk.press("Count the orders to ask for …", since="1d", rate="100", why="deleted by mistake")
    walk.reads("counted:")
    walk.press(f"Ask orderdesk {ORDERS + 1} questions and send again")
    walk.reads("1 sent again.")
    wait_until(lambda: len(house.orders("orderdesk")) == ORDERS, 60)


def download(walk: Walk, path: str, button: str) -> str:
    walk.go(path)
    with walk.page.expect_download() as begun:
        walk.page.get_by_role("button", name=button).click()
    return Path(begun.value.path()).read_text()


def erase(walk: Walk, email: str) -> None:
    walk.go("/people")
    walk.page.get_by_role("link", name="Erase a customer").click()
    walk.shoot("erase")
    walk.press("Count what names them …", customer=email, why=f"{email} asked")
    walk.reads("leave the e-mail out of it")
    walk.press("Count what names them …", customer=email, why="asked by telephone")
    walk.reads("What would be erased")
    walk.shoot("erase-counted")
    assert email not in walk.page.url + walk.page.content()
    walk.press("Erase the customer from 1 order with 1 event, for ever")
    walk.reads("What was erased")
    walk.reads("done:")
    walk.shoot("erased")
    assert email not in walk.page.content()


def test_a_new_provider_a_vendor_that_lost_an_order_and_a_customer_who_leaves(tmp_path: Path) -> None:
    events = [event for event in told(ORDERS, random.Random(7)) if event["type"] == "order.created"]
    email, lost = events[0]["data"]["order"]["customer"]["email"], events[1]["subject"]
    with Hosts(tmp_path, "orderdesk") as house, chromium() as browser:
        house.send(*events)
        house.settled(ORDERS)
        house.configure(HERE, "orderdesk", "retargeting")
        assert house.ordercast(HERE, "check", "--apply").returncode == 0
        wait_until(lambda: house.works_by(HERE) == 2, 10)
        with served(house) as link:
            walk = Walk.begin(browser, link)
            walk.reads("95 in 100 delivered within (s)")
            walk.shoot("overview-with-delays")
            backfill(walk, house)
            reconcile(walk, house, lost)
            assert (
                download(walk, "/deliveries?provider=retargeting", "Download deliveries as CSV").count("\n")
                == ORDERS + 1
            )
            assert email not in download(walk, "/search", "Download orders as JSON lines")
            walk.go("/search")
            walk.page.get_by_text("With bodies", exact=True).click()
            with walk.page.expect_download() as begun:
                walk.press("Orders with bodies as JSON lines", why="a move")
            assert email in Path(begun.value.path()).read_text()
            erase(walk, email)
            walk.go("/audit")
            for deed in ("backfill", "reconcile", "erase", "read"):
                assert walk.page.get_by_role("cell", name=deed, exact=True).count(), deed
            assert email not in walk.page.content()
            told_so = "400 (BAD REQUEST)"  # of the forms that were wrong on purpose
            assert [one for one in walk.complaints if told_so not in one] == []
