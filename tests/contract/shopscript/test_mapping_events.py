"""canonical-event.md, "Shop-Script": what a status and each action event become in the shop's workflow."""

from __future__ import annotations

import pytest

from schemas.delivery import Link
from schemas.outcome import OutcomeKind, Reason
from tests.contract.shopscript.story import Story, action, form_of, snapshot

STATUSES = {"processing": "process", "paid": "pay", "shipped": "ship", "completed": "complete"}
ELSEWHERE = ("pending", "authorized", "on_hold", "cancelled", "refunded")


def saved(*actions: str) -> Story:
    """A story of an order that is in the shop, after these actions of its people."""
    story = Story()
    story.save()
    order = story.shop._orders.by_id["1"]
    for name in actions:
        assert story.shop.settings.workflow.act(order, name)
    return story


def asked(story: Story) -> list[tuple[str, str]]:
    """The actions that the adapter took, each with the order's id."""
    forms = [form_of(call) for call in story.shop.asked("shop.order.action")]
    return [(form["id"], form["action"]) for form in forms]


@pytest.mark.parametrize(("status", "wanted"), STATUSES.items())
def test_a_status_is_an_action_of_the_workflow(status, wanted):
    story = Story()
    outcome = story.cast(snapshot({"status": status}))
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.SAVED)
    assert asked(story) == [("1", wanted)]
    methods = [call.path.rpartition("/")[2] for call in story.shop.calls]
    assert methods.index("shop.order.actions") < methods.index("shop.order.action")


@pytest.mark.parametrize("status", ELSEWHERE)
def test_any_other_status_moves_nothing(status):
    story = Story()
    assert story.cast(snapshot({"status": status})).kind is OutcomeKind.ACCEPTED
    assert (asked(story), story.held["state_id"]) == ([], "new")


def test_a_state_that_is_there_already_is_not_asked_for():
    story = saved("pay")
    story.update({"status": "paid"})
    assert (asked(story), story.shop.asked("shop.order.actions")) == ([], [])


def test_a_status_that_no_action_leads_to_is_delivered_with_a_remark():
    story = saved("complete")
    outcome = story.cast(snapshot({"status": "paid", "comment": "Ring"}, "order.updated"))
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.REMARK)
    assert (story.held["comment"], story.held["state_id"]) == ("Ring", "completed")


@pytest.mark.parametrize(
    ("event", "before", "wanted", "state"),
    [
        ("order.cancelled", (), "delete", "deleted"),
        ("order.deleted", ("ship",), "delete", "deleted"),
        ("order.refunded", ("pay",), "refund", "refunded"),
    ],
)
def test_an_action_event_is_an_action_of_the_workflow_once(event, before, wanted, state):
    story = saved(*before)
    outcome = story.cast(action(event))
    assert (outcome.kind, asked(story), story.held["state_id"]) == (OutcomeKind.ACCEPTED, [("1", wanted)], state)
    again = story.cast(action(event))
    assert (again.kind, again.reason) == (OutcomeKind.ACCEPTED, Reason.EXISTS)
    assert len(story.held["moved"]) == len(before) + 1


@pytest.mark.parametrize(
    ("event", "before"), [("order.cancelled", ("pay",)), ("order.deleted", ("complete",)), ("order.refunded", ())]
)
def test_an_action_that_the_state_does_not_allow_is_rejected(event, before):
    story = saved(*before)
    outcome = story.cast(action(event))
    assert (outcome.kind, asked(story)) == (OutcomeKind.REJECTED, [])
    assert len(story.held["moved"]) == len(before)


@pytest.mark.parametrize(
    ("event", "changes"),
    [
        ("order.refunded", {"data.refund": {"amount": "5"}}),
        ("order.refunded", {"data.refund": {"lines": [{"item_id": "1", "quantity": "1"}]}}),
        ("order.invoiced", {}),
    ],
)
def test_what_the_shop_has_no_call_for_is_skipped_without_one(event, changes):
    story = saved("pay")
    before = len(story.shop.calls)
    outcome = story.cast(action(event, changes))
    assert (outcome.kind, outcome.reason) == (OutcomeKind.UNSUPPORTED, Reason.UNSUPPORTED)
    assert len(story.shop.calls) == before


def test_a_note_is_appended_to_the_comment_and_keeps_all_lines():
    story = Story()
    story.save({"comment": "Ring"})
    for event_id in ("n-1", "n-1", "n-2"):
        assert story.cast(action("order.noted", {"id": event_id})).kind is OutcomeKind.ACCEPTED
    assert " ".join(story.held["comment"].split()) == "Ring Call first. Call first."
    assert len(story.held["items"]) == 2
    sent = form_of(story.shop.asked("shop.order.save")[-1])
    assert not any(name.startswith("items") for name in sent)


@pytest.mark.parametrize("event", ["order.cancelled", "order.deleted", "order.refunded", "order.noted"])
def test_an_action_without_a_link_finds_its_order_by_our_key(event):
    story = saved("pay", "ship") if event != "order.refunded" else saved("pay")
    story.link = Link()
    assert story.cast(action(event)).kind is OutcomeKind.ACCEPTED
    assert story.link.order_id == "1"


@pytest.mark.parametrize("event", ["order.cancelled", "order.deleted", "order.refunded", "order.noted"])
def test_an_action_for_an_order_that_is_not_there_is_rejected(event):
    story = Story()
    outcome = story.cast(action(event))
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.UNKNOWN_ORDER)
    assert story.shop.asked("shop.order.action") == []


def test_a_discount_that_moved_from_one_line_to_another_moves_in_the_shop():
    """An edit without ``discount`` keeps every line's old share [code]: the sum is the same, and the lines are not."""
    story = Story()
    first, second = {"items.0.discount_total": "2", "items.1.discount_total": "0"}, {
        "items.0.discount_total": "0", "items.1.discount_total": "2"}  # fmt: skip
    assert story.cast(snapshot(first)).kind is OutcomeKind.ACCEPTED
    assert story.cast(snapshot(second, "order.updated")).kind is OutcomeKind.ACCEPTED
    shares = [line["total_discount"] for line in story.shop.orders()[0]["items"].values()]
    assert [float(share) for share in shares] == [0, 2]
