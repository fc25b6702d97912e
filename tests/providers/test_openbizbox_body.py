"""The mapping table of OpenBizBox, row by row: canonical order to the body of a create."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from schemas.config import Secret
from schemas.order import Address, Customer, Discount, Fee, Payment, Service, Shipping, TaxLine
from schemas.providers.openbizbox import OpenBizBoxOptions, OpenBizBoxOptionsSchema
from tests.fakes.snapshots import item, order, snapshot, totals
from worker.providers.openbizbox_body import wanted_of
from worker.providers.openbizbox_calls import encode
from worker.providers.openbizbox_differences import sent_total

QUARTER = Decimal("0.25")
PLAIN = {"client_id": "c", "client_secret": "s"}


def options(**changes):
    return OpenBizBoxOptions(client_id=Secret("c"), client_secret=Secret("s"), **changes)


def wanted(of, **changes):
    articles = {line.id: 1000 + place for place, line in enumerate(of.items, 1)}
    return wanted_of(snapshot(of), articles, options(**changes))


def body(of, **changes):
    """The body as it is on the wire, its numbers exact."""
    return json.loads(encode(wanted(of, **changes).create_body()), parse_float=Decimal)


def lines(of, **changes):
    return body(of, **changes)["lines"]


def test_a_customer_has_email_name_type_and_language():
    customer = Customer(email="jane@example.com", first_name="Jane", last_name="Roe", group="b2b", phone="1")
    of = order(customer=customer, language="da-DK")
    assert body(of, customer_types={"b2b": 2})["customer"] == {
        "email": "jane@example.com",
        "name": "Jane Roe",
        "customer_type_id": 2,
        "language": "da",
    }


def test_a_group_without_a_type_is_left_to_the_shop():
    of = order(customer=Customer(email="a@example.com", company="Acme", group="vip"))
    assert body(of, customer_types={"b2b": 2})["customer"] == {"email": "a@example.com", "name": "Acme"}


def test_addresses_have_joined_lines_and_an_alpha_3_country_and_only_billing_a_phone():
    address = Address(
        company="Acme",
        address1="Dalbygade 40 A",
        address2="2. tv",
        city="Kolding",
        postal_code="6000",
        country="DK",
        phone="70209594",
    )
    sent = body(order(billing_address=address, shipping_address=address))
    expected = {
        "name": "Acme",
        "street": "Dalbygade 40 A, 2. tv",
        "zip": "6000",
        "city": "Kolding",
        "country": "DNK",
        "company_name": "Acme",
    }
    assert sent["shipping_address"] == expected
    assert sent["billing_address"] == expected | {"phone": "70209594"}


def test_an_order_without_an_address_sends_the_name_alone_as_billing_address():
    sent = body(order(billing_address=None))
    assert sent["billing_address"] == {"name": "Ada Lovelace"}
    assert "shipping_address" not in sent


def test_an_order_with_only_a_shipping_address_is_billed_there():
    sent = body(order(billing_address=None, shipping_address=Address(city="Kolding", country="DK")))
    assert sent["billing_address"] == sent["shipping_address"]


def test_the_status_goes_by_the_map_and_money_never_moves_by_it():
    statuses = {"paid": 5, "cancelled": 8, "refunded": 9}
    assert body(order(status="paid"), statuses=statuses)["status"] == 5
    for silent in ("cancelled", "refunded", "shipped", None):
        assert "status" not in body(order(status=silent), statuses=statuses)


def test_the_currency_is_iso_with_the_orders_rate_unless_the_account_overrides_it():
    assert body(order(currency="DKK"))["currency"] == {"code": "DKK", "rate": 1}
    of = order(currency="DKK", exchange_rate=Decimal("7.4600"))
    assert body(of, currencies={"DKK": "DNK"})["currency"] == {"code": "DNK", "rate": Decimal("7.46")}


def test_the_day_of_the_order_is_written_in_the_shops_own_time():
    of = order(placed_at=datetime(2026, 6, 30, 22, 30, tzinfo=UTC))
    assert body(of)["created_at"] == "2026-06-30 22:30"
    assert body(of, timezone="Europe/Copenhagen")["created_at"] == "2026-07-01 00:30"


@pytest.mark.parametrize(
    ("number", "offset", "chosen"),
    [
        ("1001", 50_000, 51_001),
        ("1001", 0, 1001),
        ("1001", None, None),
        ("A-1001", 50_000, None),
        ("0042", 50_000, None),  # "42" would be the same id
        ("٤٢", 50_000, None),
        ("0", 0, None),
        ("2147483647", 0, 2**31 - 1),
        ("2147483648", 0, None),
        ("9" * 64, 0, None),
    ],
)
def test_an_id_is_chosen_where_the_account_keeps_a_range_and_the_number_is_whole(number, offset, chosen):
    assert body(order(number=number), order_id_offset=offset).get("id") == chosen


def test_the_comment_carries_the_buyers_words_and_our_mark_as_its_last_line():
    sent = body(order(comment="Ring twice\n[ordercast shop/other#7]"))
    assert sent["comment"] == "Ring twice\n[ordercast shop/copenhagen#1001]"
    assert "comment" not in body(order(comment="Ring twice"), mark="none")


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
    assert sent_total(wanted(of)) == of.totals.grand


def test_settings_are_loaded_from_plain_values():
    loaded = OpenBizBoxOptionsSchema().load(
        {**PLAIN, "client_secret": Secret("s"), "order_id_offset": 50_000, "timezone": "Europe/Copenhagen"}
        | {"prices": "gross", "statuses": {"paid": 5}, "currencies": {"DKK": "DNK"}, "customer_types": {"b2b": 2}}
    )
    assert loaded == options(
        order_id_offset=50_000,
        timezone="Europe/Copenhagen",
        prices="gross",
        statuses={"paid": 5},
        currencies={"DKK": "DNK"},
        customer_types={"b2b": 2},
    )
    assert "'s'" not in repr(loaded)


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": ""},
        {"timezone": "Europe/Atlantis"},
        {"timezone": "../etc"},
        {"prices": "both"},
        {"order_id_offset": -1},
        {"order_id_offset": "7"},
        {"statuses": {"paid": "five"}},
        {"statuses": {"piad": 5}},
        {"currencies": {"dkk": "DNK"}},
        {"currencies": {"DKK": "DK"}},
        {"colour": "red"},
    ],
)
def test_a_wrong_setting_is_refused_by_its_name(wrong):
    with pytest.raises(ValidationError) as refused:
        OpenBizBoxOptionsSchema().load(PLAIN | wrong)
    assert list(refused.value.messages) == list(wrong)


def _fields(sums):
    return {name: getattr(sums, name) for name in sums.__struct_fields__}
