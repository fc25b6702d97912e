"""Cancelled, deleted, refunded: one action of the shop's workflow, once, and only where it is offered."""

from dataclasses import replace
from decimal import Decimal
from urllib.parse import parse_qs

import pytest

from schemas.delivery import Link
from schemas.event import Cancellation, Deletion, EventType, Refund
from schemas.order import ProviderRefs
from schemas.outcome import OutcomeKind, Reason
from tests.fakes.shop import NO_ORDER, account, converse, held_order, hits, moved_to, offered, shop_order
from tests.fakes.snapshots import action, job, snapshot
from tests.fakes.wire import reply, run
from worker.providers.base import Absent, Settled
from worker.sandbox.shopscript import SimulatedShopScript

LINKED = Link(order_id="18", line_ids={"line-1": "31"})
CANCELLED = action(EventType.CANCELLED, cancellation=Cancellation(reason="No stock"))
DELETED = action(EventType.DELETED, deletion=Deletion())
REFUNDED = action(EventType.REFUNDED, refund=Refund(whole=True))
ENDS = [(CANCELLED, "delete", "deleted"), (DELETED, "delete", "deleted"), (REFUNDED, "refund", "refunded")]
each_end = pytest.mark.parametrize(("event", "name", "state"), ENDS, ids=["cancelled", "deleted", "refunded"])


def end(event, *replies, link=LINKED, of=None):
    operation = account().operation(replace(job(event, link=link), order=of))
    return converse(operation.converse(), *replies)


def look_up(event, *replies, link=LINKED):
    operation = account().operation(job(event, link=link))
    assert operation.on_unknown == "look_up"
    return converse(operation.look_up(), *replies)[1]


@each_end
def test_an_action_is_asked_for_before_it_is_taken(event, name, state):
    requests, outcome = end(
        event, reply(200, held_order()), reply(200, offered("edit", name)), reply(200, moved_to(state))
    )
    assert [request.path for request in requests] == [
        "/api.php/shop.order.getInfo?id=18",
        "/api.php/shop.order.actions?id=18",
        "/api.php/shop.order.action",
    ]
    assert [request.mutating for request in requests] == [False, False, True]
    form = parse_qs(requests[2].body.decode())
    assert (form["id"], form["action"]) == (["18"], [name])
    assert (outcome.kind, outcome.reason, outcome.link.order_id) == (OutcomeKind.ACCEPTED, Reason.SAVED, "18")


def test_the_reason_goes_into_the_shops_history():
    requests, _ = end(
        CANCELLED, reply(200, held_order()), reply(200, offered("delete")), reply(200, moved_to("deleted"))
    )
    assert parse_qs(requests[2].body.decode())["text"] == ["No stock"]


@each_end
def test_an_order_that_has_ended_so_already_is_left_as_it_is(event, name, state):
    requests, outcome = end(event, reply(200, held_order(state_id=state)))
    assert len(requests) == 1
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.EXISTS)
    assert state in outcome.message


@each_end
def test_an_action_that_is_not_offered_is_rejected_with_the_state_and_what_to_do(event, name, state):
    requests, outcome = end(event, reply(200, held_order(state_id="completed")), reply(200, offered("comment")))
    assert not any(request.mutating for request in requests)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.REJECTED)
    assert outcome.message.startswith(f"The order is completed in the shop, which offers no action `{name}` on it")
    assert outcome.link.order_id == "18"


@each_end
def test_a_workflow_that_leads_elsewhere_is_obeyed_and_remarked_on(event, name, state):
    replies = reply(200, held_order()), reply(200, offered(name)), reply(200, moved_to("archived"))
    _, outcome = end(event, *replies)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.REMARK)
    assert outcome.message.startswith(f"The shop's `{name}` led the order to archived, not to {state}")


@each_end
def test_a_replay_that_the_shop_refuses_is_told_by_the_state(event, name, state):
    raced = reply(200, held_order()), reply(200, offered(name)), reply(404, NO_ORDER)
    _, done = end(event, *raced, reply(200, held_order(state_id=state)))
    assert done.kind is OutcomeKind.ACCEPTED
    _, refused = end(event, *raced, reply(200, held_order(state_id="shipped")))
    assert (refused.kind, "is shipped" in refused.message) == (OutcomeKind.REJECTED, True)
    _, gone = end(event, *raced, reply(404, NO_ORDER))
    assert (gone.kind, gone.reason) == (OutcomeKind.REJECTED, Reason.UNKNOWN_ORDER)


@each_end
def test_an_order_without_a_link_is_looked_up_by_our_key(event, name, state):
    replies = reply(200, hits(held_order())), reply(200, offered(name)), reply(200, moved_to(state))
    requests, outcome = end(event, *replies, link=Link(), of=shop_order())
    assert requests[0].step == "shop.order.search"
    assert (outcome.link.order_id, outcome.link.line_ids) == ("18", {"line-1": "31"})


def test_an_order_that_the_producer_knows_there_needs_no_search():
    of = shop_order(refs={"shopscript": ProviderRefs(order_id="44")})
    requests, _ = end(DELETED, reply(200, held_order(state_id="deleted", order_id=44)), link=Link(), of=of)
    assert requests[0].path.endswith("?id=44")


@each_end
def test_an_order_that_is_not_there_is_rejected_as_unknown(event, name, state):
    requests, outcome = end(event, reply(200, hits()), link=Link())
    assert not any(request.mutating for request in requests)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.UNKNOWN_ORDER)
    assert "1001" in outcome.message


@pytest.mark.parametrize(("event", "kind"), [(CANCELLED, "accepted"), (DELETED, "accepted"), (REFUNDED, "rejected")])
def test_an_order_that_was_there_and_is_gone_is_cancelled_enough_and_not_refunded(event, kind):
    requests, outcome = end(event, reply(404, NO_ORDER), reply(200, hits()))
    assert not any(request.mutating for request in requests)
    assert (outcome.kind, outcome.reason is Reason.EXISTS) == (kind, kind == "accepted")


@pytest.mark.parametrize("event", [CANCELLED, DELETED])
@pytest.mark.parametrize("state", ["deleted", "refunded"])
def test_an_order_that_people_ended_either_way_is_cancelled_already(event, state):
    requests, outcome = end(event, reply(200, held_order(state_id=state)))
    assert (len(requests), outcome.kind, outcome.reason) == (1, OutcomeKind.ACCEPTED, Reason.EXISTS)


def test_a_cancellation_that_is_not_offered_names_the_setting_that_lets_it_move_money():
    _, outcome = end(CANCELLED, reply(200, held_order(state_id="paid")), reply(200, offered("refund")))
    assert 'cancelled = ["refund", "delete"] in [providers.shopscript.workflow]' in outcome.message
    _, refund = end(REFUNDED, reply(200, held_order(state_id="new")), reply(200, offered("delete")))
    assert "workflow" not in refund.message


@pytest.mark.parametrize(("status", "moves"), [("paid", ["pay", "refund"]), ("pending", ["delete"])])
def test_a_cancellation_takes_the_actions_that_are_set_for_it_in_turn(status, moves):
    shop, options = SimulatedShopScript(), {"cancelled": ("refund", "delete")}
    link = run(account(**options).operation(job(snapshot(shop_order(status=status)))).converse(), shop).link
    outcome = run(account(**options).operation(job(CANCELLED, link=link)).converse(), shop)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.SAVED)
    assert [move[0] for move in shop.orders()[0]["moved"]] == moves


def test_of_an_order_that_is_there_twice_the_other_one_is_named():
    twice = hits(held_order(order_id=20, state_id="new"), held_order(order_id=9, state_id="deleted"))
    _, outcome = end(DELETED, reply(200, twice), link=Link())
    assert "9 is kept up, 20 is not" in outcome.message


@pytest.mark.parametrize(
    "event",
    [
        action(EventType.CANCELLED, cancellation=Cancellation(restock=False)),
        action(EventType.REFUNDED, refund=Refund(whole=True, restock=False)),
    ],
)
def test_goods_that_were_not_to_be_restocked_are_remarked_on(event):
    state = "deleted" if event.type is EventType.CANCELLED else "refunded"
    replies = reply(200, held_order()), reply(200, offered("delete", "refund")), reply(200, moved_to(state))
    _, outcome = end(event, *replies)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.REMARK)
    assert "restock" in outcome.message


@each_end
def test_a_look_up_tells_by_the_state_whether_it_was_done(event, name, state):
    seen = look_up(event, reply(200, held_order(state_id=state)))
    assert isinstance(seen, Settled)
    assert (seen.link.order_id, state in seen.message) == ("18", True)
    assert look_up(event, reply(200, held_order(state_id="paid"))) == Absent()
    assert look_up(event, reply(404, NO_ORDER), reply(200, hits())) == Absent()
    assert isinstance(look_up(event, reply(200, hits(held_order(state_id=state))), link=Link()), Settled)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reply(401), OutcomeKind.UNAUTHORIZED),
        (reply(503), OutcomeKind.UNAVAILABLE),
        (reply(405, {"error": "invalid_request"}), OutcomeKind.UNKNOWN),
        (reply(200, "?"), OutcomeKind.UNREADABLE),
    ],
)
@pytest.mark.parametrize("link", [Link(), LINKED])
def test_a_look_up_that_is_not_answered_tells_nothing(answer, kind, link):
    assert look_up(REFUNDED, answer, link=link).kind is kind


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reply(500, {"error": "server_error"}), OutcomeKind.UNKNOWN),
        (reply(500), OutcomeKind.UNKNOWN),
        (reply(200, {"status": "ok"}), OutcomeKind.UNREADABLE),
        (reply(403, {"error": "access_denied"}), OutcomeKind.UNAUTHORIZED),
    ],
)
def test_an_action_that_is_answered_badly_stays_open(answer, kind):
    _, outcome = end(REFUNDED, reply(200, held_order(state_id="paid")), reply(200, offered("refund")), answer)
    assert (outcome.kind, outcome.link.order_id) == (kind, "18")


@pytest.mark.parametrize(("state", "kind"), [("refunded", "accepted"), ("paid", "unreadable")])
def test_an_action_that_is_answered_with_null_is_told_by_the_state(state, kind):
    asked = reply(200, held_order(state_id="paid")), reply(200, offered("refund")), reply(200, "null")
    _, outcome = end(REFUNDED, *asked, reply(200, held_order(state_id=state)))
    assert outcome.kind == kind


@pytest.mark.parametrize("form", ["json", "xml"])
@pytest.mark.parametrize("known", [True, False])
def test_the_played_shop_ends_an_order_once(form, known):
    shop = SimulatedShopScript()
    of = shop_order(status="paid")
    link = run(account(format=form).operation(job(snapshot(of))).converse(), shop).link
    outcomes = []
    for event in (CANCELLED, REFUNDED, REFUNDED, CANCELLED):
        operation = account(format=form).operation(job(event, link=link if known else Link()))
        outcomes.append(run(operation.converse(), shop))
    assert [(outcome.kind, outcome.reason) for outcome in outcomes] == [
        (OutcomeKind.REJECTED, Reason.REJECTED),  # a paid order is refunded first
        (OutcomeKind.ACCEPTED, Reason.SAVED),
        (OutcomeKind.ACCEPTED, Reason.EXISTS),
        (OutcomeKind.ACCEPTED, Reason.EXISTS),  # what is refunded is cancelled too
    ]
    assert [move[0] for move in shop.orders()[0]["moved"]] == ["pay", "refund"]
    assert all(outcome.link.order_id == "1" for outcome in outcomes)


def test_a_deletion_whose_answer_was_lost_is_settled_by_the_look_up():
    shop = SimulatedShopScript()
    link = run(account().operation(job(snapshot(shop_order()))).converse(), shop).link
    operation = account().operation(job(DELETED, link=link))
    assert run(operation.look_up(), shop) == Absent()
    run(operation.converse(), shop)
    assert isinstance(run(operation.look_up(), shop), Settled)


def test_a_refund_of_nothing_in_particular_is_never_the_whole():
    operation = account().operation(job(action(EventType.REFUNDED, refund=Refund(amount=Decimal(5))), link=LINKED))
    assert (operation.calls, converse(operation.converse())[1].kind) == (0, OutcomeKind.UNSUPPORTED)
