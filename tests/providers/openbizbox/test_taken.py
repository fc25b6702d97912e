"""OpenBizBox: an error over an id of our choice that is another order's, which may have left our order under any id."""

import json
from dataclasses import replace

import pytest

from schemas.delivery import Link
from schemas.order import Customer
from schemas.outcome import OutcomeKind, Reason
from tests.fakes.openbizbox import calls_of, held, save
from tests.fakes.openbizbox_lane import Lane
from tests.fakes.snapshots import item, order, snapshot
from tests.fakes.wire import reply
from worker.sandbox.base import VendorAnswer
from worker.sandbox.openbizbox import SimulatedOpenBizBox as Shop

ANOTHERS = held(comment="[ordercast shop/malmo#1001]", id=51001)
NOTED = Link(notes={"id_taken": "1"})
OURS = order(items=[item(variant_id="701")])


class FailsOverTakenIds(Shop):
    """Answers a create under a taken id with a 500; ``makes_it`` says that the order is there then, under another id."""

    def __init__(self, *, makes_it):
        self.makes_it, self.creates = makes_it, []
        super().__init__()

    def answer(self, call):
        if call.method != "POST" or not call.path.endswith("/orders.json"):
            return super().answer(call)
        sent = json.loads(call.body)
        chosen = sent.pop("id", None)
        self.creates.append(chosen)
        if chosen not in [order["id"] for order in self.orders()]:
            return super().answer(call)
        if self.makes_it:
            super().answer(replace(call, body=json.dumps(sent).encode()))
        return VendorAnswer(500, b"")


def lane_beside_another(shop):
    """A lane whose order has the id that another order of the shop has."""
    other = order(
        number="1002", items=[item(variant_id="709")], customer=Customer(email="o@example.com", last_name="Holm")
    )
    Lane(shop, order_id_offset=49_999).attempt(snapshot(other))
    shop.creates.clear()
    return Lane(shop, order_id_offset=50_000)


def test_an_error_under_a_taken_id_stays_in_doubt_and_is_noted():
    requests, outcome = save(reply(500), reply(body=ANOTHERS), order_id_offset=50_000)
    assert calls_of(requests) == ["POST /api/v2/orders.json", "GET /api/v2/orders/51001.json"]
    assert (outcome.kind, outcome.reason, outcome.link) == (OutcomeKind.UNKNOWN, Reason.SERVER_ERROR, NOTED)


def test_an_order_whose_id_is_noted_as_taken_is_created_without_it_and_forgets_the_note():
    requests, outcome = save(reply(201, held()), link=NOTED, order_id_offset=50_000)
    [created] = requests
    assert "id" not in json.loads(created.body)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.REMARK)
    assert outcome.message.startswith("Id 51001 was taken by another order of the shop")
    assert (outcome.link.order_id, outcome.link.notes) == ("777", {})


@pytest.mark.parametrize(("answer", "kind"), [(reply(500), OutcomeKind.UNKNOWN), (reply(429), OutcomeKind.THROTTLED)])
def test_an_order_without_its_noted_id_may_fail_like_any_other(answer, kind):
    _, outcome = save(answer, link=NOTED, order_id_offset=50_000)
    assert (outcome.kind, outcome.link) == (kind, None)


def test_an_order_that_the_error_left_under_another_id_is_found_however_late_it_shows():
    shop = FailsOverTakenIds(makes_it=True)
    lane = lane_beside_another(shop)
    shop.hide_new(30)
    assert lane.attempt(snapshot(OURS)).kind is OutcomeKind.UNKNOWN
    shop.hide_new(0)  # settle_s has passed
    outcome = lane.attempt(snapshot(OURS))
    assert (outcome.kind, len(shop.orders()), shop.creates) == (OutcomeKind.ACCEPTED, 2, [51001])
    assert (outcome.link.order_id, outcome.link.notes) == (str(shop.orders()[1]["id"]), {})


def test_an_order_that_the_error_left_nowhere_is_created_without_the_id_by_the_next_attempt():
    shop = FailsOverTakenIds(makes_it=False)
    lane = lane_beside_another(shop)
    assert lane.attempt(snapshot(OURS)).kind is OutcomeKind.UNKNOWN
    outcome = lane.attempt(snapshot(OURS))
    assert (outcome.reason, shop.creates) == (Reason.REMARK, [51001, None])
    assert [order["key"] for order in shop.orders()] == ["1002", "1001"]
