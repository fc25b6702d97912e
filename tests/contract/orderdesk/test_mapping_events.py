"""canonical-event.md, "Order Desk": what an update leaves to people, and what becomes of each action."""

import pytest

from schemas.outcome import OutcomeKind, Reason
from tests.contract.orderdesk.desk import AT, action, open_desk, snapshot
from tests.fakes.orderdesk_store import HEADERS, call
from tests.fakes.wire import run

THEIRS = {
    "tag_name": "success",
    "tag_color": "red",
    "fulfillment_name": "Warehouse",
    "fulfillment_id": "7",
    "shipping_method": "By hand",
    "folder_id": 21655,
    "order_notes": [{"date_added": "2026-11-21 10:00:00", "username": "Kim", "content": "Called"}],
    "return_address": {"title": "Acme", "name": "Doug Jones"},
}


def by_hand(desk, **changes):
    """Somebody changes the order at Order Desk."""
    held = call(desk.vendor, "GET", f"/orders/{desk.held['id']}", at=AT)[1]["order"]
    assert call(desk.vendor, "PUT", f"/orders/{held['id']}", held | changes, headers=HEADERS, at=AT)[0] == 200


@pytest.mark.parametrize("name", THEIRS)
def test_an_update_keeps_what_is_theirs(name):
    desk = open_desk()
    desk.save()
    by_hand(desk, **{name: THEIRS[name]})
    held = desk.save({"comment": "Later"}, "order.updated")
    assert held["checkout_data"]["Comment"] == "Later"
    told = held[name]
    if isinstance(told, dict):
        told = {part: told[part] for part in THEIRS[name]}
    assert told == THEIRS[name]


def test_an_update_keeps_the_metadata_of_others():
    desk = open_desk()
    by_hand_metadata = desk.save()["order_metadata"] | {"fraud": "none"}
    by_hand(desk, order_metadata=by_hand_metadata)
    assert desk.save({"metadata": {"a": 1}}, "order.updated")["order_metadata"]["fraud"] == "none"


def test_an_update_reads_the_order_and_puts_it_whole():
    desk = open_desk()
    held = desk.save()
    desk.save({"comment": "Later"}, "order.updated")
    assert desk.steps[-2:] == [f"GET /orders/{held['id']}", f"PUT /orders/{held['id']}"]


def test_an_update_moves_the_order_where_its_status_is_mapped():
    desk = open_desk(folders={"shipped": 21656})
    desk.save()
    assert desk.save({"status": "shipped"}, "order.updated")["folder_id"] == 21656


@pytest.mark.parametrize("kind", ["order.created", "order.updated"])
def test_an_order_is_looked_for_by_its_source_id_and_found_by_source_and_number(kind):
    desk = open_desk()
    look_up = desk.provider.operation(desk.job(snapshot(kind=kind))).look_up
    desk.save()
    assert run(look_up(), desk.vendor, clock=lambda: AT).link.order_id == desk.held["id"]


# actions

ACTIONS = {
    "cancelled into its folder": ("order.cancelled", {"cancelled": 21657}, ["POST /move-orders"]),
    "cancelled without a folder": ("order.cancelled", {}, ["POST /orders/{id}/order-history"]),
    "noted": ("order.noted", {}, ["POST /orders/{id}/order-history"]),
    "invoiced": ("order.invoiced", {}, ["POST /orders/{id}/order-history"]),
    "deleted": ("order.deleted", {}, ["DELETE /orders/{id}"]),
    "refunded": ("order.refunded", {}, ["GET /orders/{id}", "PUT /orders/{id}", "POST /orders/{id}/order-history"]),
}


@pytest.mark.parametrize(("kind", "folders", "steps"), ACTIONS.values(), ids=ACTIONS)
def test_an_action_makes_the_calls_that_the_mapping_says(kind, folders, steps):
    desk = open_desk(folders=folders)
    order_id = desk.save()["id"]
    desk.requests.clear()
    assert desk.cast(action(kind)).kind is OutcomeKind.ACCEPTED
    assert desk.steps == [step.format(id=order_id) for step in steps]


def test_a_cancelled_order_is_in_the_mapped_folder():
    desk = open_desk(folders={"cancelled": 21657})
    desk.save()
    desk.cast(action("order.cancelled"))
    assert desk.held["folder_id"] == 21657
    assert desk.held["moved"] == [["folder", 21657, "Canceled"]]


@pytest.mark.parametrize(
    ("kind", "path", "told"),
    [
        ("order.cancelled", "data.cancellation.reason", "Changed their mind"),
        ("order.invoiced", "data.invoice.number", "INV-7"),
        ("order.noted", "data.note.text", "Ring twice"),
        ("order.noted", "data.note.author", "Kim"),
    ],
)
def test_history_tells_what_the_action_said(kind, path, told):
    desk = open_desk()
    desk.save()
    desk.cast(action(kind, {path: told}))
    assert told in desk.held["order_history"][0]["note"]


def test_a_deleted_order_is_gone_and_a_second_time_counts_as_done():
    desk = open_desk()
    desk.save()
    assert [desk.cast(action("order.deleted")).kind for _ in range(2)] == [OutcomeKind.ACCEPTED] * 2
    assert desk.vendor.orders() == []


@pytest.mark.parametrize("kind", ["order.cancelled", "order.noted", "order.invoiced", "order.refunded"])
def test_an_action_for_an_order_that_is_not_there_is_rejected_after_looking(kind):
    desk = open_desk(folders={"cancelled": 21657})
    outcome = desk.cast(action(kind))
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.UNKNOWN_ORDER)
    assert {step.split()[0] for step in desk.steps} == {"GET"}


@pytest.mark.parametrize(
    "kind", ["order.cancelled", "order.noted", "order.invoiced", "order.refunded", "order.deleted"]
)
def test_an_action_finds_the_order_by_its_key_where_no_link_is_known(kind):
    desk = open_desk(folders={"cancelled": 21657})
    order_id = desk.save()["id"]
    desk.link = type(desk.link)()
    outcome = desk.cast(action(kind))
    assert outcome.kind is OutcomeKind.ACCEPTED
    assert outcome.link.order_id == order_id
