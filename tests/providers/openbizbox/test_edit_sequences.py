"""OpenBizBox: an order edited again and again over a line that breaks anywhere: no line is wiped, none is doubled."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.event import EventType, Refund, RefundLine
from schemas.order import Discount, Fee, Payment, Shipping
from schemas.outcome import Outcome, OutcomeKind
from tests.fakes.openbizbox_lane import Lane
from tests.fakes.snapshots import action, item, order, snapshot, totals
from worker.providers.base import Settled

CENT = Decimal("0.01")
_prices = st.integers(100, 300).map(lambda cents: cents * CENT)
_small = st.lists(st.tuples(st.sampled_from("ABC"), st.integers(1, 20).map(lambda cents: cents * CENT)), max_size=3)
_lines = st.lists(
    st.tuples(st.integers(1, 5), st.integers(1, 3), st.integers(0, 3), _prices),
    min_size=1,
    max_size=5,
    unique_by=lambda line: line[0],
)
_orders = st.fixed_dictionaries(
    {
        "lines": _lines,
        "shipping": st.none() | _prices,
        "payment": st.none() | _prices,
        "discounts": _small,
        "fees": _small,
    }
)
_cuts = st.lists(st.tuples(st.integers(1, 3), st.sampled_from(["before", "after", "late"])), max_size=2)


def built(plan):
    items = [item(n, variant_id=str(art), quantity=Decimal(q), unit_price=price) for n, art, q, price in plan["lines"]]
    parts = {
        "items": sum((line.quantity * line.unit_price for line in items), Decimal(0)),
        "shipping": plan["shipping"] or Decimal(0),
        "fees": (plan["payment"] or Decimal(0)) + sum((amount for _, amount in plan["fees"]), Decimal(0)),
        "discount": sum((amount for _, amount in plan["discounts"]), Decimal(0)),
    }
    grand = parts["items"] + parts["shipping"] + parts["fees"] - parts["discount"]
    return order(
        items=items,
        shipping=Shipping(method="flat", price=plan["shipping"]) if plan["shipping"] else None,
        payment=Payment(method="card", fee=plan["payment"]) if plan["payment"] else None,
        discounts=[Discount(title=title, amount=amount) for title, amount in plan["discounts"]],
        fees=[Fee(title=title, amount=amount) for title, amount in plan["fees"]],
        totals=totals(f"{grand}", **{name: f"{amount}" for name, amount in parts.items()}),
    )


def _listed(lines, sign=1):
    return [(line["title"], sign * Decimal(line["price"])) for line in lines]


def _price(line):
    return Decimal(line["price"]) if line else None


def assert_held(lane, plan):
    """The lines of the shop are those of the plan, neither fewer nor more."""
    lines = lane.held["lines"]
    sold = [(line["variant_id"], Decimal(line["quantity"]), Decimal(line["price"])) for line in lines["products"]]
    assert sorted(sold) == sorted(
        (article, quantity, price) for _, article, quantity, price in plan["lines"] if quantity
    )
    assert _listed(lines.get("discounts", ()), -1) == plan["discounts"]
    assert _listed(lines.get("fees", ())) == plan["fees"]
    assert _price(lines.get("shipping")) == plan["shipping"]
    assert _price(lines.get("payment")) == plan["payment"]


@given(steps=st.lists(st.tuples(_orders, _cuts), min_size=2, max_size=5))
def test_whatever_is_edited_and_wherever_the_line_breaks_the_last_snapshot_is_what_is_there(steps):
    lane = Lane()
    for number, (plan, cuts) in enumerate(steps):
        kind = EventType.UPDATED if number else EventType.CREATED
        outcome = lane.deliver(snapshot(built(plan), kind=kind, id=f"e{number}"), *cuts)
        assert outcome.kind is OutcomeKind.ACCEPTED, outcome
        assert_held(lane, plan)


@given(first=_orders, then=_orders, last=_orders, cut=st.sampled_from(["before", "after", "late"]))
def test_a_snapshot_that_takes_the_place_of_one_left_in_doubt_is_what_is_there(first, then, last, cut):
    lane = Lane()
    lane.deliver(snapshot(built(first), id="e1"))
    lane.attempt(snapshot(built(then), kind=EventType.UPDATED, id="e2"), (2, cut))
    assert lane.deliver(snapshot(built(last), kind=EventType.UPDATED, id="e3")).kind is OutcomeKind.ACCEPTED
    assert_held(lane, last)


@pytest.mark.parametrize("how", ["before", "after", "late"])
def test_a_removal_that_comes_late_removes_one_line_and_not_another_too(how):
    line = {n: (n, n, 1, Decimal(1)) for n in (1, 2, 3)}
    extras = {"shipping": None, "payment": None, "discounts": [], "fees": []}
    lane = Lane()
    lane.deliver(snapshot(built({"lines": [*line.values()], **extras})))
    then = {"lines": [line[2], line[3]], **extras}
    outcome = lane.deliver(snapshot(built(then), kind=EventType.UPDATED, id="e2"), (2, how))
    assert outcome.kind is OutcomeKind.ACCEPTED
    assert_held(lane, then)


@given(plan=_orders, cut=st.tuples(st.integers(1, 5), st.sampled_from(["before", "after", "late"])))
def test_a_refund_that_breaks_anywhere_leaves_every_line_as_it_is(plan, cut):
    lane = Lane()
    lane.deliver(snapshot(built(plan)))
    refund = Refund(lines=[RefundLine(item_id=lane.order.items[0].id, amount=CENT)])
    end = lane.deliver(action(EventType.REFUNDED, refund=refund), cut)
    lane.come_in()
    is_done = isinstance(end, Settled) or (isinstance(end, Outcome) and end.kind is OutcomeKind.ACCEPTED)
    assert len(lane.held["refunds"]) in ({1} if is_done else {0, 1})
    assert_held(lane, plan)
