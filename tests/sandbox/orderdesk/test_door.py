"""Order Desk's door: keys, the token bucket, what a body must be, and the two calls about the store itself.

Each test names its fact as the section of the wire facts that holds it ("3 rate limit") and where that was found.
"""

import json

import pytest

from tests.fakes.orderdesk_store import HEADERS, ORDER, ask, call, create
from tests.fakes.wire import exchange
from worker.providers.base import Request
from worker.sandbox.orderdesk import API_KEY, SimulatedOrderDesk


@pytest.fixture
def vendor():
    return SimulatedOrderDesk(burst=1000, clock=lambda: 0.0)


@pytest.mark.parametrize("changes", [{"ORDERDESK-API-KEY": "x"}, {"ORDERDESK-STORE-ID": "2"}])
def test_a_wrong_key_is_refused(vendor, changes):
    """3 operations, "Auth headers on every call" [page][docs]."""
    assert call(vendor, "GET", "/test", headers=HEADERS | changes)[0] == 401


def test_keys_count_as_headers_alone(vendor):
    """5 "Credential place: 2 headers" [docs]."""
    query = "&".join(f"{name}={text}" for name, text in HEADERS.items())
    assert call(vendor, "GET", f"/test?{query}", headers={})[0] == 401


def test_the_testing_endpoint_tells_the_time_in_utc(vendor):
    """3 operations, probe [docs]."""
    assert call(vendor, "GET", "/test") == (
        200,
        {"status": "success", "message": "Connection Successful", "current_date_time": "1970-01-01 00:00:00"},
    )


def test_the_store_names_its_folders_and_gives_its_key_away(vendor):
    """3 operations, folders: "also returns settings.api_key and smtp fields" [docs]."""
    store = call(vendor, "GET", "/store")[1]["store"]
    assert store["folders"] == {"21654": "New", "21655": "Prepared", "21656": "Closed", "21657": "Canceled"}
    assert store["settings"]["api_key"] == API_KEY
    assert store["settings"]["smtp_password"]


def test_the_store_tells_the_zone_that_its_filters_are_in():
    """3 idempotency, "/store -> settings.timezone" [docs]."""
    vendor = SimulatedOrderDesk(timezone="Europe/Copenhagen")
    assert call(vendor, "GET", "/store")[1]["store"]["settings"]["timezone"] == "Europe/Copenhagen"


# the bucket


def test_the_bucket_holds_twenty_and_fills_by_three_a_second():
    """3 rate limit [docs][code]."""
    vendor = SimulatedOrderDesk()
    left = [ask(vendor, "GET", "/test").headers["x-tokens-remaining"] for _ in range(20)]
    assert left == [str(n) for n in range(19, -1, -1)]
    refused = ask(vendor, "GET", "/test", at=0.1)
    assert (refused.status, refused.headers["x-tokens-remaining"]) == (429, "0")
    assert ask(vendor, "GET", "/test", at=0.34).status == 200
    assert ask(vendor, "GET", "/test", at=100).headers["x-tokens-remaining"] == "19"


def test_half_a_minute_has_room_for_a_hundred_and_ten_calls():
    """3 rate limit, "20 + 3 x 30" [docs]."""
    vendor = SimulatedOrderDesk()
    answered = [ask(vendor, "GET", "/test", at=n / 10).status for n in range(300)]
    assert answered.count(200) in (109, 110)


def test_a_429_says_how_long_in_whole_seconds_under_its_own_name():
    """3 rate limit, "X-Retry-After, not the standard Retry-After"; 6 O3 [docs]."""
    vendor = SimulatedOrderDesk(burst=1, per_second=0.4)
    ask(vendor, "GET", "/test")
    refused = ask(vendor, "GET", "/test")
    assert (refused.status, refused.headers["x-retry-after"]) == (429, "3")
    assert "retry-after" not in refused.headers
    assert json.loads(refused.body)["status"] == "error"


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [("GET", "/nothing", HEADERS), ("POST", "/orders", HEADERS), ("GET", "/test", {})],
    ids=["not found", "refused", "no key"],
)
def test_every_answer_tells_how_many_tokens_are_left(vendor, method, path, headers):
    """3 rate limit, "X-Tokens-Remaining on every answer" [docs]."""
    answer = ask(vendor, method, path, headers=headers)
    assert answer.status >= 400
    assert int(answer.headers["x-tokens-remaining"]) >= 999


def test_a_stranger_takes_no_tokens_of_the_store():
    """3 rate limit, "20 tokens per store" [docs]."""
    vendor = SimulatedOrderDesk(burst=1)
    for _ in range(3):
        ask(vendor, "GET", "/test", headers={})
    assert ask(vendor, "GET", "/test").status == 200


def test_a_throttled_call_has_no_effect():
    """3 recognisers, 429 [docs]."""
    vendor = SimulatedOrderDesk(burst=1)
    create(vendor)
    assert ask(vendor, "POST", "/orders", ORDER).status == 429
    assert len(vendor.orders()) == 1


# what is asked and what is sent


@pytest.mark.parametrize("path", ["/nothing", "/orders/5", "/orders/x", "/orders/5/order-items", "/"])
def test_what_is_not_there_is_not_found(vendor, path):
    status, said = call(vendor, "GET", path)
    assert (status, said["status"]) == (404, "error")


@pytest.mark.parametrize(
    ("method", "tail"),
    [
        ("PATCH", ""),
        ("PATCH", "/order-items/1600001"),
        ("GET", "/order-history"),
        ("PATCH", "/order-items"),
        ("PUT", "/shipments/401"),
        ("POST", "/x"),
    ],
)
def test_a_verb_that_no_page_has_is_not_found(vendor, method, tail):
    assert call(vendor, method, f"/orders/{create(vendor)}{tail}", {})[0] == 404


@pytest.mark.parametrize("spelling", ["orders", "order"])
@pytest.mark.parametrize("tail", ["", "/order-items", "/shipments"])
def test_order_is_spelt_in_the_singular_and_in_the_plural(vendor, spelling, tail):
    """3 quirk 12, "some paths print /order/ singular" [docs]."""
    assert call(vendor, "GET", f"/{spelling}/{create(vendor)}{tail}")[0] == 200


def test_a_filter_in_a_body_makes_a_post_that_creates_nothing(vendor):
    """3 quirk 12, "docs show curl -d, it would become POST" [page]."""
    filters = Request("POST", "/orders", "ask", HEADERS, b"source_name=FoxyCart&order_by=shipping_last_name")
    assert exchange(filters, vendor).status == 400
    assert vendor.orders() == []


def test_a_form_is_not_read(vendor):
    """5 "Body format: JSON" [page]; 3 operations, "plus Content-Type: application/json" [docs]."""
    headers = HEADERS | {"Content-Type": "application/x-www-form-urlencoded"}
    assert call(vendor, "POST", "/orders", ORDER, headers=headers)[0] == 400
    assert vendor.orders() == []


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/orders/{id}"), ("GET", "/orders"), ("POST", "/orders/{id}/shipments")]
)
def test_an_answer_tells_how_long_it_took(vendor, method, path):
    """The answers on the pages "Orders" and "Shipments" [page][docs]."""
    said = call(vendor, method, path.format(id=create(vendor)), {"tracking_number": "n/a"})[1]
    assert "0.0100 seconds" in said["message"] + said.get("execution_time", "")


def test_an_empty_map_is_a_list_as_php_writes_it_and_slashes_are_escaped(vendor):
    """3 quirks 8 and 9 [page]."""
    order_id = create(vendor, shipping_method="a/b")
    answer = ask(vendor, "GET", f"/orders/{order_id}")
    assert b'"a\\/b"' in answer.body
    order = json.loads(answer.body)["order"]
    assert (order["checkout_data"], order["order_metadata"], order["order_items"][0]["variation_list"]) == ([], [], [])


def test_reset_forgets_everything(vendor):
    create(vendor)
    vendor.hide_new(60)
    vendor.reset()
    create(vendor)
    assert call(vendor, "GET", "/orders?source_id=7")[1]["total_records"] == 1
