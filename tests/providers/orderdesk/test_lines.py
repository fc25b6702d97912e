from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.config import Secret
from schemas.order import Discount, Fee, Payment, Service
from schemas.providers.orderdesk import HeldOrder, OrderDeskOptions
from tests.fakes.snapshots import item, job, order, snapshot, totals
from worker.providers.orderdesk.api import encode
from worker.providers.orderdesk.lines import lines_of, product_total
from worker.providers.orderdesk.mapping import wanted_of
from worker.providers.orderdesk.save import body_of
from worker.providers.orderdesk.sums import money

OPTIONS = OrderDeskOptions(store_id="S", api_key=Secret("K"))


def fields(**changes):
    return body_of(wanted_of(job(snapshot(order(**changes))), OPTIONS), HeldOrder({}), [])[0]


def vendor_total(sent, lines):
    """What Order Desk makes of these sums (page "Orders": computed by the vendor)."""
    charged = sent["shipping_total"] + sent["handling_total"] + sent["tax_total"]
    return product_total(lines) + charged - sum(part["amount"] for part in sent["discount_list"])


# lines


def test_a_line_has_every_field_of_theirs():
    of = item(
        sku="crzyg-554", weight=Decimal("1.5"), delivery_type="noship", category="GLUE", variation={"Size": "Small"},
        metadata={"image": "url"}, unit_price=Decimal("10.2805"),
    )  # fmt: skip
    assert lines_of(order(items=[of]))["line-1"] == {
        "name": "Product 1", "price": Decimal("10.2805"), "quantity": 2, "weight": Decimal("1.5"), "code": "crzyg-554",
        "delivery_type": "noship", "category_code": "GLUE", "variation_list/Size": "Small",
        "metadata/image": "url", "metadata/ordercast_item": "line-1",
    }  # fmt: skip


def test_a_service_is_a_line_of_its_own_for_every_piece():
    services = [
        Service(service_id="wrap", name="Gift wrap", price=Decimal(3)),
        Service(service_id="wrap", price=Decimal(1)),
    ]
    lines = lines_of(order(items=[item(services=services)]))
    assert list(lines) == ["line-1", "line-1#wrap", "line-1#wrap#2"]
    assert lines["line-1#wrap"] == {
        "name": "Gift wrap",
        "price": 3,
        "quantity": 2,
        "code": "wrap",
        "delivery_type": "noship",
        "metadata/ordercast_item": "line-1#wrap",
    }


def test_a_part_of_a_piece_is_told_in_the_name_as_quantities_are_whole_there():
    sent = lines_of(order(items=[item(quantity=Decimal("1.50"), unit_price=Decimal(7))]))["line-1"]
    assert (sent["name"], sent["price"], sent["quantity"]) == ("1.5 × Product 1", Decimal("10.5"), 1)


def test_a_line_of_which_nothing_is_left_is_none():
    assert list(lines_of(order(items=[item(1, quantity=Decimal(0)), item(2)]))) == ["line-2"]


# sums


def test_discounts_are_positive_and_itemised():
    sent = fields(
        items=[
            item(
                discount_total=Decimal(2),
                services=[Service(service_id="s", price=Decimal(1), discount_total=Decimal("0.5"))],
            )
        ],
        discounts=[
            Discount(amount=Decimal("1.7"), code="MN234", title="Autumn"),
            Discount(amount=Decimal(2), code="ALLOC", allocated=True),
        ],
        totals=totals("16.8", items="22", discount="4.2", rebates="1"),
    )
    assert sent["discount_list"] == [
        {"name": "Autumn", "code": "MN234", "amount": Decimal("1.7")},
        {"name": "Item discounts", "code": "ALLOC", "amount": Decimal("2.5")},
        {"name": "Rebate", "amount": 1},
    ]


def test_two_discounts_of_one_name_are_two():
    twice = [Discount(amount=Decimal(1), title="Voucher"), Discount(amount=Decimal(2), title="Voucher")]
    sent = fields(discounts=twice, totals=totals("17", items="20", discount="3"))
    assert [part["amount"] for part in sent["discount_list"]] == [1, 2]


def test_fees_are_part_of_handling_and_a_negative_one_is_a_discount():
    sent = fields(
        fees=[Fee(title="Gift wrap", amount=Decimal(3)), Fee(title="Bottle return", amount=Decimal(-1))],
        payment=Payment(fee=Decimal("0.5")),
        totals=totals("23.5", items="20", handling="1", fees="2.5"),
    )
    assert sent["handling_total"] == Decimal("4.5")
    assert sent["discount_list"] == [{"name": "Bottle return", "amount": 1}]


@pytest.mark.parametrize(("included", "tax"), [(False, Decimal(4)), (True, 0)])
def test_tax_that_prices_carry_already_is_not_added(included, tax):
    of = msgspec.structs.replace(totals("20" if included else "24", items="20", tax="4"), tax_included=included)
    assert fields(totals=of)["tax_total"] == tax


def test_rounding_is_a_discount_or_part_of_handling_by_its_sign():
    down = fields(totals=totals("19.99", items="20", rounding="-0.01"))
    assert (down["discount_list"], down["handling_total"]) == ([{"name": "Rounding", "amount": Decimal("0.01")}], 0)
    up = fields(totals=totals("20.002", items="20", rounding="0.002"))
    assert (up["discount_list"], up["handling_total"]) == ([], Decimal("0.002"))


def test_a_discount_that_nobody_itemised_is_called_so():
    assert fields(totals=totals("15", items="20", discount="5"))["discount_list"] == [{"name": "Discount", "amount": 5}]


amounts = st.decimals(min_value=0, max_value=10_000, places=4)


@given(
    price=amounts,
    quantity=st.decimals(min_value="0.001", max_value=50, places=3),
    shipping=amounts,
    fee=st.decimals(-100, 100, places=2),
    grand=amounts,
)
def test_the_vendors_own_total_comes_out_as_what_the_buyer_pays(price, quantity, shipping, fee, grand):
    of = order(
        items=[item(unit_price=price, quantity=quantity)],
        fees=[Fee(title="Fee", amount=fee)],
        totals=totals(str(grand), items=str(price * quantity), shipping=str(shipping), fees=str(fee)),
    )
    wanted = wanted_of(job(snapshot(of)), OPTIONS)
    sent, _ = body_of(wanted, HeldOrder({}), [])
    assert vendor_total(sent, wanted.lines) == grand
    assert all(part["amount"] >= 0 for part in sent["discount_list"])
    assert sent["handling_total"] >= 0


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("10.2800", b"10.28"),
        ("100", b"100"),
        ("1E+3", b"1000"),
        ("0.00005", b"0"),
        ("0.00015", b"0.0002"),
        ("-0.00001", b"0"),
        ("999999999999.99995", b"1000000000000"),
    ],
)
def test_an_amount_goes_out_with_up_to_four_decimals_half_to_even(amount, text):
    assert encode(money(Decimal(amount))) == text
