"""A note: appended to the one comment that an order has, once, and still there after the next edit."""

from dataclasses import replace
from urllib.parse import parse_qsl

import pytest

from schemas.delivery import Link
from schemas.event import EventType
from schemas.order import Note
from schemas.outcome import OutcomeKind, Reason
from tests.fakes.shop import NO_ORDER, SAVED, account, converse, held_order, hits, product, shop_order
from tests.fakes.snapshots import action, job, snapshot, totals
from tests.fakes.wire import exchange, reply, run
from worker.providers.base import Absent, Settled
from worker.providers.shopscript.journal import note_id
from worker.sandbox.shopscript import SimulatedShopScript

NOTED = action(EventType.NOTED, note=Note(text="Call first.", author="Kim"))
LINKED = Link(order_id="18", line_ids={"line-1": "31"})
NAME = note_id(job(NOTED).idempotency_key)
WRITTEN = held_order(comment="Ring\n\nKim: Call first.", params={"ordercast_notes": NAME})


def note(*replies, link=LINKED):
    return converse(account().operation(job(NOTED, link=link)).converse(), *replies)


def look_up(*replies, link=LINKED):
    operation = account().operation(job(NOTED, link=link))
    assert operation.on_unknown == "look_up"
    return converse(operation.look_up(), *replies)[1]


def test_a_note_is_read_appended_saved_without_lines_and_read_back():
    requests, outcome = note(reply(200, held_order(comment="Ring")), reply(200, SAVED), reply(200, WRITTEN))
    assert [request.step for request in requests] == ["shop.order.getInfo", "shop.order.save", "shop.order.getInfo"]
    assert dict(parse_qsl(requests[1].body.decode())) == {
        "id": "18",
        "shipping": "0.0000",
        "params[ordercast_notes]": NAME,
        "comment": "Ring\n\nKim: Call first.",
    }
    assert (outcome.kind, outcome.reason, outcome.link.order_id) == (OutcomeKind.ACCEPTED, Reason.SAVED, "18")


def test_a_note_carries_the_shipping_that_the_shop_holds():
    """F1: an edit that names none has none, and the total falls by it."""
    before = held_order(comment="Ring", shipping="7.5000", total="27.5000")
    requests, _ = note(reply(200, before), reply(200, SAVED), reply(200, WRITTEN))
    assert dict(parse_qsl(requests[1].body.decode()))["shipping"] == "7.5000"


def test_a_note_that_the_comment_has_no_room_for_is_not_sent():
    """F2, F5: above 65,535 bytes the whole edit is lost behind an ok."""
    requests, outcome = note(reply(200, held_order(comment="\u00e9" * 32_760)))
    assert not any(request.mutating for request in requests)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.TOO_LONG)
    assert outcome.message.startswith("note.text")


def test_a_note_is_the_comment_of_an_order_that_has_none():
    only = held_order(comment="Kim: Call first.", params={"ordercast_notes": NAME})
    requests, _ = note(reply(200, held_order()), reply(200, SAVED), reply(200, only))
    assert dict(parse_qsl(requests[1].body.decode()))["comment"] == "Kim: Call first."


def test_a_note_that_was_written_is_not_written_again():
    requests, outcome = note(reply(200, WRITTEN))
    assert len(requests) == 1
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.EXISTS)


def test_the_ids_of_the_last_twenty_notes_are_kept():
    ids = [f"{number:010}" for number in range(20)]
    before = held_order(comment="", params={"ordercast_notes": " ".join(ids)})
    requests, _ = note(reply(200, before), reply(200, SAVED), reply(200, WRITTEN))
    kept = dict(parse_qsl(requests[1].body.decode()))["params[ordercast_notes]"]
    assert kept.split() == [*ids[1:], NAME]
    assert len(kept) <= 255


def test_a_note_that_the_shop_cut_is_told():
    _, outcome = note(reply(200, held_order(comment="Ring")), reply(200, SAVED), reply(200, held_order(comment="Ring")))
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.DIFFERS)
    assert "order 18" in outcome.message


@pytest.mark.parametrize("answer", [reply(500), reply(401), reply(404, NO_ORDER), reply(200, "?")])
def test_a_note_that_cannot_be_read_back_stays_open(answer):
    _, outcome = note(reply(200, held_order()), reply(200, SAVED), answer)
    assert (outcome.kind, outcome.may_have_been_done) == (OutcomeKind.UNKNOWN, True)


def test_a_note_that_the_shop_refuses_is_rejected_with_its_words():
    fail = {"status": "fail", "errors": ["Items not found"]}
    _, outcome = note(reply(200, held_order()), reply(200, fail))
    assert (outcome.kind, "Items not found" in outcome.message) == (OutcomeKind.REJECTED, True)


def test_a_note_for_an_order_that_is_not_there_is_rejected_as_unknown():
    requests, outcome = note(reply(200, hits()), link=Link())
    assert len(requests) == 1
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.UNKNOWN_ORDER)


def test_a_look_up_tells_by_the_notes_that_the_order_keeps():
    assert isinstance(look_up(reply(200, WRITTEN)), Settled)
    assert isinstance(look_up(reply(200, hits(written_ours())), link=Link()), Settled)
    assert look_up(reply(200, held_order())) == Absent()
    assert look_up(reply(200, hits()), link=Link()) == Absent()
    assert look_up(reply(503)).kind is OutcomeKind.UNAVAILABLE


def written_ours():
    ours = held_order()
    return ours | {"params": ours["params"] | {"ordercast_notes": NAME}}


def test_an_edited_replay_is_another_note():
    assert note_id("dabc") != note_id("dabc.1")


def send(shop, event, link=None, **options):
    return run(account(**options).operation(job(event, link=link)).converse(), shop)


def comment_in(shop):
    return shop.orders()[0]["comment"]


@pytest.mark.parametrize("form", ["json", "xml"])
def test_a_note_outlives_the_edits_that_follow_it(form):
    shop = SimulatedShopScript()
    link = send(shop, snapshot(shop_order(comment="Ring")), format=form).link
    link = send(shop, NOTED, link, format=form).link
    assert comment_in(shop) == "Ring\n\nKim: Call first."
    link = send(shop, snapshot(shop_order(comment="Ring", channel="web")), link, format=form).link
    assert comment_in(shop) == "Ring\n\nKim: Call first."
    link = send(shop, snapshot(shop_order(comment="Knock")), link, format=form).link
    assert comment_in(shop) == "Knock\n\nKim: Call first."
    send(shop, snapshot(shop_order()), link, format=form)
    assert comment_in(shop) == "Kim: Call first."


def test_a_note_that_the_next_snapshot_carries_too_is_there_once():
    shop = SimulatedShopScript()
    link = send(shop, snapshot(shop_order(comment="Ring"))).link
    link = send(shop, NOTED, link).link
    send(shop, snapshot(shop_order(comment="Ring", notes=[NOTED.data.note])), link)
    assert comment_in(shop) == "Ring\n\nKim: Call first."


def test_a_note_outlives_an_edit_whose_link_was_lost():
    shop = SimulatedShopScript()
    link = send(shop, snapshot(shop_order(comment="Ring"))).link
    send(shop, NOTED, link)
    newer = snapshot(shop_order(comment="Knock"))
    found = run(account().operation(job(newer)).look_up(), shop)
    send(shop, newer, found.link)
    assert comment_in(shop).startswith("Knock\n\n")
    assert comment_in(shop).endswith("Kim: Call first.")


def test_a_note_leaves_lines_discount_and_shipping_as_they_are():
    shop = SimulatedShopScript()
    of = shop_order(product(1), product(2), totals=totals("37", discount="8", shipping="5"))
    link = send(shop, snapshot(of)).link
    before = shop.orders()[0]
    assert send(shop, NOTED, link).kind is OutcomeKind.ACCEPTED
    after = shop.orders()[0]
    assert (after["items"], after["total"], after["discount"]) == (before["items"], before["total"], before["discount"])


def test_a_note_whose_answer_was_lost_is_there_once():
    shop = SimulatedShopScript()
    link = send(shop, snapshot(shop_order())).link
    conversation = account().operation(job(NOTED, link=link)).converse()
    save = conversation.send(exchange(next(conversation), shop))
    exchange(save, shop)
    conversation.close()
    assert isinstance(run(account().operation(job(NOTED, link=link)).look_up(), shop), Settled)
    assert send(shop, NOTED, link).reason is Reason.EXISTS
    assert comment_in(shop) == "Kim: Call first."


def test_two_notes_of_one_text_are_two_notes():
    shop = SimulatedShopScript()
    link = send(shop, snapshot(shop_order())).link
    for key in ("one", "two"):
        operation = account().operation(replace(job(NOTED, link=link), idempotency_key=key))
        assert run(operation.converse(), shop).reason is Reason.SAVED
    assert comment_in(shop) == "Kim: Call first.\n\nKim: Call first."
