"""OpenBizBox: what a shop took without a word and does not hold is told, though the lines are all there."""

import json
from dataclasses import replace

import pytest

from schemas.event import EventType
from schemas.order import Address
from schemas.outcome import OutcomeKind, Reason
from tests.fakes.openbizbox import CANCELLED, MARK, held, save, sold
from tests.fakes.openbizbox_lane import Lane
from tests.fakes.snapshots import snapshot
from tests.fakes.wire import reply
from worker.sandbox.openbizbox import SimulatedOpenBizBox as Shop

STATUSES = {"paid": 5, "shipped": 6}
ROME = Address(first_name="Ada", last_name="Lovelace", address1="Via 2", city="Rome", country="IT")
NO_MARK = 'Our mark is not in its comment, so that the order is found by its link alone: see mark = "none".'


def otherwise(sections):
    return f"Saved, but the shop holds {sections} otherwise than sent: compare in its back office."


class Deaf(Shop):
    """Reads nothing of an edit but its lines."""

    def answer(self, call):
        if call.method == "PUT":
            kept = {name: part for name, part in json.loads(call.body).items() if name == "lines"}
            call = replace(call, body=json.dumps(kept).encode())
        return super().answer(call)


def later(**changes):
    return snapshot(sold(**changes), kind=EventType.UPDATED, id="e9")


@pytest.mark.parametrize(
    ("changes", "sections"),
    [
        ({"status": "shipped"}, "status"),
        ({"billing_address": ROME}, "billing_address"),
        ({"status": "shipped", "shipping_address": ROME, "comment": "ring"}, "shipping_address, status and comment"),
    ],
)
def test_an_edit_whose_sections_the_shop_leaves_as_they_were_says_which(changes, sections):
    lane = Lane(Deaf(), statuses=STATUSES)
    assert lane.deliver(snapshot(sold(status="paid"))).reason is Reason.SAVED
    outcome = lane.deliver(later(**({"status": "paid"} | changes)))
    assert (outcome.kind, outcome.reason, outcome.message) == (
        OutcomeKind.ACCEPTED,
        Reason.REMARK,
        otherwise(sections),
    )


def test_a_create_whose_customer_the_shop_names_otherwise_says_so():
    shown = held(customer={"id": 1511, "email": "ada@example.com", "name": "A."})
    assert save(reply(201, shown))[1].message == otherwise("customer")


def test_a_comment_that_the_shop_does_not_keep_is_told_with_what_it_costs():
    lane = Lane(Shop(keeps_comments=False))
    for event in (snapshot(sold(comment="hello")), later(comment="hello again")):
        assert lane.deliver(event).message == f"{otherwise('comment')} {NO_MARK}"


def test_a_comment_of_which_the_shop_keeps_our_mark_alone_loses_no_order():
    assert save(reply(201, held()), of=sold(comment="hello"))[1].message == otherwise("comment")


def test_nothing_is_said_where_all_is_held_and_the_shop_writes_it_its_own_way():
    shown = held(comment=f"Ring &amp; wait\r\n{MARK}\r\nLeft at the door.", status={"id": 5, "title": "Paid"})
    outcome = save(reply(201, shown), of=sold(comment="Ring & wait", status="paid"), statuses=STATUSES)[1]
    assert (outcome.reason, outcome.message) == (Reason.SAVED, "")


def test_without_a_mark_no_comment_is_missed():
    assert save(reply(201, held(comment="")), of=sold(comment="hello"), mark="none")[1].reason is Reason.SAVED


def test_the_status_of_a_cancelled_order_is_not_told_twice():
    outcome = save(reply(201, held(status=CANCELLED)), of=sold(status="paid"), statuses=STATUSES)[1]
    assert outcome.message.startswith("The order is cancelled in the shop")
