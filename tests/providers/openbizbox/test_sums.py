"""OpenBizBox: the shop's sum with tax is what the buyer pays, whatever it rounds; right values are worked out by hand."""

from decimal import Decimal

import msgspec
import pytest

from schemas.delivery import Link
from schemas.event import EventType
from schemas.order import Discount, Fee, Service, Shipping
from schemas.outcome import OutcomeKind, Reason
from tests.fakes.openbizbox import held, save
from tests.fakes.openbizbox_lane import Lane
from tests.fakes.snapshots import item, order, snapshot, totals
from tests.fakes.wire import reply
from worker.sandbox.base import VendorAnswer
from worker.sandbox.openbizbox import SimulatedOpenBizBox as Shop

QUARTER, FIFTH = Decimal("0.25"), Decimal("0.2")


def line(number, quantity, price, **changes):
    return item(number, variant_id=str(110 + number), quantity=Decimal(quantity), unit_price=Decimal(price), **changes)


def bought(grand, *items, currency="EUR", included=False, **changes):
    sums = msgspec.structs.replace(totals(grand, **changes.pop("sums", {})), tax_included=included)
    return order(items=list(items), totals=sums, currency=currency, **changes)


def rounding(shown):
    """Every rounding line of the shop's order: its amount, signed as it counts."""
    signed = [*shown["lines"].get("fees", ()), *shown["lines"].get("discounts", ())]
    return [row["price"] for row in signed if row["title"] == "Rounding"]


def sold(shown):
    return [(Decimal(row["quantity"]), Decimal(row["price"])) for row in shown["lines"]["products"]]


def saved(of, shop=None, **options):
    """The lane after one save, what came of it, and how many requests changed the order."""
    lane = Lane(shop or Shop(prices=options.get("prices", "net")), **options)
    return lane, lane.deliver(snapshot(of)), len(lane.held["saves"])


WEIGHED = (line(1, "0.333", "29.99"), line(2, "0.1255", "199.90"))

ROUNDED = {
    # two lines of 9.98667 and 25.08745 are held as 9.99 and 25.09
    "case 26, weighed goods": (bought("35.07", *WEIGHED), "-0.0100", 0),
    "case 26, a third of a kilogram": (bought("99.99", line(1, "0.3333", "300")), None, 0),
    "a tenth of a cent a hundred thousand times": (bought("100", line(1, "100000", "0.001")), None, 0),
    "three lines of 0.4125 with tax": (
        bought("1.24", *(line(n, "1", "0.33", tax_rate=QUARTER) for n in (1, 2, 3)), sums={"items": "0.99", "tax": "0.25"}),
        "0.0100",
        0,
    ),
    "tax included": (
        bought("69.93", line(1, "7", "9.99", tax_rate=Decimal("0.21")), included=True, sums={"tax": "12.14"}),
        None,
        0,
    ),
    # 7.5 with a fifth, 4 with a quarter, both in the price: 6.25 and 3.2 net
    "several rates": (
        bought(
            "11.5", line(1, "1", "7.5", tax_rate=FIFTH), line(2, "1", "4", tax_rate=QUARTER),
            included=True, sums={"tax": "2.05"},
        ),
        None,
        0,
    ),
    # 3 at 3.33, of which the shop knows that they cost 10.00
    "a line's own sum": (bought("10", line(1, "3", "3.33", subtotal=Decimal(10))), None, 0),
    # 3 x 1.111 - 0.333 = 3.000, of lines of 3.33 and 0.33
    "a discount of an item": (bought("3", line(1, "3", "1.111", discount_total=Decimal("0.333")), sums={"items": "3.333", "discount": "0.333"}), None, 0),
    # 10.00 - 0.125 = 9.875, and 0.125 is taken off as 0.13
    "half a cent off": (bought("9.88", line(1, "1", "10"), discounts=[Discount(amount=Decimal("0.125"))], sums={"items": "10", "discount": "0.125"}), "0.0100", 0),
    # 1.005 thrice, each for one piece
    "services": (
        bought("33.02", line(1, "3", "10", services=[Service(service_id="s", price=Decimal("1.005"))]), sums={"items": "33.015"}),
        None,
        0,
    ),
    "KWD has a decimal that the shop has not": (bought("3.705", line(1, "3", "1.235"), currency="KWD"), None, "0.005"),
    "the order's own rounding": (bought("19.98", line(1, "2", "10"), sums={"items": "20", "rounding": "-0.02"}), "-0.0200", 0),
    "the order's own rounding as a fee": (
        bought("20.05", line(1, "2", "10"), fees=[Fee(title="Rounding", amount=Decimal("0.05"))], sums={"items": "20", "fees": "0.05"}),
        "0.0500",
        0,
    ),
    "both roundings are one line": (
        bought("35.05", *WEIGHED, sums={"items": "35.07412", "rounding": "-0.02412"}), "-0.0300", 0,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("of", "made_up", "within"), ROUNDED.values(), ids=ROUNDED)
def test_the_shops_sum_is_the_buyers_with_one_request(of, made_up, within):
    lane, outcome, requests = saved(of)
    assert (outcome.kind, outcome.reason, outcome.message) == (OutcomeKind.ACCEPTED, Reason.SAVED, "")
    assert rounding(lane.held) == ([made_up] if made_up else [])
    assert abs(Decimal(lane.held["total_with_tax"]) - of.totals.grand) <= Decimal(within)
    assert requests == 1
    assert sold(lane.held)[0][0] == of.items[0].quantity


@pytest.mark.parametrize(("of", "made_up", "within"), ROUNDED.values(), ids=ROUNDED)
def test_a_second_save_finds_all_there(of, made_up, within):
    lane, *_ = saved(of)
    again = lane.deliver(snapshot(of, kind=EventType.UPDATED, id="e2"))
    assert (again.kind, again.reason) == (OutcomeKind.ACCEPTED, Reason.EXISTS)
    assert len(lane.held["saves"]) == 1


def test_yen_have_no_decimals_and_what_is_made_up_of_them_is_told():
    """999 and a tenth of it in tax are 1098.90; the buyer pays 1098."""
    of = bought(
        "1098", line(1, "1", "999", tax_rate=Decimal("0.1")), currency="JPY", sums={"items": "999", "tax": "99"}
    )
    lane, outcome, _ = saved(of)
    assert (lane.held["total_with_tax"], rounding(lane.held)) == ("1098.00", ["-0.9000"])
    assert (outcome.reason, outcome.message) == (
        Reason.REMARK,
        "The shop's lines come to 1098.90 with tax and the buyer pays 1098: the line Rounding makes up -0.90.",
    )


def test_a_sum_that_no_rounding_explains_is_told_and_made_up_by_nothing():
    """The order's rate says 25, its sum of tax 20."""
    of = bought("120", line(1, "1", "100", tax_rate=QUARTER), sums={"items": "100", "tax": "20"})
    lane, outcome, requests = saved(of)
    assert (lane.held["total_with_tax"], rounding(lane.held), requests) == ("125.00", [], 1)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.REMARK)
    assert "125.00 and ours 120" in outcome.message


def held_with(total, of):
    """The order as a shop answers it that has its lines, and that sum."""
    lines = [
        {"order_line_id": 74 + at, "variant_id": int(one.variant_id), "quantity": int(one.quantity), "price": 1}
        for at, one in enumerate(of.items)
    ]
    return held(total_with_tax=float(total), lines={"products": lines})


@pytest.mark.parametrize(
    ("lines", "pieces", "off", "told"),
    [
        (1, 1, "0.01", False),
        (1, 1, "0.02", True),
        (1, 10_000, "0.02", True),
        (3, 1, "0.03", False),
        (9, 1, "0.05", False),
        (9, 1, "0.06", True),
    ],
)
def test_the_tolerance_is_a_cent_a_line_and_five_at_most_however_many_pieces_there_are(lines, pieces, off, told):
    """At a shop that takes the rounding line and shows another sum all the same."""
    of = bought(f"{lines * pieces}", *(line(n, pieces, "1") for n in range(1, lines + 1)))
    shown = held_with(of.totals.grand + Decimal(off), of)
    requests, outcome = save(reply(201, shown), reply(204), reply(body=shown), of=of)
    assert len(requests) == 3
    assert (outcome.kind, outcome.reason is Reason.REMARK) == (OutcomeKind.ACCEPTED, told), outcome


def test_a_tax_that_the_shop_alone_knows_is_seen_in_its_answer():
    """Class 3 is a quarter there: 1250.00, and the buyer pays two cents more."""
    of = bought("1250.02", line(1, "1000", "1", tax_class="3"), sums={"items": "1000", "tax": "250"})
    lane, outcome, requests = saved(of)
    assert (lane.held["total_with_tax"], rounding(lane.held), requests) == ("1250.02", ["0.0200"], 2)
    assert outcome.reason is Reason.SAVED


def test_a_price_finer_than_four_decimals_goes_as_one_piece_at_the_lines_price():
    lane, outcome, requests = saved(bought("125", line(1, "100000", "0.00125", weight=Decimal("0.002"))))
    [row] = lane.held["lines"]["products"]
    assert (row["quantity"], row["price"], row["weight"]) == (1, "125.0000", 200)
    assert (lane.held["total_with_tax"], requests) == ("125.00", 1)
    assert outcome.message == (
        "As one piece at the line's price, since the shop rounds quantity or price: 100000 of item line-1."
    )


def test_a_line_in_one_piece_stays_so_and_its_number_is_kept_with_the_link():
    of = bought("125", line(1, "100000", "0.00125"))
    lane, outcome, _ = saved(of)
    assert outcome.link.notes == {"in_one": '{"line-1": "100000"}'}
    later = bought("20", line(1, "2", "10"))
    outcome = lane.deliver(snapshot(later, kind=EventType.UPDATED, id="e2"))
    assert (sold(lane.held), outcome.link.notes, outcome.message) == ([(2, 10)], {}, "")


SHOPS = {
    "prices of two decimals": ({"price": 2}, "line"),
    "whole quantities": ({"quantity": 0}, "line"),
    "quantities of three decimals and rates of four": ({"quantity": 3, "tax_rate": 4}, "line"),
    "tax on each piece": ({}, "piece"),
    "all of it": ({"price": 2, "quantity": 0, "tax_rate": 4}, "piece"),
}
MORE = {
    "a hundred at a price with tax in it": bought(
        "999", line(1, "100", "9.99", tax_rate=QUARTER), included=True, sums={"tax": "199.8"}
    ),
    "a blended rate": bought("1155.12", line(1, "3", "333.33"), sums={"items": "999.99", "tax": "155.13"}),
}


@pytest.mark.parametrize(("keeps", "rounds"), SHOPS.values(), ids=SHOPS)
@pytest.mark.parametrize("of", [of for of, *_ in ROUNDED.values()] + list(MORE.values()), ids=[*ROUNDED, *MORE])
def test_a_shop_that_keeps_less_is_seen_by_its_answer_and_made_up_for(keeps, rounds, of):
    lane, outcome, requests = saved(of, Shop(keeps=keeps, rounds=rounds))
    assert outcome.kind is OutcomeKind.ACCEPTED
    assert abs(Decimal(lane.held["total_with_tax"]) - of.totals.grand) <= Decimal("0.005")
    assert requests <= 4
    differs = [quantity for quantity, _ in sold(lane.held)] != [one.quantity for one in of.items]
    assert differs == ("As one piece" in outcome.message)
    again = lane.deliver(snapshot(of, kind=EventType.UPDATED, id="e2"))
    assert (again.kind, len(lane.held["saves"])) == (OutcomeKind.ACCEPTED, requests)


def test_a_price_that_is_nothing_at_two_decimals_goes_as_one_piece():
    lane, outcome, requests = saved(bought("100", line(1, "100000", "0.001")), Shop(keeps={"price": 2}))
    assert (sold(lane.held), lane.held["total_with_tax"], requests) == ([(1, 100)], "100.00", 2)
    assert outcome.reason is Reason.REMARK


class Final(Shop):
    """A shop that takes no update."""

    def answer(self, call):
        return VendorAnswer(400, b'"no"') if call.method == "PUT" else super().answer(call)


def test_what_cannot_be_mended_is_saved_all_the_same_and_told():
    _, outcome, requests = saved(bought("35.07", *WEIGHED), Final(keeps={"quantity": 0}))
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.DIFFERS)
    assert "quantity 0 for 0.333 of article 111" in outcome.message
    assert (outcome.link.order_id, requests) == ("1001", 1)
    lane, outcome, _ = saved(MORE["a hundred at a price with tax in it"], Final(keeps={"price": 2}))
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.REMARK)
    assert (lane.held["total_with_tax"], "998.75 and ours 999" in outcome.message) == ("998.75", True)


STEPS = [
    (bought("35.07", *WEIGHED), ["-0.0100"]),
    (bought("9.99", line(1, "0.333", "29.99")), []),
    (bought("0.82", line(1, "1", "0.33", tax_rate=QUARTER), line(2, "1", "0.33", tax_rate=QUARTER), sums={"items": "0.66", "tax": "0.16"}), []),
    (bought("1.24", *(line(n, "1", "0.33", tax_rate=QUARTER) for n in (1, 2, 3)), sums={"items": "0.99", "tax": "0.25"}), ["0.0100"]),
    (bought("35.07", *WEIGHED, fees=[Fee(title="Box", amount=Decimal(2))], discounts=[Discount(title="Off", amount=Decimal(2))], sums={"items": "35.07", "fees": "2", "discount": "2"}), ["-0.0100"]),
]  # fmt: skip


@pytest.mark.parametrize("prices", ["net", "gross"])
def test_an_update_adds_no_second_rounding_and_lets_none_go_stale(prices):
    lane = Lane(Shop(prices=prices), prices=prices)
    for turn, (of, made_up) in enumerate(STEPS + STEPS[::-1]):
        kind = EventType.UPDATED if turn else EventType.CREATED
        assert lane.deliver(snapshot(of, kind=kind, id=f"e{turn}")).kind is OutcomeKind.ACCEPTED
        assert Decimal(lane.held["total_with_tax"]) == of.totals.grand
        if prices == "net":
            assert rounding(lane.held) == made_up


@pytest.mark.parametrize("cut", [(2, "before"), (2, "after"), (2, "late"), (3, "after"), (4, "late"), (5, "after")])
def test_a_rounding_that_the_line_broke_off_is_there_in_the_end(cut):
    lane = Lane(Shop(keeps={"price": 2, "quantity": 0}))
    of = bought("35.07", *WEIGHED, shipping=Shipping(method="flat"))
    outcome = lane.deliver(snapshot(of), cut)
    assert outcome.kind is OutcomeKind.ACCEPTED
    assert (lane.held["total_with_tax"], len(lane.shop.orders())) == ("35.07", 1)


def test_a_half_cent_of_price_is_not_left_behind_where_there_are_many_pieces():
    """0.0350 is held and 0.0352 wanted: to the shop's two decimals alike, and half of one whole in all."""
    lane, *_ = saved(bought("87.5", line(1, "2500", "0.035")))
    outcome = lane.deliver(snapshot(bought("88", line(1, "2500", "0.0352")), kind=EventType.UPDATED, id="e2"))
    assert (outcome.reason, sold(lane.held), rounding(lane.held)) == (Reason.SAVED, [(2500, Decimal("0.0352"))], [])
    assert lane.held["total_with_tax"] == "88.00"


def test_a_link_of_before_has_no_lines_in_one_piece():
    lane, *_ = saved(bought("35.07", *WEIGHED))
    lane.link = Link(order_id=lane.link.order_id)
    assert lane.deliver(snapshot(bought("35.07", *WEIGHED), kind=EventType.UPDATED, id="e2")).reason is Reason.EXISTS
