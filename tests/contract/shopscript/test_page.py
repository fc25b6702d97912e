"""The method page of ``shop.order.save``, statement by statement: sent by the adapter, read by it, or taken by the
played shop."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from schemas.outcome import OutcomeKind, Reason
from tests.contract.shopscript.story import AT, Story, form_of, snapshot
from tests.fakes.shop_calls import LINE, call, held_by, save
from tests.fakes.wire import converse, reply
from worker.sandbox.shopscript import SimulatedShopScript

WRAP = {"id": "wrap", "service_id": "4", "service_variant_id": "6", "price": "1.5", "discount_total": "0.5"}
WRAPPED = {"items.0.services": [WRAP], "items.0.discount_total": "2", "items.0.stock_id": "3"}
ADDRESS = {"address1": "Main Street 1", "city": "Riga", "country": "LV"}
OF_LINE_1 = "items[0][services][0]"

# a field of the page, the order that has it, what is sent in it
SENT = {
    "items sku_id": ({}, "items[0][sku_id]", "701"),
    "items quantity, decimal(15,3)": ({}, "items[0][quantity]", "2.000"),
    "items price, decimal(15,4)": ({}, "items[0][price]", "10.0000"),
    "items total_discount, decimal(15,4)": (WRAPPED, "items[0][total_discount]", "2.5000"),
    "items stock_id": (WRAPPED, "items[0][stock_id]", "3"),
    "items virtual_stock_id": ({"items.0.virtual_stock_id": "8"}, "items[0][virtual_stock_id]", "8"),
    "services service_id": (WRAPPED, f"{OF_LINE_1}[service_id]", "4"),
    "services service_variant_id": (WRAPPED, f"{OF_LINE_1}[service_variant_id]", "6"),
    "services price, decimal(15,4)": (WRAPPED, f"{OF_LINE_1}[price]", "1.5000"),
    "customer": ({}, "customer[email]", "ida@example.com"),
    "shipping_address": ({"shipping_address": ADDRESS}, "shipping_address[country]", "lva"),
    "billing_address": ({"billing_address": ADDRESS}, "billing_address[street]", "Main Street 1"),
    "discount, an amount": ({"discounts": [{"amount": "3"}]}, "discount", "3.0000"),
    "params": ({"attributes": {"gift": "yes"}}, "params[gift]", "yes"),
    "comment": ({"comment": "Ring"}, "comment", "Ring"),
    "contact_id": ({"refs": {"shopscript": {"contact_id": "55"}}}, "contact_id", "55"),
}


@pytest.mark.parametrize(("changes", "name", "text"), SENT.values(), ids=SENT)
def test_a_field_of_the_page_is_sent(changes, name, text):
    assert Story().save(changes)[name] == text


def test_an_edit_names_the_order_its_lines_and_their_services():
    """The page's id, item_id and the services' item_id."""
    story = Story()
    story.save(WRAPPED)
    sent = story.update(WRAPPED)
    names = ("id", "items[0][item_id]", f"{OF_LINE_1}[item_id]", "items[1][item_id]")
    assert [sent[name] for name in names] == ["1", "1", "2", "3"]


def test_a_discount_that_shall_not_change_is_left_out():
    """The page's discount of null: a form carries none."""
    story = Story()
    story.save({"discounts": [{"amount": "3"}]})
    assert "discount" not in story.update({"discounts": [{"amount": "3"}]})
    assert story.held["discount"] == "3.0000"


def test_a_discount_is_calculated_by_its_word():
    """The page's discount of ``calculate``, by setting."""
    assert Story({"calculate_discount": True}).save()["discount"] == "calculate"


@pytest.mark.parametrize("wanted", ["json", "xml"])
def test_both_formats_of_the_page_are_asked_for_and_read(wanted):
    """The page's format: json where nothing is said."""
    story = Story({"format": wanted})
    assert story.cast(snapshot()).reason is Reason.SAVED
    queries = {one.query for one in story.shop.asked("shop.order.save")}
    assert queries == ({"format=xml"} if wanted == "xml" else {""})
    assert form_of(story.shop.asked("shop.order.save")[0])["items[0][sku_id]"] == "701"


# an error code of the page, its status, what comes of it
CODES = {
    "invalid_request": (400, OutcomeKind.REJECTED),
    "access_denied": (403, OutcomeKind.UNAUTHORIZED),
    "invalid_method": (404, OutcomeKind.REJECTED),
}


@pytest.mark.parametrize("form", ["json", "xml"])
@pytest.mark.parametrize("code", CODES)
def test_an_error_code_of_the_page_is_understood_whatever_its_text(code, form):
    status, kind = CODES[code]
    texts = {"error": code, "error_description": "Что-то не так"}
    leaves = "".join(f"<{name}>{text}</{name}>" for name, text in texts.items())
    body = texts if form == "json" else f"<response>{leaves}</response>"
    _, outcome = converse(Story().operation(snapshot()).converse(), reply(status, body))
    assert (outcome.kind, outcome.http_status) == (kind, status)
    assert "не так" not in outcome.message


def held_after(*forms, **settings):
    """The order in the played shop, after saves of these forms."""
    shop = SimulatedShopScript(**settings)
    for form in forms:
        assert save(shop, form, at=AT)[1]["status"] == "ok"
    return held_by(shop)


def without(name):
    return {field: text for field, text in LINE.items() if field != f"items[0][{name}]"}


def test_the_shop_fills_in_what_the_page_says_it_does():
    """One piece, and the price of the catalogue."""
    line = held_after(without("quantity"))["items"]["1"]
    assert line["quantity"] == "1.000"
    line = held_after(without("price"), catalogue={"70": "99"})["items"]["1"]
    assert line["price"] == "99.0000"


SERVICE = {f"{OF_LINE_1}[service_id]": "4", f"{OF_LINE_1}[service_variant_id]": "6", f"{OF_LINE_1}[price]": "1"}
EDIT = {"id": "1", "items[0][item_id]": "1"}

# an edit of an order of one line with a service, and the services after it: line id and price
SERVICES = {
    "by its item_id": ({f"{OF_LINE_1}[item_id]": "2", f"{OF_LINE_1}[price]": "3"}, [("2", "3.0000")]),
    "by service and variant": (SERVICE | {f"{OF_LINE_1}[price]": "3"}, [("2", "3.0000")]),
    "a new one": (SERVICE | {f"{OF_LINE_1}[service_id]": "5"}, [("3", "1.0000")]),
    "left out": ({}, []),
}


@pytest.mark.parametrize(("edit", "services"), SERVICES.values(), ids=SERVICES)
def test_services_are_updated_added_and_removed_as_the_page_says(edit, services):
    lines = held_after(LINE | SERVICE, EDIT | edit)["items"].values()
    assert [(line["id"], line["price"]) for line in lines if line["type"] == "service"] == services


@pytest.mark.parametrize(("sent", "discount"), [("1.5", "1.5000"), ("", "4.0000"), ("calculate", "0.0000")])
def test_the_shop_takes_all_three_forms_of_a_discount(sent, discount):
    assert held_after(LINE | {"discount": "4"}, {"id": "1", "discount": sent})["discount"] == discount


def test_an_order_is_linked_to_a_contact_where_it_has_none():
    assert held_after(LINE, {"id": "1", "contact_id": "7"})["contact_id"] == "7"
    assert save(SimulatedShopScript(), LINE | {"contact_id": "7"})[0] == 200


def test_the_shop_answers_in_both_formats():
    assert call(SimulatedShopScript(), "POST", "shop.order.save", LINE).body == b'{"status":"ok","data":[]}'
    answer = call(SimulatedShopScript(), "POST", "shop.order.save", LINE, query={"format": "xml"})
    assert ET.fromstring(answer.body).findtext("status") == "ok"
