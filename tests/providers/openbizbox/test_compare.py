"""OpenBizBox: the shop's order beside a snapshot of ours, at any time after a save."""

from dataclasses import replace
from decimal import Decimal

import pytest

from schemas.delivery import Link
from schemas.event import Deletion, EventType
from schemas.order import Address
from schemas.outcome import Reason
from tests.fakes.openbizbox import CANCELLED, LINKED, MARK, account, held, sold
from tests.fakes.openbizbox_lane import Lane
from tests.fakes.snapshots import action, item, job, order, snapshot, totals
from tests.fakes.wire import run
from worker.providers.base import Difference

THREE = order(items=[item(n, variant_id=str(110 + n)) for n in (1, 2, 3)], totals=totals("60"))
SCREWS = order(
    items=[item(1, variant_id="111", quantity=Decimal(100_000), unit_price=Decimal("0.00125"))], totals=totals("125")
)
BY_SKU = order(items=[item(1, sku="K-1"), item(2, sku="K-2")], totals=totals("40"))


def line(line_id, article, **changes):
    shown = {"order_line_id": line_id, "variant_id": article, "quantity": 2, "tax_rate": 0}
    return shown | {"price": 10, "price_with_tax": 10} | changes


def compared(shown, of=None, link=LINKED, **options):
    return account(**options).compare(job(snapshot(of or sold()), link=link), shown)


def read_there(lane):
    """The order as the question ``order`` reads it."""
    return run(lane.provider.questions["order"].ask(lane.link.order_id, {}, None), lane.shop).tree


def differs(message):
    return Difference(message, Reason.DIFFERS)


def remarks(message):
    return Difference(message, Reason.REMARK)


@pytest.mark.parametrize("of", [sold(), THREE, SCREWS], ids=["one line", "three lines", "a line in one piece"])
@pytest.mark.parametrize("mark", ["comment", "none"])
def test_an_order_as_it_was_saved_differs_in_nothing(of, mark):
    lane = Lane(mark=mark)
    event = snapshot(of)
    lane.deliver(event)
    assert lane.provider.compare(lane.job(event), read_there(lane)) == []


def test_what_a_later_event_changes_differs_until_it_is_saved():
    lane = Lane()
    lane.deliver(snapshot(THREE))
    less = order(items=[item(1, variant_id="111"), item(2, variant_id="112", quantity=Decimal(1))], totals=totals("30"))
    later = snapshot(less, kind=EventType.UPDATED, id="e9")
    assert lane.provider.compare(lane.job(later), read_there(lane)) == [
        differs("3 product lines for 2."),
        differs("Quantity 2 for 1 of article 112."),
        differs("Total with tax 60.00 for 30."),
    ]
    lane.deliver(later)
    assert lane.provider.compare(lane.job(later), read_there(lane)) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"lines": {"products": []}}, ["0 product lines for 1.", "No line with article 1001."]),
        ({"lines": {"products": [line(74, 1001, price=9, price_with_tax=9)]}}, ["Price 9 for 10 of article 1001."]),
        ({"lines": {"products": [line(74, 1001, quantity=3)]}}, ["Quantity 3 for 2 of article 1001."]),
        ({"currency": {"code": "DKK", "rate": 1}}, ["Currency DKK for EUR."]),
    ],
)
def test_other_lines_and_another_currency_are_differences(changes, said):
    assert compared(held(**changes)) == [differs(sentence) for sentence in said]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"comment": ""}, ["The shop holds comment otherwise than sent.", "Our mark is not in the order's comment."]),
        ({"status": CANCELLED}, ["The order is cancelled in the shop (status Cancelled)."]),
        (
            {"total_with_tax": 25},
            ["The shop's total with tax is 25 and ours 20: compare the tax rates."],
        ),
    ],
)
def test_what_a_save_remarks_on_is_a_remark(changes, said):
    assert [(one.message, one.reason) for one in compared(held(**changes))] == [(one, Reason.REMARK) for one in said]


def test_only_a_cancelled_order_is_beyond_a_heal():
    [cancelled] = compared(held(status=CANCELLED))
    [other] = compared(held(total_with_tax=25))
    assert (cancelled.stays, other.stays) == ("no call opens a cancelled order again.", "")


def test_a_section_that_people_changed_is_a_remark():
    rome = Address(first_name="Ada", last_name="Lovelace", address1="Via 2", city="Rome", country="IT")
    said = compared(held(), of=sold(billing_address=rome))
    assert said == [remarks("The shop holds billing_address otherwise than sent.")]


def test_articles_that_only_the_shop_could_name_are_known_by_the_model_of_its_lines():
    there = held(
        lines={"products": [line(74, 501, model="K-1"), line(75, 502, model="K-2")]}, total=40, total_with_tax=40
    )
    assert compared(there, of=BY_SKU, link=Link(order_id="777")) == []


def test_an_item_whose_article_nobody_names_lacks_its_line_by_our_own_id():
    there = held(lines={"products": [line(74, 501, model="K-1")]}, total=20, total_with_tax=20)
    assert compared(there, of=BY_SKU, link=Link(order_id="777")) == [
        differs("1 product lines for 2."),
        differs("No line for item line-2."),
        differs("Total with tax 20 for 40."),
    ]


def test_two_variants_of_one_model_are_not_guessed_at():
    twins = held(lines={"products": [line(74, 501, model="K-1"), line(75, 502, model="K-1")]}, total_with_tax=20)
    [lacking] = [d for d in compared(twins, of=BY_SKU, link=Link(order_id="777")) if "line-1" in d.message]
    assert lacking == differs("No line for item line-1.")


def test_an_order_with_another_mark_is_another_order():
    [difference] = compared(held(comment="[ordercast shop/copenhagen#2002]"))
    assert difference == differs(
        "Order 777 of the shop is another one: correct the number, the refs or order_id_offset."
    )


@pytest.mark.parametrize("shown", [None, [], "?", {}, {"id": "?"}, {"id": 777, "comment": MARK}])
def test_what_is_no_whole_order_cannot_be_compared(shown):
    assert compared(shown) is None


def test_an_action_is_compared_by_the_snapshot_that_is_kept():
    deletion = job(action(EventType.DELETED, deletion=Deletion()), link=LINKED)
    assert account().compare(deletion, held()) is None
    assert account().compare(replace(deletion, order=sold()), held()) == []
