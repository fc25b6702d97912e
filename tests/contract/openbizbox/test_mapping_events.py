"""canonical-event.md, "OpenBizBox": what each type of event comes to, and how answers are read."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from schemas.delivery import Link
from schemas.event import Cancellation, Deletion, EventType, Invoice, Note, Refund, RefundLine
from schemas.order import Shipping
from schemas.outcome import OutcomeKind, Reason
from tests.contract.openbizbox.account import Shop, account
from tests.fakes.snapshots import action, item, order, snapshot, totals

FIRST, SECOND, THIRD = (item(n, variant_id=str(1000 + n)) for n in (1, 2, 3))
THREE = totals("60")
OURS = "[ordercast shop/copenhagen#1001]"
NOON = datetime(2026, 6, 30, 12, tzinfo=UTC)


@pytest.fixture
def saved():
    """An account, its order of three lines, and the link to it."""
    opened = account(Shop(timezone="Europe/Copenhagen"), timezone="Europe/Copenhagen")
    of = order(items=[FIRST, SECOND, THIRD], totals=THREE, shipping=Shipping(method="flat"))
    link = opened.save(of)
    opened.sent.clear()
    return opened, of, link


def acted(saved, kind, **parts):
    """What was sent for an action to the order itself or below it, but for our own lines in its comment."""
    opened, of, link = saved
    outcome = opened.deliver(action(kind, **parts), link, of)
    return outcome, [sent for sent in opened.sent if sent.method == "POST"]


def lines_sent(saved, items, **changes):
    """The lines of the edit that turns the order into one of these items."""
    opened, _, link = saved
    of = order(items=items, totals=totals(str(20 * len(items))), **({"shipping": Shipping(method="flat")} | changes))
    opened.save(of, link, EventType.UPDATED)
    assert [sent.method for sent in opened.sent] in (["PUT"], [])
    return opened.sent[0].body["lines"] if opened.sent else None


def test_an_update_reads_edits_and_reads_again(saved):
    opened, *_ = saved
    before = opened.reads
    assert lines_sent(saved, [FIRST, SECOND, item(3, variant_id="1003", unit_price=Decimal(7))])["products"] == {
        0: {},
        1: {},
        2: {"price": 7},
    }
    assert opened.reads == before + 2


def test_an_update_that_changes_nothing_sends_nothing(saved):
    assert lines_sent(saved, [FIRST, SECOND, THIRD]) is None


def test_a_line_is_added_past_the_end(saved):
    added = lines_sent(saved, [FIRST, SECOND, THIRD, item(4, variant_id="1004")])["products"]
    assert (added[0], added[1], added[2]) == ({}, {}, {})
    assert added[3]["product_article_id"] == 1004


def test_a_line_is_removed_by_the_keyed_form(saved):
    assert lines_sent(saved, [SECOND, THIRD])["products"] == {1: {}, 2: {}}
    assert [line["variant_id"] for line in saved[0].held["lines"]["products"]] == [1002, 1003]


def test_the_shipping_is_removed_by_null():
    opened = account()
    link = opened.save(order(items=[FIRST], totals=totals("25", items="20", shipping="5")))
    opened.save(order(items=[FIRST], totals=totals("20")), link, EventType.UPDATED)
    assert opened.last.body["lines"] == {"shipping": None}


def test_products_are_left_out_where_none_changes(saved):
    lines = lines_sent(saved, [FIRST, SECOND, THIRD], shipping=Shipping(method="flat", title="Flat rate"))
    assert set(lines) == {"shipping"}


@pytest.mark.parametrize(
    ("kind", "parts", "body"),
    [
        pytest.param(EventType.CANCELLED, {"cancellation": Cancellation()}, None, id="cancelled"),
        pytest.param(
            EventType.CANCELLED, {"cancellation": Cancellation(restock=False)}, {"restock": False}, id="not restocked"
        ),
        pytest.param(EventType.REFUNDED, {"refund": Refund(whole=True)}, None, id="refunded whole"),
        pytest.param(
            EventType.REFUNDED,
            {"refund": Refund(whole=True, restock=False)},
            {"restock": False},
            id="refunded whole and not restocked",
        ),
    ],
)
def test_an_order_is_cancelled_by_a_refund_of_everything(saved, kind, parts, body):
    outcome, [sent] = acted(saved, kind, **parts)
    assert outcome.kind is OutcomeKind.ACCEPTED
    assert (sent.path, sent.body) == ("/api/v2/orders/1001/refunds.json", body)
    assert saved[0].held["refunds"][0]["restock"] is (body is None)


def test_a_cancellation_and_a_whole_refund_are_done_once(saved):
    acted(saved, EventType.CANCELLED, cancellation=Cancellation())
    outcome, sent = acted(saved, EventType.REFUNDED, refund=Refund(whole=True))
    assert (outcome.kind, outcome.reason, len(sent)) == (OutcomeKind.ACCEPTED, Reason.EXISTS, 1)


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        pytest.param(RefundLine(item_id="line-2"), {}, id="all of a line"),
        pytest.param(RefundLine(item_id="line-2", quantity=Decimal(1)), {"quantity": 1}, id="by quantity"),
        pytest.param(
            RefundLine(item_id="line-2", quantity=Decimal(1), amount=Decimal("7.5")),
            {"quantity": 1, "amount_with_tax": Decimal("7.5")},
            id="by quantity and amount",
        ),
    ],
)
def test_lines_are_refunded_by_the_shops_own_ids(saved, line, asked):
    outcome, [sent] = acted(saved, EventType.REFUNDED, refund=Refund(lines=[line]))
    assert outcome.kind is OutcomeKind.ACCEPTED
    assert sent.body == {"lines": {0: {"order_line_id": int(saved[2].line_ids["line-2"]), **asked}}}


def test_a_refund_of_a_bare_amount_is_rejected(saved):
    outcome, sent = acted(saved, EventType.REFUNDED, refund=Refund(amount=Decimal(5)))
    assert (outcome.kind, outcome.reason, sent) == (OutcomeKind.REJECTED, Reason.NEEDS_LINES, [])


@pytest.mark.parametrize(
    ("invoice", "body"),
    [
        pytest.param(Invoice(), {"notify": False}, id="silent"),
        pytest.param(Invoice(notify=True), {"notify": True}, id="mailed"),
        pytest.param(Invoice(number="444"), {"notify": False, "id": 444}, id="a whole number"),
        pytest.param(Invoice(number="INV-444"), {"notify": False}, id="a number with letters"),
        pytest.param(
            Invoice(issued_at=NOON), {"notify": False, "created_at": "2026-06-30 14:00"}, id="in the shop's own time"
        ),
    ],
)
def test_an_order_is_invoiced_with_the_number_and_the_day_of_the_event(saved, invoice, body):
    outcome, [sent] = acted(saved, EventType.INVOICED, invoice=invoice)
    assert outcome.kind is OutcomeKind.ACCEPTED
    assert (sent.path, sent.body) == ("/api/v2/orders/1001/invoice.json", body)
    assert len(saved[0].held["invoices"]) == 1


def test_a_note_is_added_to_the_comment_and_touches_nothing_else(saved):
    opened, *_ = saved
    before = opened.held["lines"]
    outcome, posts = acted(saved, EventType.NOTED, note=Note(text="Call first.", author="Kim"))
    assert (outcome.kind, posts) == (OutcomeKind.ACCEPTED, [])
    assert all(set(sent.body) == {"comment"} for sent in opened.sent)
    assert [line for line in opened.held["comment"].splitlines() if "Call first." in line] == ["Kim: Call first."]
    assert OURS in opened.held["comment"]
    assert opened.held["lines"] == before


def test_a_deletion_is_skipped_without_a_request(saved):
    outcome, sent = acted(saved, EventType.DELETED, deletion=Deletion())
    assert (outcome.kind, outcome.reason, sent) == (OutcomeKind.UNSUPPORTED, Reason.UNSUPPORTED, [])


def test_an_order_without_a_link_is_looked_up_by_our_mark(saved):
    opened, of, _ = saved
    outcome = opened.deliver(action(EventType.CANCELLED, cancellation=Cancellation()), Link(), of)
    assert (outcome.kind, outcome.link.order_id) == (OutcomeKind.ACCEPTED, "1001")
    assert opened.held["status"]["is_cancelled"] is True


def test_an_action_on_an_order_that_is_not_there_is_rejected():
    opened = account()
    of = order(items=[FIRST])
    outcome = opened.deliver(action(EventType.CANCELLED, cancellation=Cancellation()), Link(), of)
    assert (outcome.kind, outcome.reason, opened.sent) == (OutcomeKind.REJECTED, Reason.UNKNOWN_ORDER, [])


@pytest.mark.parametrize("refuses", ["text", "empty", "errors"])
def test_a_refusal_is_one_whatever_it_looks_like(refuses):
    """Answers: ``errors`` in a 2xx is a failure."""
    outcome = account(Shop(refuses=refuses), currencies={"EUR": "kroner"}).deliver(snapshot(order(items=[FIRST])))
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.REJECTED)
