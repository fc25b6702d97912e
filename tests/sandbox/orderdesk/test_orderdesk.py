import json

import pytest

from tests.fakes.orderdesk_store import HEADERS, LINE, ORDER, ask, call, create, get
from worker.sandbox.orderdesk import API_KEY, OrderDesk


@pytest.fixture
def vendor():
    return OrderDesk(burst=1000, clock=lambda: 0.0)


# the door


@pytest.mark.parametrize("changes", [{"ORDERDESK-API-KEY": "x"}, {"ORDERDESK-STORE-ID": "2"}])
def test_a_wrong_key_is_refused(vendor, changes):
    assert call(vendor, "GET", "/test", headers=HEADERS | changes)[0] == 401
    assert call(vendor, "GET", "/test", headers={})[0] == 401


def test_the_testing_endpoint_tells_the_time(vendor):
    assert call(vendor, "GET", "/test") == (
        200,
        {"status": "success", "message": "Connection Successful", "current_date_time": "1970-01-01 00:00:00"},
    )


def test_the_store_has_folders_and_gives_its_key_away(vendor):
    store = call(vendor, "GET", "/store")[1]["store"]
    assert store["folders"]["21657"] == "Canceled"
    assert store["settings"]["api_key"] == API_KEY


def test_the_bucket_empties_and_fills_again():
    vendor = OrderDesk()
    left = [ask(vendor, "GET", "/test").headers["x-tokens-remaining"] for _ in range(20)]
    assert left == [str(n) for n in range(19, -1, -1)]
    refused = ask(vendor, "GET", "/test", at=0.1)
    assert (refused.status, refused.headers["x-retry-after"], refused.headers["x-tokens-remaining"]) == (429, "1", "0")
    assert ask(vendor, "GET", "/test", at=0.34).status == 200
    assert ask(vendor, "GET", "/test", at=100).headers["x-tokens-remaining"] == "19"


def test_a_throttled_call_has_no_effect():
    vendor = OrderDesk(burst=1)
    create(vendor)
    assert ask(vendor, "POST", "/orders", ORDER).status == 429
    assert len(vendor.orders()) == 1


@pytest.mark.parametrize("path", ["/nothing", "/orders/5", "/orders/x", "/orders/5/order-items", "/"])
def test_what_is_not_there_is_not_found(vendor, path):
    status, said = call(vendor, "GET", path)
    assert (status, said["status"]) == (404, "error")


# creating and reading


def test_an_order_is_kept_and_shown_with_the_totals_the_vendor_makes(vendor):
    discounts = [{"name": "Discount", "amount": "1.70"}]
    sent = ORDER | {"shipping_total": 11.17, "handling_total": 0.5, "tax_total": 1.2, "discount_list": discounts}
    status, said = call(vendor, "POST", "/orders", sent | {"order_total": 999, "quantity_total": 999, "id": "5"})
    order = said["order"]
    assert (status, said["status"]) == (201, "success")
    assert order == get(vendor, order["id"])
    assert isinstance(order["id"], str)
    assert isinstance(order["order_items"][0]["id"], str)
    assert [order[name] for name in ("quantity_total", "product_total", "discount_total", "order_total")] == [
        2,
        20,
        1.7,
        31.17,
    ]
    assert order["processor_balance"] == 31.17


def test_what_nobody_gave_has_the_documented_default(vendor):
    order = get(vendor, create(vendor, source_id=""))
    assert order["source_id"] == order["id"]
    assert [order[name] for name in ("source_name", "payment_status", "folder_id")] == ["Order Desk", "Captured", 21654]
    assert order["shipping"]["last_name"] == "Dean"
    assert order["order_items"][0]["delivery_type"] == "ship"


def test_an_empty_map_is_a_list_as_php_writes_it_and_slashes_are_escaped(vendor):
    order_id = create(vendor, shipping_method="a/b")
    answer = ask(vendor, "GET", f"/orders/{order_id}")
    assert b'"a\\/b"' in answer.body
    order = json.loads(answer.body)["order"]
    assert (order["checkout_data"], order["order_metadata"], order["order_items"][0]["variation_list"]) == ([], [], [])


def test_a_card_is_shown_masked(vendor):
    order = get(vendor, create(vendor, cc_number="4242"))
    assert order["cc_number_masked"] == "xxxxxxxxxxxx4242"
    assert "cc_number" not in order


@pytest.mark.parametrize(
    "sent",
    [
        ORDER | {"order_items": []},
        {"order_items": [LINE]},
        ORDER | {"payment_status": "paid"},
        ORDER | {"order_items": [LINE | {"delivery_type": "fly"}]},
        [],
        None,
    ],
)
def test_what_breaks_a_rule_is_refused_and_not_kept(vendor, sent):
    status, said = call(vendor, "POST", "/orders", sent)
    assert (status, said["status"]) == (400, "error")
    assert vendor.orders() == []


def test_a_second_order_of_the_same_source_id_is_a_second_order(vendor):
    assert create(vendor) != create(vendor)
    assert [order["key"] for order in vendor.orders()] == ["7", "7"]
    assert vendor.orders()[0]["email_count"] == "2"


def test_a_quantity_is_cut_to_a_whole_number(vendor):
    order = get(vendor, create(vendor, order_items=[LINE | {"quantity": "2.9"}]))
    assert order["order_items"][0]["quantity"] == 2


def test_notes_beyond_two_thousand_characters_are_lost(vendor):
    notes = [{"date_added": "", "username": "", "content": letter * 1500} for letter in "ab"]
    kept = get(vendor, create(vendor, order_notes=notes))["order_notes"]
    assert [len(note["content"]) for note in kept] == [1500, 500]


# searching


def test_a_list_is_paged_newest_first(vendor):
    ids = [create(vendor, date_added=f"2026-01-01 00:00:{n:02}") for n in range(60)]
    said = call(vendor, "GET", "/orders?source_id=7")[1]
    assert (said["total_records"], said["records_returned"], said["limit"], said["offset"]) == (60, 50, 50, 0)
    assert [order["id"] for order in said["orders"]] == ids[:9:-1]
    second = call(vendor, "GET", "/orders?order=ASC&limit=999&offset=58")[1]
    assert ([order["id"] for order in second["orders"]], second["limit"]) == (ids[58:], 500)


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ("source_id=7", 1), ("source_id=77", 0), ("source_name=Order+Desk", 1), ("email=a@b.c", 1), ("email=a", 0),
        ("customer_last_name=dea", 1), ("shipping_company=x", 0), ("folder_id=5,21654", 1), ("folder_name=New", 1),
        ("folder_name=Closed", 0), ("search_start_date=2026-01-01+04:00:00", 1), ("search_end_date=2026-01-01+03:59:59", 0),
        ("modified_start_date=2020-01-01", 0), ("search_end_date=nonsense", 1), ("order_by=shipping_last_name", 1),
    ],
)  # fmt: skip
def test_a_search_finds_what_it_asks_for_in_the_stores_own_time(vendor, query, hits):
    create(vendor, date_added="2026-01-01 12:00:00")
    assert call(vendor, "GET", f"/orders?{query}")[1]["total_records"] == hits


def test_a_new_order_is_hidden_from_the_search_for_a_while_and_never_by_its_id(vendor):
    create(vendor)
    vendor.hide_new(60)
    order_id = create(vendor)
    assert call(vendor, "GET", "/orders?source_id=7", at=59)[1]["total_records"] == 1
    assert call(vendor, "GET", "/orders?source_id=7", at=60)[1]["total_records"] == 2
    assert get(vendor, order_id)["id"] == order_id
