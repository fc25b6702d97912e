"""An "ok" that cannot be found again: one order at the shop, one dead letter, and no second create until a person says.

Through the engine, over real HTTP, on a clock set by hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.request import Request, urlopen

import pytest

from schemas.config import ProviderConfig, Secret
from schemas.delivery import Delivery, order_digest
from schemas.event import Event
from schemas.providers.shopscript import ShopScriptOptions
from tasks.attempt import Attempting
from tests.fakes.ledger import Ledger, snapshot
from tests.fakes.shop import shop_order
from worker.ledger.claims import Claim
from worker.ledger.links import Links
from worker.providers.http import Driver
from worker.providers.memory import ProcessMemory
from worker.providers.shopscript import ShopScript
from worker.sandbox.server import Sandbox
from worker.sandbox.shopscript import ACCESS_TOKEN, Settings
from worker.sandbox.shopscript import SimulatedShopScript as Shop

TWO_HOURS_S, STEP_S = 7200, 20


class Desk:
    """One shop whose token's user sees no orders, and the engine that delivers to it."""

    def __init__(self, ledger: Ledger, sandbox: Sandbox, shop: Shop) -> None:
        self.ledger, self.sandbox, self.shop, self.driver = ledger, sandbox, shop, Driver()
        options = ShopScriptOptions(access_token=Secret(ACCESS_TOKEN))
        base_url = sandbox.base_url("shopscript")
        self.config = ProviderConfig(name="one", kind="shopscript", base_url=base_url, options=options)

    def run(self, for_s: int = TWO_HOURS_S) -> None:
        """Let the time pass, attempting whatever is ready."""
        for _ in range(for_s // STEP_S):
            claimed = self.ledger.runner().begin()
            if isinstance(claimed, Claim):
                self._attempt(claimed)
            self.ledger.advance(STEP_S)
            self.ledger.tick()

    def _attempt(self, claim: Claim) -> None:
        provider = ShopScript(self.config, ProcessMemory())
        plan = self.ledger.plans["one"]
        attempting = Attempting(claim, claim.event, provider, plan, self.driver, lambda _: True, claim.event.source)
        self.ledger.runner().finish(claim, attempting.run(), last=True)

    def fault(self, **fault: Any) -> None:
        """Have the shop fail as told."""
        url = f"{self.sandbox.url}/_sandbox/shopscript/faults"
        with urlopen(Request(url, json.dumps(fault).encode(), {"Content-Type": "application/json"})) as answer:
            assert answer.status == 201

    def sees_orders(self, *, does: bool) -> None:
        self.shop.settings = Settings(blind=frozenset() if does else frozenset({ACCESS_TOKEN}))

    def delivery(self, event_id: str = "e1") -> Delivery:
        return next(one for one in self.ledger.deliveries() if one.event_id == event_id)


@pytest.fixture
def desk(ledger: Ledger) -> Iterator[Desk]:
    shop = Shop(blind=frozenset({ACCESS_TOKEN}))
    with Sandbox([shop]) as sandbox:
        desk = Desk(ledger, sandbox, shop)
        yield desk
        desk.driver.close()


def event(event_id: str = "e1", **changes: Any) -> Event:
    return snapshot(event_id, order=shop_order(**changes))


def test_one_order_is_made_and_one_dead_letter_says_why(desk: Desk) -> None:
    desk.ledger.accept(event())
    desk.run()
    (held,) = desk.shop.orders()
    delivery = desk.delivery()
    assert (held["mails"], delivery.state, delivery.reason) == (["create"], "dead", "rejected")
    assert delivery.last_attempt is not None
    assert delivery.last_attempt.reason == "accepted_not_found"
    assert "`ordercast vendor one test`" in delivery.last_attempt.message


def test_an_ok_counts_too_where_the_search_after_it_gets_no_answer(desk: Desk) -> None:
    desk.fault(do="reset_before", times=3, match={"path": "*search*"})
    desk.ledger.accept(event())
    desk.run()
    delivery = desk.delivery()
    assert delivery.last_attempt is not None
    assert (len(desk.shop.orders()), delivery.last_attempt.reason) == (1, "accepted_not_found")


def test_a_replay_and_a_newer_snapshot_create_nothing_either(desk: Desk) -> None:
    desk.ledger.accept(event())
    desk.run()
    desk.ledger.dead.replay(desk.delivery().id)
    desk.run()
    desk.ledger.accept(event("e2", comment="Ring"))
    desk.run()
    assert len(desk.shop.orders()) == 1
    assert desk.delivery("e2").state == "dead"


def test_once_the_user_sees_orders_a_replay_finds_it(desk: Desk) -> None:
    desk.ledger.accept(event())
    desk.run()
    desk.sees_orders(does=True)
    desk.ledger.dead.replay(desk.delivery().id)
    desk.run(600)
    assert (len(desk.shop.orders()), desk.delivery().state) == (1, "delivered")
    assert desk.delivery().link is not None
    assert desk.delivery().link.order_id == "1"


def test_a_person_who_says_that_it_is_not_there_has_it_created_anew(desk: Desk) -> None:
    desk.ledger.accept(event())
    desk.run()
    desk.sees_orders(does=True)
    desk.shop.reset()
    letter = desk.delivery()
    place = order_digest(letter.source, letter.order)
    Links(desk.ledger.store).correct("one", place, None, what="none", why="looked in the shop", who="ida")
    desk.ledger.dead.replay(letter.id)
    desk.run(600)
    assert (len(desk.shop.orders()), desk.delivery().state) == (1, "delivered")
