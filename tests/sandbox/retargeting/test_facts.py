"""The simulated vendor keeps to what is known of the real one: each test names its fact in providers.md section 1."""

from __future__ import annotations

import json
from itertools import count

import pytest

from tests.fakes.wire import exchange
from worker.providers import phpform
from worker.providers.base import Request
from worker.sandbox.retargeting import API_KEY, SimulatedRetargeting

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SAVED = '{"version":"1.0","status":200,"message":"OK","data":{"success":true}}'
EXISTS = '{"version":"1.0","status":200,"message":"OK","data":{"error":"Order number exists"}}'
UNAUTHORIZED = '{"version":"1.0","status":"401","message":"Unauthorized","error":"Invalid Authentication Data"}'
ORDER = {
    "order_no": "235", "lastname": "Doe", "firstname": "John", "email": "johndoe@mail.com", "phone": "0722444444",
    "state": "United Kingdom", "city": "London", "address": "Tottenham Street, no. 2", "discount_code": ["EEE30PR"],
    "discount": 50, "shipping": 10, "rebates": 0, "fees": 0, "total": 3800,
}  # fmt: skip
LINES = [
    {"id": 307, "quantity": 5, "price": 500, "variation_code": ""},
    {"id": 105, "quantity": 1, "price": 150, "variation_code": "42-B"},
    {"id": 105, "quantity": 2, "price": 150, "variation_code": "42-W"},
]


def body(order=(), lines=LINES, **top):
    """A whole form; what is ``None`` in ``order`` is left out, as PHP leaves it out."""
    return phpform.encode({"api_key": API_KEY, "0": {**ORDER, **dict(order)}, "1": lines, **top})


def post(vendor, form, path="/order/save.json", headers=FORM, method="POST"):
    return exchange(Request(method, path, "save", headers, form), vendor)


def kept(vendor):
    [held] = vendor.orders()
    return held


def test_an_order_is_saved_by_a_posted_form_alone():
    """Operations [page]: POST; the encoding is a form [code]."""
    vendor = SimulatedRetargeting()
    assert post(vendor, body(), method="GET").status == 404
    assert post(vendor, body(), method="PUT").status == 404
    assert (
        post(vendor, json.dumps({"api_key": API_KEY}).encode(), headers={"Content-Type": "application/json"}).status
        == 401
    )
    assert vendor.orders() == []
    assert post(vendor, body()).text == SAVED


@pytest.mark.parametrize("place", ["query", "header", "bearer"])
def test_the_key_is_a_field_of_the_form_and_nowhere_else(place):
    """Operations [code: 3 clients], and section 5 "Credential place"."""
    keyless = phpform.encode({"0": ORDER, "1": LINES})
    path = f"/order/save.json?api_key={API_KEY}" if place == "query" else "/order/save.json"
    more = {"header": {"api_key": API_KEY}, "bearer": {"Authorization": f"Bearer {API_KEY}"}}.get(place, {})
    assert post(SimulatedRetargeting(), keyless, path, {**FORM, **more}).text == UNAUTHORIZED
    assert post(SimulatedRetargeting(), body()).text == SAVED


def test_the_arguments_are_positional():
    """Operations [code][ran]: order = key ``0``, products = key ``1``."""
    vendor = SimulatedRetargeting()
    named = phpform.encode({"api_key": API_KEY, "order": ORDER, "products": LINES})
    swapped = phpform.encode({"api_key": API_KEY, "1": ORDER, "0": LINES})
    assert [post(vendor, form).status for form in (named, swapped)] == [400, 400]
    post(vendor, body())
    assert (kept(vendor)["order"]["order_no"], len(kept(vendor)["products"])) == ("235", 3)


@pytest.mark.parametrize(
    "call", ["order/update", "order/cancel", "order/delete", "order/refund", "order/get", "order/list", "order/status"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_order_api_only_saves(call, method):
    """Operations [docs]: order has only ``save``; limits and ids [docs]: there is no read method."""
    vendor = SimulatedRetargeting()
    post(vendor, body())
    answer = post(vendor, body(), f"/{call}.json", method=method)
    assert (answer.status, "Unknown method" in answer.text) == (404, True)
    assert len(kept(vendor)["saves"]) == 1


@pytest.mark.parametrize(
    "names",
    [
        pytest.param("0%5B{}%5D=", id="escaped brackets, the vendor's PHP client [ran]"),
        pytest.param("0[{}]=", id="bare brackets, nopCommerce [code]"),
    ],
)
def test_both_spellings_of_the_brackets_are_read(names):
    """Literal wire shape."""
    texts = dict.fromkeys(ORDER, "x") | {"order_no": "235"}
    line = "&1[0][id]=307&1[0][quantity]=1&1[0][price]=1&1[0][variation_code]="
    vendor = SimulatedRetargeting()
    form = f"api_key={API_KEY}&" + "&".join(names.format(name) + text for name, text in texts.items())
    assert post(vendor, (form + line).encode()).text == SAVED
    assert kept(vendor)["order"] == texts


@pytest.mark.parametrize("name", [name for name in ORDER if name != "address"])
def test_each_parameter_of_the_order_is_required(name):
    """Body ``0[…]`` [page]: all "Required"."""
    vendor = SimulatedRetargeting()
    answer = post(vendor, body({name: None}))
    assert json.loads(answer.text) == {
        "version": "1.0", "status": "400", "message": "Bad Request", "error": f"Missing parameter: {name}"
    }  # fmt: skip
    assert vendor.orders() == []


@pytest.mark.parametrize("name", list(LINES[0]))
def test_each_parameter_of_a_line_is_required(name):
    """Body ``1[n][…]`` [page]: id, quantity, price, variation_code."""
    lines = [LINES[0], {**LINES[1], name: None}]
    assert f"Missing parameter: products.{name}" in post(SimulatedRetargeting(), body(lines=lines)).text


def test_an_empty_text_is_there():
    """Body ``1[n][…]`` [page]: ``""`` where there is no variation."""
    vendor = SimulatedRetargeting()
    assert post(vendor, body({"phone": ""})).text == SAVED
    assert kept(vendor)["products"][0]["variation_code"] == ""


def test_an_order_without_lines_is_a_bad_request():
    """Body ``1[n][…]`` [page], and quirk 3 [ran]: an empty list leaves no trace in a form."""
    assert "Missing parameter: products" in post(SimulatedRetargeting(), body(lines=[])).text


def test_a_birthday_may_be_there_or_not():
    """Body ``0[…]`` [code]: optional, in the SDK's Order alone."""
    vendor = SimulatedRetargeting()
    assert post(vendor, body({"birthday": "01-02-1990"})).text == SAVED
    assert kept(vendor)["order"]["birthday"] == "01-02-1990"
    assert post(SimulatedRetargeting(), body()).text == SAVED


def test_success_is_a_number_and_an_error_is_a_text():
    """Recognisers [page]: ``status`` 200 is a number, ``"401"`` a text."""
    vendor = SimulatedRetargeting()
    assert [post(vendor, body()).text, post(vendor, body()).text] == [SAVED, EXISTS]
    assert post(vendor, body(api_key="wrong")).text == UNAUTHORIZED


@pytest.mark.parametrize("honest", [True, False])
def test_the_status_line_may_agree_with_the_body_or_not(honest):
    """Recognisers [code, inf] and R1: not documented, so both are played."""
    vendor = SimulatedRetargeting(honest_status=honest)
    assert post(vendor, body(api_key="wrong")).status == (401 if honest else 200)
    assert post(vendor, body({"total": None})).status == (400 if honest else 200)


def test_an_existing_number_is_answered_with_http_200():
    """Recognisers [page]: "valid request with error message"."""
    vendor = SimulatedRetargeting()
    assert [post(vendor, body()).status for _ in range(2)] == [200, 200]


@pytest.mark.parametrize(
    ("forms", "serial"),
    [
        ([body()], 'a:4:{s:7:"version";s:3:"1.0";s:6:"status";i:200;s:7:"message";s:2:"OK";s:4:"data";a:1:{s:7:"success";b:1;}}'),
        ([body(), body()], 'a:4:{s:7:"version";s:3:"1.0";s:6:"status";i:200;s:7:"message";s:2:"OK";s:4:"data";a:1:{s:5:"error";s:19:"Order number exists";}}'),
        ([b""], 'a:4:{s:7:"version";s:3:"1.0";s:6:"status";s:3:"401";s:7:"message";s:12:"Unauthorized";s:5:"error";s:27:"Invalid Authentication Data";}'),
    ],
    ids=["saved", "exists", "unauthorized"],
)  # fmt: skip
def test_serial_is_what_php_serializes(forms, serial):
    """``.serial`` [ran]: the exact bytes of PHP 8.2."""
    vendor = SimulatedRetargeting()
    assert [post(vendor, form, "/order/save.serial").text for form in forms][-1] == serial


@pytest.mark.parametrize("accept", [None, "*/*", "application/xml", "text/html"])
def test_the_address_alone_chooses_the_format(accept):
    """Limits [ran]: no ``Accept`` header and no user agent are needed."""
    headers = FORM if accept is None else {**FORM, "Accept": accept}
    assert post(SimulatedRetargeting(), body(), headers=headers).text == SAVED
    assert post(SimulatedRetargeting(), body(), "/order/save.serial", headers).text.startswith("a:4:{")
    assert post(SimulatedRetargeting(), body(), "/order/save.xml", headers).status == 404


def test_no_number_of_calls_is_too_many():
    """Limits [docs]: no rate limit is published."""
    vendor, number = SimulatedRetargeting(), count()
    assert {post(vendor, body({"order_no": next(number)})).status for _ in range(200)} == {200}


def test_no_id_comes_back():
    """Limits and ids [page]: ``order_no`` is the only handle."""
    vendor = SimulatedRetargeting()
    assert json.loads(post(vendor, body()).text)["data"] == {"success": True}
    assert kept(vendor)["id"] == kept(vendor)["key"] == "235"


def test_a_number_taken_by_anybody_keeps_what_it_was_sent_first():
    """Idempotency [page], and its caveat [docs]: the shop's own page uses the same numbers."""
    vendor = SimulatedRetargeting()
    post(vendor, body({"total": "from the page"}))
    assert post(vendor, body()).text == EXISTS
    assert (kept(vendor)["order"]["total"], kept(vendor)["repeats"]) == ("from the page", 1)


@pytest.mark.parametrize(
    "spelt",
    [
        pytest.param({"address": "A", "adress": None}, id="examples and official plugins [page][code]"),
        pytest.param({"address": None, "adress": "A"}, id="parameter table [page], nopCommerce [code]"),
        pytest.param({"address": "A", "adress": "A"}, id="both, our default"),
    ],
)
def test_the_street_may_be_spelt_either_way(spelt):
    """Quirk 1."""
    assert post(SimulatedRetargeting(), body(spelt)).text == SAVED


def test_a_street_in_neither_spelling_is_missed_by_the_tables_name():
    """Quirk 1 [page]: the parameter table says ``adress``."""
    assert "Missing parameter: adress" in post(SimulatedRetargeting(), body({"address": None})).text


@pytest.mark.parametrize(
    ("sent", "held"),
    [
        pytest.param("EEE30PR", "EEE30PR", id="text, parameter table [page] and SDK [code]"),
        pytest.param(["EEE30PR"], {"0": "EEE30PR"}, id="list, example [page]"),
        pytest.param(["A", "B"], {"0": "A", "1": "B"}, id="several, JavaScript page [page]"),
        pytest.param("", "", id="empty text, CsCart [code]"),
        pytest.param(0, "0", id="zero, OpenCart [code]"),
        pytest.param("A,B", "A,B", id="joined, nopCommerce [code]"),
    ],
)
def test_a_discount_code_is_taken_in_every_form_that_clients_send(sent, held):
    """Quirk 2."""
    vendor = SimulatedRetargeting()
    assert post(vendor, body({"discount_code": sent})).text == SAVED
    assert kept(vendor)["order"]["discount_code"] == held


@pytest.mark.parametrize("nothing", [None, []], ids=["null", "empty list"])
def test_what_http_build_query_drops_is_missed(nothing):
    """Quirk 3 [ran]: nulls and empty lists disappear from a form, "required" or not."""
    assert "Missing parameter: discount_code" in post(SimulatedRetargeting(), body({"discount_code": nothing})).text


def test_names_and_places_are_kept_as_they_come():
    """Quirks 4 and 5 [page]: the table's words for the names are a slip, and its state holds a country."""
    vendor = SimulatedRetargeting()
    post(vendor, body())
    held = kept(vendor)["order"]
    assert (held["lastname"], held["firstname"], held["state"]) == ("Doe", "John", "United Kingdom")


@pytest.mark.parametrize("total", ["3800", "3800.00", "1"], ids=["example [page]", "nopCommerce [code]", "any"])
def test_a_total_is_never_compared_with_its_parts(total):
    """Quirk 6: the example's own sum contradicts the page's definition."""
    assert post(SimulatedRetargeting(), body({"total": total})).text == SAVED


def test_a_product_may_stand_on_several_lines():
    """Quirk 7 [docs]: one line for each variation."""
    vendor = SimulatedRetargeting()
    post(vendor, body())
    assert [(line["id"], line["variation_code"]) for line in kept(vendor)["products"]][1:] == [
        ("105", "42-B"),
        ("105", "42-W"),
    ]


def test_a_form_cut_between_two_lines_is_saved_without_the_rest():
    """Quirk 8 [inf; mechanism ran]: past ``max_input_vars`` PHP reads no further, and nobody is told."""
    vendor = SimulatedRetargeting(max_input_vars=14 + 1 + 4 * 2 - 1)
    assert post(vendor, body()).text == SAVED
    assert len(kept(vendor)["products"]) == 2


def test_a_form_cut_inside_a_line_misses_the_rest_of_it():
    """Quirk 8 [inf; mechanism ran]."""
    vendor = SimulatedRetargeting(max_input_vars=14 + 1 + 4 * 2 + 1)
    assert "Missing parameter: products.price" in post(vendor, body()).text
