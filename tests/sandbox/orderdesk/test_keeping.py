"""What Order Desk makes of an order that is sent, and how it shows it.

Each test names its fact as the section of the wire facts that holds it ("3 quirk 4") and where that was found.
"""

import pytest

from tests.fakes.orderdesk_store import LINE, ORDER, call, create, get
from worker.sandbox.orderdesk import SimulatedOrderDesk

PAYMENT_STATUSES = (
    *("Approved", "Authorized", "Captured", "Fully Refunded", "Partially Refunded", "Pending", "Rejected", "Voided"),
)


@pytest.fixture
def vendor():
    return SimulatedOrderDesk(burst=1000, clock=lambda: 0.0)


def test_a_created_order_is_answered_with_its_id_and_the_totals_the_vendor_makes(vendor):
    """3 operations, order.id [code]; 3 quirk 13 and 3 quirk 1, read-only fields [page]."""
    discounts = [{"name": "Discount", "amount": "1.70"}]
    sent = ORDER | {"shipping_total": 11.17, "handling_total": 0.5, "tax_total": 1.2, "discount_list": discounts}
    status, said = call(vendor, "POST", "/orders", sent | {"order_total": 999, "quantity_total": 999, "id": "5"})
    order = said["order"]
    assert (status, said["status"]) == (201, "success")
    assert order == get(vendor, order["id"])
    assert order["id"] != "5"
    assert [order[name] for name in ("quantity_total", "product_total", "discount_total", "order_total")] == [
        2,
        20,
        1.7,
        31.17,
    ]


@pytest.mark.parametrize(
    ("field", "sent"),
    [
        ("id", "5"),
        ("quantity_total", 999),
        ("weight_total", 999),
        ("product_total", 999),
        ("discount_total", 999),
        ("order_total", 999),
        ("email_count", "999"),
        ("date_updated", "2001-01-01 00:00:00"),
        ("order_shipments", [{"tracking_number": "1Z"}]),
    ],
)
def test_a_field_that_is_read_only_is_ignored(vendor, field, sent):
    """3 quirk 1 [page]; ``date_updated`` is no field to write either."""
    order_id = create(vendor, **{field: sent})
    first = get(vendor, order_id)[field]
    call(vendor, "PUT", f"/orders/{order_id}", ORDER | {field: sent})
    assert sent not in (first, get(vendor, order_id)[field])


def test_ids_are_texts_and_counts_are_numbers(vendor):
    """3 quirk 7 [page]."""
    order = get(vendor, create(vendor))
    assert [type(one) for one in (order["id"], order["order_items"][0]["id"], order["email_count"])] == [str] * 3
    said = call(vendor, "GET", "/orders")[1]
    assert [type(one) for one in (order["folder_id"], order["quantity_total"], said["total_records"])] == [int] * 3


@pytest.mark.parametrize("price", ["10", "9.90", 19, 2.5])
def test_a_price_is_shown_as_the_text_or_the_number_it_was_sent_as(vendor, price):
    """3 quirk 7, "price "10" vs 19" [page]."""
    order = get(vendor, create(vendor, order_items=[LINE | {"price": price}]))
    assert order["order_items"][0]["price"] == price
    assert order["product_total"] == 2 * float(price)


def test_what_nobody_gave_has_the_documented_default(vendor):
    """Page "Orders", order properties; page "Order Items" [page][docs]."""
    order = get(vendor, create(vendor, source_id="", order_items=[{"name": "Glue"}]))
    assert order["source_id"] == order["id"]
    assert [order[name] for name in ("source_name", "payment_status", "folder_id")] == ["Order Desk", "Captured", 21654]
    assert order["date_added"] == "1970-01-01 00:00:00"
    line = order["order_items"][0]
    assert [line[name] for name in ("price", "quantity", "delivery_type")] == [0, 1, "ship"]


@pytest.mark.parametrize(
    ("sent", "balance"), [({}, 20), ({"processor_balance": 0}, 0), ({"processor_balance": "5"}, 5)]
)
def test_the_processors_balance_is_the_orders_total_unless_it_is_given(vendor, sent, balance):
    """Page "Orders": "By default it will be set the same as order_total" [page]."""
    assert get(vendor, create(vendor, **sent))["processor_balance"] == balance


@pytest.mark.parametrize(("given", "empty"), [("customer", "shipping"), ("shipping", "customer")])
def test_an_address_that_is_missing_is_copied_from_the_other(vendor, given, empty):
    """Page "Orders": "If nothing is entered, the array will be copied" [page]."""
    address = {"first_name": "Jimmy", "last_name": "Dean", "address1": "800 Emmet St", "city": "Nashville"}
    sent = {name: value for name, value in ORDER.items() if name != "customer"} | {given: address}
    order = call(vendor, "POST", "/orders", sent)[1]["order"]
    assert {name: order[empty][name] for name in address} == address


def test_a_customers_address_has_two_lines_where_shipping_has_four(vendor):
    """Page "Orders", address properties: "not available for customer address" [page]."""
    lines = {f"address{n}": str(n) for n in range(1, 5)}
    address = {"last_name": "Dean", **lines}
    order = get(vendor, create(vendor, customer=address, shipping=address))
    assert {name: order["shipping"][name] for name in lines} == lines
    assert "address3" not in order["customer"]
    assert "address4" not in order["customer"]


def test_a_source_id_is_taken_as_it_is_sent(vendor):
    """3 quirk 5, "writable on create" [page][code]."""
    assert get(vendor, create(vendor, source_id="412218073"))["source_id"] == "412218073"


def test_a_second_order_of_the_same_source_id_is_a_second_order(vendor):
    """3 idempotency; 5 "Create is idempotent: no"; 6 O1 [inf, assumed]."""
    assert create(vendor) != create(vendor)
    assert [order["key"] for order in vendor.orders()] == ["7", "7"]
    assert vendor.orders()[0]["email_count"] == "2"


def test_orders_of_one_email_are_counted_as_they_come_and_go(vendor):
    """Page "Orders", email_count [page]."""
    kept, changed, gone = (create(vendor) for _ in range(3))
    call(vendor, "PUT", f"/orders/{changed}", ORDER | {"email": "new@b.c"})
    call(vendor, "DELETE", f"/orders/{gone}")
    assert [get(vendor, order_id)["email_count"] for order_id in (kept, changed)] == ["1", "1"]


def test_a_source_name_that_is_not_listed_is_taken(vendor):
    """3 quirk 11, "SDK tests post an unlisted name" [code]."""
    assert get(vendor, create(vendor, source_name="Corner Shop"))["source_name"] == "Corner Shop"


def test_a_card_is_written_under_one_name_and_shown_masked_under_another(vendor):
    """3 quirk 6 [page]."""
    order = get(vendor, create(vendor, cc_number="4242"))
    assert order["cc_number_masked"] == "xxxxxxxxxxxx4242"
    assert "cc_number" not in order
    assert get(vendor, create(vendor, cc_number_masked="xxxxxxxxxxxx4242"))["cc_number_masked"] == ""


def test_an_address_on_the_net_is_not_checked(vendor):
    """3 quirk 9, "Example IP is not valid" [page]."""
    assert get(vendor, create(vendor, ip_address="254.565.44.15"))["ip_address"] == "254.565.44.15"


@pytest.mark.parametrize("status", PAYMENT_STATUSES)
def test_a_payment_status_of_the_list_is_kept(vendor, status):
    """3 quirk 11 [page]."""
    assert get(vendor, create(vendor, payment_status=status))["payment_status"] == status


@pytest.mark.parametrize("delivery_type", ["ship", "noship", "download", "future"])
def test_a_delivery_type_of_the_list_is_kept(vendor, delivery_type):
    """3 quirk 11 [docs]."""
    order = get(vendor, create(vendor, order_items=[LINE | {"delivery_type": delivery_type}]))
    assert order["order_items"][0]["delivery_type"] == delivery_type


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(ORDER | {"order_items": []}, id="3 operations: needs order_items [page]"),
        pytest.param({"order_items": [LINE]}, id="3 operations: needs a name [page]"),
        pytest.param(
            {"order_items": [LINE], "customer_last_name": "Dean"}, id="3 quirk 3: names are nested, not flat [code]"
        ),
        pytest.param(ORDER | {"payment_status": "paid"}, id="3 quirk 11: payment_status is closed [page]"),
        pytest.param(ORDER | {"payment_status": "captured"}, id="3 quirk 11: and spelt with its capital [page]"),
        pytest.param(
            ORDER | {"order_items": [LINE | {"delivery_type": "fly"}]}, id="3 quirk 11: delivery_type is closed [docs]"
        ),
        pytest.param(ORDER | {"discount_list": [{"amount": -1}]}, id="3 quirk 11: discounts are positive [page]"),
        pytest.param([], id="5 body is a JSON object [page]"),
        pytest.param(None, id="5 body is JSON [page]"),
    ],
)
def test_what_breaks_a_rule_is_refused_and_not_kept(vendor, sent):
    status, said = call(vendor, "POST", "/orders", sent)
    assert (status, said["status"]) == (400, "error")
    assert vendor.orders() == []


@pytest.mark.parametrize(
    ("address", "any_taken", "whole_taken"),
    [
        ({"first_name": "Jimmy", "last_name": "Dean"}, True, True),
        ({"company": "Acme"}, True, True),
        ({"last_name": "Dean"}, True, False),
        ({"first_name": "Jimmy"}, True, False),
        ({"city": "Nashville"}, False, False),
    ],
)
def test_a_name_is_asked_for_by_either_rule_of_the_page(address, any_taken, whole_taken):
    """3 quirk 4: the address section wants both names or a company, the create section any [page]."""
    for names, is_taken in (("any", any_taken), ("whole", whole_taken)):
        vendor = SimulatedOrderDesk(names=names)
        assert call(vendor, "POST", "/orders", ORDER | {"customer": address})[0] == (201 if is_taken else 400)


def test_a_name_is_asked_for_at_an_update_too_where_the_rule_is_whole():
    """3 quirk 4 [page]."""
    vendor = SimulatedOrderDesk(names="whole")
    order_id = create(vendor, customer={"company": "Acme"})
    assert call(vendor, "PUT", f"/orders/{order_id}", ORDER)[0] == 400
    assert get(vendor, order_id)["customer"]["company"] == "Acme"


def test_a_quantity_is_cut_to_a_whole_number(vendor):
    """Page "Order Items": "integer format" [docs]."""
    order = get(vendor, create(vendor, order_items=[LINE | {"quantity": "2.9"}]))
    assert order["order_items"][0]["quantity"] == 2


@pytest.mark.parametrize(
    ("notes", "lengths"),
    [
        ([("", "", 1500), ("", "", 1500)], [1500, 500]),
        ([("2026-11-21 09:30:00", "Ada", 1979)], [1978]),
        ([("", "", 2000), ("2026-11-21 09:30:00", "Ada", 1)], [2000]),
        ([("", "", 1800)], [1800]),
    ],
)
def test_notes_beyond_two_thousand_characters_with_dates_and_names_are_lost(vendor, notes, lengths):
    """3 quirk 10 [page]."""
    sent = [{"date_added": at, "username": name, "content": "x" * length} for at, name, length in notes]
    kept = get(vendor, create(vendor, order_notes=sent))["order_notes"]
    assert [len(note["content"]) for note in kept] == lengths


def test_a_new_order_is_hidden_from_the_search_for_a_while_and_never_by_its_id(vendor):
    create(vendor)
    vendor.hide_new(60)
    order_id = create(vendor)
    assert call(vendor, "GET", "/orders?source_id=7", at=59)[1]["total_records"] == 1
    assert call(vendor, "GET", "/orders?source_id=7", at=60)[1]["total_records"] == 2
    assert get(vendor, order_id)["id"] == order_id


@pytest.mark.parametrize(("decimals", "price", "total"), [("", 0.1234, 0.2469), ("2", 0.12, 0.24), ("0", 0, 0)])
def test_a_store_may_keep_amounts_as_they_came_or_to_so_many_decimals(decimals, price, total):
    """3 quirk 13 says who adds up, and no page how finely: a switch."""
    vendor = SimulatedOrderDesk(burst=1000, clock=lambda: 0.0, decimals=decimals)
    fine = {"order_items": [LINE | {"price": 0.1234}], "shipping_total": 0.0001}
    for order_id in (create(vendor, **fine), create(vendor, source_id="8", **fine)):
        call(vendor, "PUT", f"/orders/{order_id}", ORDER | fine)
        held = get(vendor, order_id)
        assert (held["order_items"][-1]["price"], held["shipping_total"]) == (price, 0.0001 if not decimals else 0)
    one = get(vendor, create(vendor, source_id="9", **fine))
    assert one["order_total"] == total
