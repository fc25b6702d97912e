"""What people changed at the simulated vendors is made as the snapshot says by a heal, or told to be beyond it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from schemas.delivery import order_digest
from schemas.healing import HEALS, UNHEALED
from schemas.outcome import Reason
from tests.conformance.orders import created, updated
from tests.fakes.reconciled import Reconciled
from worker.ledger.links import read_links
from worker.providers.base import Difference
from worker.providers.http import Driver
from worker.sandbox import load_vendors
from worker.sandbox.server import Sandbox

READ = ("orderdesk", "shopscript", "openbizbox")
ORDER = created(number="1001")


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox(load_vendors(per_second=1e6, burst=1_000_000)) as sandbox:
        yield sandbox


@pytest.fixture
def there(request: pytest.FixtureRequest, clean_store: str, running: Sandbox) -> Iterator[Reconciled]:
    kind = getattr(request, "param", "orderdesk")
    driver = Driver()
    running.vendor(kind).reset()
    made = Reconciled(clean_store, kind, running, driver)
    made.send(ORDER)
    yield made
    made.close()
    driver.close()


@pytest.mark.parametrize("there", READ, indirect=True)
def test_a_quantity_that_people_changed_is_ours_again_once_it_was_healed(there: Reconciled) -> None:
    before = there.account.lines()
    for again in (1, 2):  # they do it again, and it is healed again
        there.set_quantity(ORDER, 7)
        assert there.account.lines() != before
        assert there.reconciled(lists=False, again=10 + again).results == {"different": 1}
        assert there.reconciled(lists=False, heals=True, again=20 + again).results == {"sent_again": 1}
        there.work(1)
        assert there.account.lines() == before
        assert there.reconciled(lists=False, heals=True, again=30 + again).results == {"same": 1}
        assert not notes(there).keys() & {HEALS, UNHEALED}


def test_a_save_that_nobody_asked_to_heal_leaves_what_people_changed(there: Reconciled) -> None:
    there.set_quantity(ORDER, 7)
    there.send(updated((("701", "2", "10.00"), ("702", "1", "5.50")), number="1001"))
    assert [line["quantity"] for line in held(there)["order_items"]] == [7, 1]


def test_a_heal_writes_price_shipping_and_discount_and_leaves_the_email(there: Reconciled) -> None:
    order, total = held(there), there.account.orders()[0]["order_total"]
    order["order_items"][0]["price"] = 3.5
    order["shipping_total"] = 99
    order["email"] = "else@example.com"
    there.reconciled(lists=False, heals=True)
    there.work(1)
    shown = there.account.orders()[0]
    assert (shown["order_total"], shown["email"]) == (total, "else@example.com")
    assert there.reconciled(lists=False, again=1).results == {"same": 1}


def test_what_is_theirs_alone_is_told_as_the_same(there: Reconciled) -> None:
    held(there)["email"] = "else@example.com"
    assert there.reconciled(lists=False, heals=True).results == {"same": 1}


def test_a_line_that_people_added_cannot_be_healed_and_nothing_is_sent(there: Reconciled) -> None:
    lines = held(there)["order_items"]
    lines.append({**lines[0], "id": "5", "metadata": {}, "code": "GIFT", "price": 4, "quantity": 1})
    for again in (1, 2):
        job = there.reconciled(lists=False, heals=True, again=again)
        assert job.results == {"different": 1}
        assert "Cannot be healed: people's own lines or discounts" in there.told(job)["different"]
    assert there.ledger.row(there.kind).pending == 0


def test_a_split_line_is_not_made_worse_by_a_heal(there: Reconciled) -> None:
    lines = held(there)["order_items"]
    lines.append({**lines[0], "id": "5", "quantity": 1})
    lines[0]["quantity"] = 7
    before = there.account.orders()[0]["order_total"]
    assert there.reconciled(lists=False, heals=True).results == {"different": 1}
    assert there.account.orders()[0]["order_total"] == before


def test_an_order_that_people_put_among_the_cancelled_is_not_sent_again_without_a_folder_for_it(
    there: Reconciled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(there.account.provider.config.options.folders, "cancelled", 9)
    held(there)["folder_id"] = "9"
    job = there.reconciled(lists=False, heals=True, again=1)
    assert "Cannot be healed: the order's status has no folder" in there.told(job)["different"]
    monkeypatch.setitem(there.account.provider.config.options.folders, "paid", 1)
    for again in (2, 3):  # at the second time that folder is what was sent last
        assert there.reconciled(lists=False, heals=True, again=again).results == {"sent_again": 1}
        there.work(1)
        assert held(there)["folder_id"] == 1
        assert there.reconciled(lists=False, again=10 + again).results == {"same": 1}
        held(there)["folder_id"] = "9"


def test_what_a_heal_left_different_is_not_sent_again_until_something_else_differs(
    there: Reconciled, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = [Difference("The colour is red.", Reason.REMARK)]
    monkeypatch.setattr(type(there.account.provider), "compare", lambda *_: told)
    assert there.reconciled(lists=False, heals=True, again=1).results == {"sent_again": 1}
    there.work(1)
    job = there.reconciled(lists=False, heals=True, again=2)
    assert "Cannot be healed: it was sent again for this" in there.told(job)["different"]
    assert there.ledger.row(there.kind).pending == 0
    told[:] = [Difference("The colour is blue.", Reason.REMARK)]
    assert there.reconciled(lists=False, heals=True, again=3).results == {"sent_again": 1}


def test_an_attempt_that_fails_forgets_nothing_of_the_heal(there: Reconciled) -> None:
    there.set_quantity(ORDER, 7)
    there.reconciled(lists=False, heals=True)
    there.account.fault("status", status=503, times=None)
    there.work(1)
    there.account.clear_faults()
    assert notes(there)[HEALS] == "1"


def notes(there: Reconciled) -> dict[str, str]:
    place = there.kind, order_digest(ORDER.source, ORDER.subject)
    [(link, _)] = read_links(there.ledger.store, [place])
    return link.notes if link else {}


def held(there: Reconciled) -> dict[str, Any]:
    """The order as Order Desk keeps it."""
    orders: dict[int, dict[str, Any]] = there.account.sandbox.vendor("orderdesk")._store.orders
    return orders[int(there.vendor_id(ORDER))]
