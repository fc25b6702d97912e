"""The state of an order after its save: asked for by the status, taken by an action that the shop offers."""

from urllib.parse import parse_qs

import pytest

from schemas.delivery import Link
from schemas.order import Shipment
from schemas.outcome import OutcomeKind, Reason
from tests.fakes.shop import NO_ORDER, SAVED, account, converse, held_order, hits, moved_to, offered, shop_order
from tests.fakes.snapshots import job, snapshot
from tests.fakes.wire import reply, run
from worker.sandbox.shopscript import ACCESS_TOKEN, SimulatedShopScript
from worker.sandbox.shopscript.workflow import Workflow

LINKED = Link(order_id="18", line_ids={"line-1": "31"}, notes={"discount": "0.0000", "currency": "EUR"})
SERVER_ERROR = reply(500, {"error": "server_error"})


def edit(status, state, *replies, **changes):
    """An edit of an order that is in ``state``; ``replies`` are to what comes after the read-back."""
    operation = account().operation(job(snapshot(shop_order(status=status, **changes)), link=LINKED))
    saved = reply(200, SAVED), reply(200, held_order(state_id=state))
    requests, outcome = converse(operation.converse(), *saved, *replies)
    return requests[2:], outcome


def sent(request):
    return {name: texts[0] for name, texts in parse_qs(request.body.decode()).items()}


@pytest.mark.parametrize(
    ("status", "action", "state"),
    [
        ("processing", "process", "processing"),
        ("paid", "pay", "paid"),
        ("shipped", "ship", "shipped"),
        ("completed", "complete", "completed"),
    ],
)
def test_a_status_is_reached_by_the_action_that_leads_there(status, action, state):
    requests, outcome = edit(status, "new", reply(200, offered("delete", action)), reply(200, moved_to(state)))
    assert [request.path for request in requests] == [
        "/api.php/shop.order.actions?id=18",
        "/api.php/shop.order.action",
    ]
    assert sent(requests[1]) == {"id": "18", "action": action}
    assert [request.mutating for request in requests] == [False, True]
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.SAVED)


@pytest.mark.parametrize("status", [None, "pending", "authorized", "on_hold", "cancelled", "refunded"])
def test_a_status_that_asks_for_no_state_takes_no_call(status):
    requests, outcome = edit(status, "new")
    assert (requests, outcome.reason) == ([], Reason.SAVED)


@pytest.mark.parametrize("status", ["processing", "paid", "shipped", "completed"])
def test_an_order_that_is_there_already_takes_no_call(status):
    requests, outcome = edit(status, status)
    assert (requests, outcome.reason, outcome.message) == ([], Reason.SAVED, "")


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("processing", "paid"),
        ("processing", "auth"),
        ("paid", "shipped"),
        ("paid", "fulfilling"),
        ("shipped", "completed"),
    ],
)
def test_an_order_is_never_moved_back(status, state):
    requests, outcome = edit(status, state)
    assert requests == []
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.REMARK)
    assert outcome.message == f"The order is {state} in the shop, which is past {status}: its state was left."


@pytest.mark.parametrize("state", ["deleted", "refunded"])
@pytest.mark.parametrize("status", [None, "pending", "paid", "completed"])
def test_an_edit_of_an_ended_order_is_delivered_with_a_remark_and_never_revives_it(state, status):
    requests, outcome = edit(status, state)
    assert requests == []
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.REMARK)
    assert outcome.message == f"The order is {state} in the shop: the edit was saved there, and its state was left."


@pytest.mark.parametrize(("status", "state"), [("cancelled", "deleted"), ("refunded", "refunded")])
def test_an_ended_order_whose_status_says_so_needs_no_remark(status, state):
    assert edit(status, state)[1].reason is Reason.SAVED


def test_an_action_that_is_not_offered_is_not_sent_and_leaves_a_remark():
    requests, outcome = edit("paid", "new", reply(200, offered("process", "delete")))
    assert [request.mutating for request in requests] == [False]
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.REMARK)
    assert (
        outcome.message
        == "The order is new in the shop, not paid: no action that it offers the token's user leads there."
    )


def test_an_action_that_the_shop_has_lead_elsewhere_leaves_a_remark():
    _, outcome = edit("paid", "pickup", reply(200, offered("pay")), reply(200, moved_to("pickup")))
    assert (outcome.reason, "is pickup in the shop, not paid" in outcome.message) == (Reason.REMARK, True)


def test_an_order_that_somebody_moved_meanwhile_is_read_again():
    """The shop answers a replay with the 404 that it also has for an order which is not there."""
    refused = reply(200, offered("pay")), reply(404, NO_ORDER)
    requests, outcome = edit("paid", "new", *refused, reply(200, held_order(state_id="paid")))
    assert [request.step for request in requests][2:] == ["shop.order.getInfo"]
    assert outcome.reason is Reason.SAVED
    _, elsewhere = edit("paid", "new", *refused, reply(200, held_order(state_id="deleted")))
    assert (elsewhere.reason, "is deleted in the shop, not paid" in elsewhere.message) == (Reason.REMARK, True)


def test_a_shop_that_cannot_be_asked_for_its_actions_keeps_the_save():
    _, outcome = edit("paid", "new", reply(404, {"error": "invalid_method"}))
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.REMARK)
    assert outcome.message == "The order is new in the shop, not paid: it refused `pay` (404)."


@pytest.mark.parametrize(
    ("replies", "kind"),
    [
        ([reply(503)], OutcomeKind.UNAVAILABLE),
        ([reply(401)], OutcomeKind.UNAUTHORIZED),
        ([reply(429)], OutcomeKind.THROTTLED),
        ([reply(200, "?")], OutcomeKind.UNREADABLE),
        ([reply(200, [{"name": "pay"}])], OutcomeKind.UNREADABLE),
        ([reply(200, offered("pay")), SERVER_ERROR], OutcomeKind.UNKNOWN),
        ([reply(200, offered("pay")), reply(200, "null"), reply(200, held_order())], OutcomeKind.UNREADABLE),
        ([reply(200, offered("pay")), reply(200, {"order_id": 18})], OutcomeKind.UNREADABLE),
    ],
)
def test_an_action_that_is_not_answered_keeps_the_link_and_the_doubt(replies, kind):
    _, outcome = edit("paid", "new", *replies)
    assert (outcome.kind, outcome.link.order_id, outcome.link.line_ids) == (kind, "18", {"line-1": "31"})


def test_a_shipped_order_carries_its_tracking_numbers():
    shipments = [Shipment(tracking_number="TR1"), Shipment(tracking_number="TR2"), Shipment(tracking_number="TR1")]
    replies = reply(200, offered("ship")), reply(200, moved_to("shipped"))
    requests, _ = edit("shipped", "paid", *replies, shipments=shipments)
    assert sent(requests[1]) == {"id": "18", "action": "ship", "tracking_number": "TR1, TR2"}


def test_a_created_order_that_is_paid_is_paid_in_the_same_conversation():
    operation = account().operation(job(snapshot(shop_order(status="paid"))))
    replies = [SAVED, hits(held_order()), held_order(), offered("pay"), moved_to("paid")]
    requests, outcome = converse(operation.converse(), *(reply(200, answer) for answer in replies))
    assert len(requests) == operation.calls == 5
    assert outcome.reason is Reason.SAVED


@pytest.mark.parametrize("form", ["json", "xml"])
def test_the_played_shop_takes_an_order_all_its_way(form):
    shop, link, seen = SimulatedShopScript(), None, []
    for status in ("pending", "processing", "paid", "shipped", "completed", "paid"):
        event = snapshot(shop_order(status=status))
        outcome = run(account(format=form).operation(job(event, link=link)).converse(), shop)
        link = outcome.link
        seen.append((outcome.reason, shop.orders()[0]["state_id"]))
    assert seen == [
        (Reason.SAVED, "new"),
        (Reason.SAVED, "processing"),
        (Reason.SAVED, "paid"),
        (Reason.SAVED, "shipped"),
        (Reason.SAVED, "completed"),
        (Reason.REMARK, "completed"),
    ]
    assert [move[0] for move in shop.orders()[0]["moved"]] == ["process", "pay", "ship", "complete"]


@pytest.mark.parametrize("form", ["json", "xml"])
def test_a_shop_with_one_action_or_none_is_read_in_both_formats(form):
    for open_in, state in (((), "new"), (("pay",), "paid"), (("delete", "pay"), "paid")):
        shop = SimulatedShopScript(workflow=Workflow(open_in={"new": open_in}))
        operation = account(format=form).operation(job(snapshot(shop_order(status="paid"))))
        assert run(operation.converse(), shop).kind is OutcomeKind.ACCEPTED
        assert shop.orders()[0]["state_id"] == state


def test_a_token_whose_user_may_act_on_nothing_saves_and_moves_nothing():
    shop = SimulatedShopScript(onlookers=frozenset({ACCESS_TOKEN}))
    outcome = run(account().operation(job(snapshot(shop_order(status="paid")))).converse(), shop)
    assert (outcome.reason, shop.orders()[0]["moved"]) == (Reason.REMARK, [])
