import re
from decimal import Decimal
from urllib.parse import parse_qsl

import pytest

from schemas.config import Secret
from schemas.delivery import Link
from schemas.event import EventType
from schemas.order import (
    Address,
    Customer,
    Discount,
    Fee,
    Note,
    Payment,
    ProviderRefs,
    Service,
    Shipment,
    Shipping,
)
from schemas.outcome import OutcomeKind, Reason
from schemas.providers.shopscript import ShopProduct
from tests.fakes.shop import account, held_order, product, shop_order
from tests.fakes.snapshots import item, job, snapshot, totals
from tests.fakes.wire import converse, reply

LINKED = Link(order_id="18", line_ids={"line-1": "31", "line-2": "32", "line-1/wrap": "33"}, notes={"currency": "EUR"})


def save_of(of, link=None, *, kind=EventType.CREATED, key=None, **options):
    """The request of the save: the first of its conversation."""
    return next(account(**options).operation(job(snapshot(of, kind=kind), key=key, link=link)).converse())


def sent(of, link=None, **options):
    return dict(parse_qsl(save_of(of, link, **options).body.decode(), keep_blank_values=True))


def refusal(of, link=None, **options):
    operation = account(**options).operation(job(snapshot(of), link=link))
    requests, outcome = converse(operation.converse())
    assert requests == []
    return outcome


@pytest.mark.parametrize(
    ("changes", "field", "text"),
    [
        ({}, "items[0][product_id]", "71"),
        ({}, "items[0][sku_id]", "701"),
        ({}, "items[0][quantity]", "2.000"),
        ({}, "items[0][price]", "10.0000"),
        ({"items": [product(unit_price=Decimal(0))]}, "items[0][price]", "0.0000"),
        ({"items": [product(unit_price=Decimal("0.0049"), quantity=Decimal(1000))]}, "items[0][price]", "4.9000"),
        ({"items": [product(unit_price=Decimal("0.0049"), quantity=Decimal(1000))]}, "items[0][quantity]", "1.000"),
        ({"items": [product(unit_price=Decimal("0.0049"), quantity=Decimal(1000))]}, "params[ordercast_pieces]", "line-1: 1000 x 0.0049"),
        ({"items": [product(quantity=Decimal("1.2345"))]}, "items[0][quantity]", "1.000"),
        ({"items": [product(quantity=Decimal(3), unit_price=Decimal("3.33"), subtotal=Decimal(10))]}, "items[0][price]", "10.0000"),
        ({"items": [product(discount_total=Decimal("1.5"))], "totals": totals("18.50", items="20", discount="1.5")}, "items[0][total_discount]", "1.5000"),
        ({"items": [product(stock_id="3")]}, "items[0][stock_id]", "3"),
        ({"items": [product(virtual_stock_id="4")]}, "items[0][virtual_stock_id]", "4"),
        ({"items": [product(virtual_stock_id="4")]}, "items[0][virtualstock_id]", "4"),
        ({}, "customer[email]", "ada@example.com"),
        ({}, "customer[firstname]", "Ada"),
        ({"customer": Customer(), "billing_address": Address(last_name="Bill", phone="2")}, "customer[lastname]", "Bill"),
        ({"customer": Customer(), "billing_address": Address(last_name="Bill", phone="2")}, "customer[phone]", "2"),
        ({"customer": Customer(), "billing_address": None, "shipping_address": Address(company="Co")}, "customer[company]", "Co"),
        ({}, "billing_address[street]", "Main Street 1"),
        ({}, "billing_address[city]", "London"),
        ({}, "billing_address[region]", "Greater London"),
        ({}, "billing_address[country]", "gbr"),
        ({}, "billing_address[zip]", ""),
        ({"shipping_address": Address(postal_code="5000")}, "shipping_address[zip]", "5000"),
        ({}, "discount", "0.0000"),
        ({"totals": totals("20", discount="3", rebates="2", rounding="-0.02")}, "discount", "5.0200"),
        ({"totals": totals("20", discount="3", rounding="0.02")}, "discount", "2.9800"),
        ({"totals": totals("20.02", rounding="0.02")}, "shipping", "0.0200"),
        ({"totals": totals("20", fees="2"), "fees": [Fee(title="a", amount=Decimal(5)), Fee(title="b", amount=Decimal(-3))]}, "discount", "3.0000"),
        ({"totals": totals("20", fees="-2"), "payment": Payment(fee=Decimal(-2))}, "discount", "2.0000"),
        ({"totals": totals("20", shipping="4.9")}, "shipping", "4.9000"),
        ({}, "currency", "EUR"),
        ({}, "params[ordercast_order]", "cba82aec072ca40b52e456db110359fa"),
        ({}, "params[ordercast_source]", "shop/copenhagen"),
        ({}, "params[ordercast_number]", "1001"),
        ({}, "params[ordercast_grand]", "20.0000"),
        ({"totals": totals("20", tax="4")}, "params[ordercast_tax]", "4.0000"),
        ({"totals": totals("20", fees="4")}, "params[ordercast_fees]", "4.0000"),
        ({"totals": totals("20", handling="4")}, "params[ordercast_handling]", "4.0000"),
        ({"totals": totals("20", rebates="4")}, "params[ordercast_rebates]", "4.0000"),
        ({"discounts": [Discount(code="A", amount=Decimal(1)), Discount(code="B", amount=Decimal(1))]}, "params[ordercast_codes]", "A, B"),
        ({"shipments": [Shipment(tracking_number="T1")]}, "params[ordercast_tracking]", "T1"),
        ({"shipments": [Shipment(tracking_number="T1"), Shipment(tracking_number="T2")]}, "params[ordercast_tracking]", "T1, T2"),
        ({"status": "paid"}, "params[ordercast_status]", "paid"),
        ({"shipping": Shipping(method="post", title="Post Nord")}, "params[ordercast_shipping]", "Post Nord"),
        ({"payment": Payment(method="card", transaction_id="T-1")}, "params[ordercast_payment]", "card"),
        ({"payment": Payment(method="card", transaction_id="T-1")}, "params[ordercast_transaction]", "T-1"),
        ({"shipping_address": Address(first_name="Bea", phone="+45 1")}, "params[ordercast_recipient]", "Bea, +45 1"),
        ({"shipping_address": Address(address1="Algade 1", address4="2. tv")}, "shipping_address[street]", "Algade 1, 2. tv"),
        ({"attributes": {"engraving": "AL"}}, "params[engraving]", "AL"),
        ({"attributes": {"Gift text": "AL"}}, "params[Gift_text]", "AL"),
        ({"attributes": {"coupon_code": "AL"}}, "params[ordercast_attribute_coupon_code]", "AL"),
        ({"attributes": {"2nd": "AL"}}, "params[ordercast_attribute_2nd]", "AL"),
        ({"attributes": {"a b": "1", "a.b": "2"}}, "params[a_b_]", "2"),
        ({"comment": "Ring"}, "comment", "Ring"),
        ({"comment": "Ring", "notes": [Note(text="n", author="Kim")]}, "comment", "Ring\n\nKim: n"),
        ({"refs": {"shopscript": ProviderRefs(contact_id="12")}}, "contact_id", "12"),
    ],
)  # fmt: skip
def test_each_field_has_its_source(changes, field, text):
    items = changes.pop("items", [product()])
    assert sent(shop_order(*items, **changes))[field] == text


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Size", "size"),
        ("café", "cafe"),
        ("\u0451", "\u0415"),
        ("İ", "i"),
        ("Σ", "ς"),
        ("\U00020bb7", "\U00021d45"),  # to MariaDB's key all letters beyond the BMP are one
        ("Straße", "Strase"),  # MariaDB 10.11
        ("Straße", "STRASSE"),  # MySQL 8
        ("Ø", "o"),
    ],
)
def test_names_that_are_one_to_some_collation_go_as_two(first, second):
    form = sent(shop_order(attributes={first: "1", second: "2"}))
    assert (form[f"params[{first}]"], form[f"params[{second}_]"]) == ("1", "2")


def test_a_service_hangs_on_its_line():
    wrap = Service(id="wrap", service_id="4", service_variant_id="6", price=Decimal(1), discount_total=Decimal("0.5"))
    form = sent(shop_order(product(services=[wrap]), totals=totals("21.50", items="22", discount="0.5")), LINKED)
    start = "items[0][services][0]"
    assert {name: text for name, text in form.items() if name.startswith(start)} == {
        f"{start}[item_id]": "33",
        f"{start}[service_id]": "4",
        f"{start}[service_variant_id]": "6",
        f"{start}[price]": "1.0000",
    }
    assert form["items[0][total_discount]"] == "0.5000"  # the shop reads none of a service's


def test_an_edit_names_the_order_and_its_lines_and_neither_currency_nor_customer_id():
    form = sent(shop_order(refs={"shopscript": ProviderRefs(contact_id="12")}), LINKED)
    assert (form["id"], form["items[0][item_id]"]) == ("18", "31")
    assert not {"currency", "contact_id"} & form.keys()


def test_a_create_names_no_order_and_no_line():
    form = sent(shop_order(refs={"shopscript": ProviderRefs(line_ids={"line-1": "99"})}))
    assert not {"id", "items[0][item_id]"} & form.keys()


def test_a_line_of_quantity_zero_is_gone():
    form = sent(shop_order(product(1, quantity=Decimal(0)), product(2)), LINKED)
    assert form["items[0][item_id]"] == "32"
    assert not [name for name in form if name.startswith("items[1]")]


def test_whose_order_it_is_comes_before_all_that_php_might_cut():
    names = list(sent(shop_order(), LINKED))
    assert names[0] == "id"
    assert names[1].startswith("params[ordercast_order]")
    assert names[-1].startswith("items[")


def test_an_unchanged_discount_is_left_out_of_an_edit():
    link = Link(order_id="18", line_ids={"line-1": "31"}, notes={"discount": "3.0000", "currency": "EUR"})
    assert "discount" not in sent(shop_order(totals=totals("20", discount="3")), link)
    assert sent(shop_order(totals=totals("20", discount="2")), link)["discount"] == "2.0000"
    assert sent(shop_order(totals=totals("20")), link)["discount"] == "0.0000"


def test_the_shop_calculates_discounts_where_it_is_set_to():
    of = shop_order(totals=totals("20", discount="3"))
    assert sent(of, calculate_discount=True)["discount"] == "calculate"
    assert sent(of, LINKED, calculate_discount=True)["discount"] == "calculate"


def test_a_line_that_lost_its_discount_says_so():
    link = Link(order_id="18", line_ids={"line-1": "31"}, notes={"line_discounts": "1", "currency": "EUR"})
    assert sent(shop_order(), link)["items[0][total_discount]"] == "0.0000"
    assert "items[0][total_discount]" not in sent(shop_order(), LINKED)


def test_an_edit_blanks_a_parameter_that_the_order_lost():
    assert sent(shop_order(), LINKED)["params[ordercast_tax]"] == ""
    assert "params[ordercast_tax]" not in sent(shop_order())


def test_a_key_that_is_not_the_number_is_kept_beside_it():
    assert sent(shop_order(), key="cph-1001")["params[ordercast_key]"] == "cph-1001"
    assert "params[ordercast_key]" not in sent(shop_order())


def test_an_order_that_the_producer_knows_there_is_edited():
    of = shop_order(refs={"shopscript": ProviderRefs(order_id="44", line_ids={"line-1": "7"})})
    there = held_order(order_id=44)
    there["items"] = {"7": {**there["items"]["31"], "id": "7"}}
    requests, _ = converse(account().operation(job(snapshot(of))).converse(), reply(200, there), reply(503))
    form = dict(parse_qsl(requests[1].body.decode()))
    assert (form["id"], form["items[0][item_id]"]) == ("44", "7")
    assert sent(of, LINKED)["id"] == "18"


def test_a_product_is_found_by_its_own_ids_before_the_settings():
    products = {"S": ShopProduct(product_id=1, sku_id=2)}
    assert sent(shop_order(product(sku="S")), products=products)["items[0][sku_id]"] == "701"
    assert sent(shop_order(product(sku="S", variant_id=None)), products=products)["items[0][sku_id]"] == "2"


@pytest.mark.parametrize(
    "ids", [("x", "1"), ("1", None), ("0", "1"), ("1", "-1"), ("1.5", "1"), ("٣", "1"), ("9" * 11, "1")]
)
def test_an_item_without_a_product_in_the_shop_is_refused_before_anything_is_sent(ids):
    outcome = refusal(shop_order(product(1), item(2, sku="B-2", product_id=ids[0], variant_id=ids[1])))
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.NO_PRODUCT)
    assert "B-2" in outcome.message
    assert "[providers.shopscript.products]" in outcome.message


def test_an_order_whose_lines_are_all_gone_is_refused():
    outcome = refusal(shop_order(product(quantity=Decimal(0))), LINKED)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.NEEDS_LINES)


def many(lines, **changes):
    off = lines * changes.get("discount_total", 0)
    return shop_order(*(product(number, **changes) for number in range(lines)), totals=totals("20", discount=str(off)))


def most_that_pass(**changes):
    refused = refusal(many(300, **changes))
    assert (refused.kind, refused.reason) == (OutcomeKind.REJECTED, Reason.TOO_MANY_LINES)
    return int(refused.message.partition("the first ")[2].split()[0])


def test_as_many_lines_pass_as_the_refusal_says_fit():
    fitting = most_that_pass()
    assert 175 <= fitting <= 190  # five variables each
    assert save_of(many(fitting))
    assert refusal(many(fitting + 1)).reason is Reason.TOO_MANY_LINES
    assert most_that_pass(discount_total=Decimal(1)) < fitting  # six variables each


def test_what_is_created_can_also_be_edited():
    fitting = most_that_pass()
    ids = {f"line-{number}": "1" for number in range(fitting)}
    body = save_of(many(fitting), Link(order_id="18", line_ids=ids, notes={"currency": "EUR"})).body
    assert body.count(b"&") + 1 <= 950


def test_a_shop_that_reads_more_is_sent_more():
    assert save_of(many(300), max_input_vars=5000)


def test_the_token_goes_into_the_header_or_the_form():
    in_header, in_form = save_of(shop_order()), save_of(shop_order(), token_in="form")
    assert in_header.headers["Authorization"] == "Bearer test-shopscript-token"
    assert b"access_token" not in in_header.body
    assert "Authorization" not in in_form.headers
    assert in_form.body.startswith(b"access_token=test-shopscript-token&")


def test_xml_is_asked_for_in_the_query():
    assert save_of(shop_order(), format="xml").path == "/api.php/shop.order.save?format=xml"


def test_the_token_is_among_the_secrets():
    assert account().secrets == ("test-shopscript-token",)
    assert Secret("test-shopscript-token").reveal() not in repr(account().options)


def test_a_shop_that_reads_any_form_is_sent_no_order_that_cannot_be_read_back():
    assert save_of(many(4000), max_input_vars=100_000)
    outcome = refusal(many(4001), max_input_vars=100_000)
    assert (outcome.reason, outcome.message) == (
        Reason.TOO_MANY_LINES,
        "The order has 4001 lines; 4000 fit into an answer of Shop-Script: split it.",
    )


def test_four_hundred_lines_are_refused_with_the_number_that_fits():
    outcome = refusal(many(400))
    assert outcome.reason is Reason.TOO_MANY_LINES
    assert re.fullmatch(r"The order has 400 lines; the first 18\d would reach .+", outcome.message)
