"""The mapping table of OpenBizBox, row by row: the lines, their prices and their tax."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from schemas.order import Discount, Fee, Payment, Service, Shipping, TaxLine
from tests.fakes.openbizbox import wanted, wire_body
from tests.fakes.snapshots import item, order, totals
from worker.providers.openbizbox.sums import foreseen

QUARTER = Decimal("0.25")


def lines(of, **changes):
    return wire_body(of, **changes)["lines"]


def test_a_product_has_article_price_quantity_weight_and_tax():
    line = item(1, weight=Decimal("0.330"), unit_price=Decimal("1200.50"), tax_rate=QUARTER, tax_title="Moms")
    of = order(items=[line], totals=totals("3001.25", items="2401", tax="600.25"))
    assert lines(of)["products"] == [
        {
            "product_article_id": 1001,
            "price": Decimal("1200.5"),
            "quantity": 2,
            "weight": Decimal("0.33"),
            "tax_rate": QUARTER,
            "tax_title": "Moms",
        }
    ]


def test_lines_that_are_gone_are_not_sent():
    of = order(items=[item(1, quantity=Decimal(0)), item(2)])
    assert [line["product_article_id"] for line in lines(of)["products"]] == [1002]


def test_an_empty_list_of_lines_is_never_written():
    assert lines(order(items=[item(1, quantity=Decimal(0))], totals=totals("0"))) == {}


def test_shipping_and_payment_are_single_lines():
    of = order(
        shipping=Shipping(method="flat", title="Flat rate", price=Decimal(100), tax_class="3"),
        payment=Payment(method="card", fee=Decimal("3.8"), tax_rate=Decimal(0)),
        totals=totals("123.8", items="20", shipping="100", fees="3.8"),
    )
    assert lines(of)["shipping"] == {"title": "Flat rate", "price": 100, "tax_class_id": 3}
    assert lines(of)["payment"] == {"title": "card", "price": Decimal("3.8"), "tax_rate": 0}


def test_a_lines_own_rate_beats_its_tax_class():
    of = order(shipping=Shipping(method="flat", price=Decimal(8), tax_rate=QUARTER, tax_class="3"))
    assert lines(of)["shipping"] == {"title": "flat", "price": 8, "tax_rate": QUARTER}


def test_shipping_that_is_known_as_a_sum_alone_is_a_line_too():
    assert lines(order(totals=totals("25", items="20", shipping="5")))["shipping"]["price"] == 5


def test_discounts_are_positive_and_item_discounts_are_one_line_with_the_allocated_codes():
    service = Service(service_id="s1", name="Gift wrap", price=Decimal(3), discount_total=Decimal(1))
    of = order(
        items=[item(1, discount_total=Decimal(2), services=[service]), item(2, discount_total=Decimal(1))],
        discounts=[
            Discount(amount=Decimal(5), code="SPRING", title="Spring sale"),
            Discount(amount=Decimal(4), code="LINE", allocated=True),
        ],
        totals=totals("37", items="46", discount="9"),
    )
    assert lines(of)["discounts"] == [
        {"title": "Spring sale (SPRING)", "price": 5, "tax_rate": 0},
        {"title": "Item discounts (LINE)", "price": 4, "tax_rate": 0},
    ]
    assert lines(of)["fees"] == [{"title": "Gift wrap", "price": 6, "tax_rate": 0}]


def test_what_the_vendor_has_no_field_for_is_a_fee_or_a_discount_by_its_sign():
    parts = {"items": "20", "handling": "4", "rebates": "2", "rounding": "0.02", "fees": "-1"}
    of = order(fees=[Fee(title="Bonus", amount=Decimal(-1))], totals=totals("21.02", **parts))
    assert [(line["title"], line["price"]) for line in lines(of)["fees"]] == [
        ("Handling", 4),
        ("Rounding", Decimal("0.02")),
    ]
    assert [(line["title"], line["price"]) for line in lines(of)["discounts"]] == [("Bonus", 1), ("Rebate", 2)]
    down = order(totals=totals("19.98", items="20", rounding="-0.02"))
    assert lines(down)["discounts"] == [{"title": "Rounding", "price": Decimal("0.02"), "tax_rate": 0}]


def test_prices_that_carry_tax_are_sent_net():
    sums = totals("125", items="125", tax="25")
    taxed = {"unit_price": Decimal("62.5"), "tax_rate": QUARTER}
    of = order(items=[item(1, **taxed)], totals=type(sums)(**_fields(sums) | {"tax_included": True}))
    assert lines(of)["products"][0]["price"] == 50
    assert lines(of, prices="gross")["products"][0]["price"] == Decimal("62.5")


def test_net_prices_are_sent_with_tax_to_a_shop_that_takes_gross_ones():
    of = order(items=[item(1, unit_price=Decimal(50), tax_rate=QUARTER)], totals=totals("125", items="100", tax="25"))
    assert lines(of, prices="gross")["products"][0]["price"] == Decimal("62.5")


def test_prices_have_four_decimals_rounded_half_even():
    of = order(items=[item(1, unit_price=Decimal("1.00005")), item(2, unit_price=Decimal("1.00015"))])
    assert [line["price"] for line in lines(of)["products"]] == [1, Decimal("1.0002")]


def test_a_line_without_a_rate_gets_the_rate_that_explains_the_orders_tax():
    """Items pay 25, the order 22.5: so the discount took 2.5 of tax with it."""
    of = order(
        items=[item(1, unit_price=Decimal(50), tax_rate=QUARTER)],
        discounts=[Discount(amount=Decimal(10))],
        totals=totals("112.5", items="100", discount="10", tax="22.5"),
    )
    assert lines(of)["discounts"] == [{"title": "Discount", "price": 10, "tax_rate": QUARTER}]


def test_a_rate_that_nothing_names_is_blended():
    of = order(items=[item(1)], totals=totals("23.1", items="20", tax="3.1"))
    assert lines(of)["products"][0]["tax_rate"] == Decimal("0.155")


def test_the_title_of_a_tax_is_that_of_the_orders_tax_line_with_its_rate():
    vat = TaxLine(title="VAT 25 %", rate=QUARTER, amount=Decimal(5))
    sent = lines(order(tax_lines=[vat], totals=totals("25", items="20", tax="5")))["products"][0]
    assert (sent["tax_rate"], sent["tax_title"]) == (QUARTER, "VAT 25 %")


def test_a_gross_order_that_names_no_tax_sum_gives_its_discount_the_rate_of_its_items():
    sums = totals("100", items="125", discount="25")
    of = order(
        items=[item(1, unit_price=Decimal("62.5"), tax_rate=QUARTER)],
        discounts=[Discount(amount=Decimal(25))],
        totals=type(sums)(**_fields(sums) | {"tax_included": True}),
    )
    assert lines(of)["discounts"][0] == {"title": "Discount", "price": 20, "tax_rate": QUARTER}


_money = st.decimals(min_value=0, max_value=1000, places=2)


@given(prices=st.lists(_money, min_size=1, max_size=6), off=_money, shipping=_money, rounding=st.integers(-5, 5))
def test_the_sum_of_what_is_sent_is_the_orders_own(prices, off, shipping, rounding):
    cents = Decimal(rounding) / 100
    items = sum(prices) * 2
    sums = totals(str(items + shipping + cents - off), items=str(items), shipping=str(shipping), rounding=str(cents))
    of = order(
        items=[item(place, unit_price=price) for place, price in enumerate(prices, 1)],
        discounts=[Discount(amount=off)],
        shipping=Shipping(method="flat", price=shipping),
        totals=sums,
    )
    made = wanted(of)
    assert foreseen(made.lines.named(), made.prices) + made.lines.rounding == of.totals.grand


def _fields(sums):
    return {name: getattr(sums, name) for name in sums.__struct_fields__}
