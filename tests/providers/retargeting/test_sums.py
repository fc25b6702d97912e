"""Retargeting is told what the buyer pays, and parts that come to it; where they do not, the delivery says by how much."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.order import Fee, Payment, Service
from schemas.outcome import OutcomeKind, Reason
from tests.fakes.retargeting import EXISTS, account
from tests.fakes.snapshots import item, job, order, snapshot, totals
from tests.fakes.wire import converse, reply, run
from worker.sandbox import retargeting as played


def saved(of):
    """The outcome, and the order and its products as the simulated vendor holds them."""
    vendor = played.SimulatedRetargeting()
    outcome = run(account(key=played.API_KEY).operation(job(snapshot(of))).converse(), vendor)
    [there] = vendor.orders()
    return outcome, there["order"], there["products"]


def parts(there, products):
    """What the vendor's fields come to by what its page says of each, to 4 decimals."""
    of = {name: Decimal(there[name]) for name in ("shipping", "fees", "discount", "rebates")}
    goods = sum((Decimal(line["quantity"]) * Decimal(line["price"]) for line in products), Decimal(0))
    return (goods + of["shipping"] + of["fees"] - of["discount"] - of["rebates"]).quantize(Decimal("0.0001"))


def priced(quantity, unit_price, **changes):
    return item(quantity=Decimal(quantity), unit_price=Decimal(unit_price), **changes)


# what is bought, what it comes to, quantity and price as they go out
LINES = {
    "a part of a piece": (priced("0.5", "7.5"), "3.75", ("0.5", "7.5")),
    "a quantity of four decimals": (priced("0.3333", "300"), "99.99", ("0.3333", "300")),
    "a quantity finer than four decimals": (priced("0.12345", "100"), "12.35", ("1", "12.345")),
    "a price of a tenth of a cent": (priced("100000", "0.001"), "100", ("100000", "0.001")),
    "a price finer than four decimals": (priced("100000", "0.00123"), "123", ("1", "123")),
    "a line of another sum than its pieces": (priced("3", "3.33", subtotal=Decimal(10)), "10", ("1", "10")),
    "a line of just the sum of its pieces": (priced("3", "3.33", subtotal=Decimal("9.99")), "9.99", ("3", "3.33")),
}


@pytest.mark.parametrize(("bought", "grand", "line"), LINES.values(), ids=LINES)
def test_a_line_that_cannot_be_said_piece_by_piece_is_one_piece_at_its_price(bought, grand, line):
    outcome, there, products = saved(order(items=[bought], totals=totals(grand)))
    assert [(part["quantity"], part["price"]) for part in products] == [line]
    assert (there["total"], parts(there, products)) == (grand, Decimal(grand))
    assert outcome.reason is Reason.SAVED


WRAP = [Service(service_id="w", price=Decimal("2.50"), discount_total=Decimal(1))]
NET = totals("25", items="20", tax="5")
# an order, and the fields that tell of it: by hand from docs/fields/retargeting.md
PARTS = {
    "tax on top is a fee": ({"totals": NET}, {"fees": "5", "total": "25"}),
    "tax in the prices is none": (
        {"totals": msgspec.structs.replace(totals("20", tax="4"), tax_included=True)},
        {"fees": "0", "total": "20"},
    ),
    "a service is a fee, for every piece": (
        {"items": [item(services=WRAP)], "totals": totals("24", items="25", discount="1")},
        {"fees": "5", "discount": "1", "total": "24"},
    ),
    "handling is a fee": ({"totals": totals("23", items="20", handling="3")}, {"fees": "3", "total": "23"}),
    "a fee below zero is a discount": (
        {
            "fees": [Fee(title="Wrap", amount=Decimal(5)), Fee(title="Voucher", amount=Decimal(-3))],
            "payment": Payment(fee=Decimal(-1)),
            "totals": totals("21", items="20", fees="1"),
        },
        {"fees": "5", "discount": "4", "total": "21"},
    ),
    "rounding down is a discount": (
        {"totals": totals("19.6", items="20", rounding="-0.4")},
        {"fees": "0", "discount": "0.4", "total": "19.6"},
    ),
    "rounding up is a fee": (
        {"totals": totals("20.4", items="20", rounding="0.4")},
        {"fees": "0.4", "discount": "0", "total": "20.4"},
    ),
    "a cent that nobody declared is rounding": (
        {"totals": totals("19.99", items="20")},
        {"fees": "0", "discount": "0.01", "total": "19.99"},
    ),
    "all at once": (
        {
            "items": [priced("0.333", "29.99"), priced("2", "10", services=WRAP)],
            "totals": totals("40.99", items="34.99", shipping="4.9", tax="3.1", discount="1", rebates="1"),
        },
        {"shipping": "4.9", "fees": "8.1033", "discount": "1", "rebates": "1", "total": "40.99"},
    ),
}


@pytest.mark.parametrize(("changes", "fields"), PARTS.values(), ids=PARTS)
def test_the_parts_come_to_the_total(changes, fields):
    outcome, there, products = saved(order(**changes))
    assert {name: there[name] for name in fields} == fields
    assert parts(there, products) == Decimal(there["total"])
    assert (outcome.reason, outcome.message) == (Reason.SAVED, "")


# what does not add up


@pytest.mark.parametrize(
    ("grand", "said"),
    [("15", "come to 20, its total is 15: 5 more."), ("22.5", "come to 20, its total is 22.5: 2.5 less.")],
)
def test_parts_that_do_not_come_to_the_total_are_told_as_they_are_with_the_difference(grand, said):
    """Only an account that checks no totals lets such an order in."""
    outcome, there, products = saved(order(totals=totals(grand, items="20")))
    assert (there["total"], parts(there, products)) == (grand, 20)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.REMARK)
    assert outcome.message == f"The order's parts as Retargeting was told them {said} Correct its totals."


def test_an_order_that_is_there_already_keeps_both_what_is_known_of_it_and_the_difference():
    of = order(totals=totals("15", items="20"))
    _, outcome = converse(account().operation(job(snapshot(of))).converse(), reply(200, EXISTS))
    assert outcome.reason is Reason.REMARK
    assert outcome.message.startswith("Retargeting already has this order number")
    assert "5 more" in outcome.message


amounts = st.decimals(min_value=0, max_value=1000, places=4)


@given(
    bought=st.builds(
        lambda quantity, price, service: priced(quantity, price, services=[Service(service_id="s", price=service)]),
        quantity=st.decimals(min_value="0.000001", max_value=5000, places=6),
        price=st.decimals(min_value=0, max_value=1000, places=6),
        service=st.decimals(min_value=0, max_value=10, places=4),
    ),
    sums=st.fixed_dictionaries(
        {
            "shipping": amounts,
            "tax": amounts,
            "fees": st.decimals(-100, 100, places=2),
            "rounding": st.decimals("-0.5", "0.5", places=2),
        }
    ),
)
@example(
    bought=priced("28.936205", "0", services=[Service(service_id="s", price=Decimal("10.0000"))]),
    sums={"shipping": Decimal("0.0001"), "tax": Decimal(0), "fees": Decimal("0.00"), "rounding": Decimal("0.00")},
)
def test_whatever_an_honest_order_is_made_of_its_parts_come_to_its_total(bought, sums):
    goods = bought.quantity * (bought.unit_price + bought.services[0].price)
    exact = goods + sum(sums.values())
    grand = max(Decimal(0), exact).quantize(Decimal("0.01"))
    of = order(
        items=[bought],
        fees=[Fee(title="Fee", amount=sums["fees"])],
        totals=totals(str(grand), items=str(goods), **{name: str(amount) for name, amount in sums.items()}),
    )
    outcome, there, products = saved(of)
    assert Decimal(there["total"]) == grand
    if exact >= 0:
        assert parts(there, products) == grand
    assert (outcome.reason is Reason.SAVED) is (parts(there, products) == grand)
    assert min(Decimal(there[name]) for name in ("shipping", "fees", "discount", "rebates")) >= 0
