"""canonical-event.md, "Order Desk": each canonical field goes where the mapping says, with its fallbacks.

An event comes in through the door, and the played store shows what it made of the request: the vendor's own reading.
"""

import pytest

from tests.contract.orderdesk.desk import at, open_desk, snapshot

PERSON = {"first_name": "Bingo", "last_name": "Little"}
ROAD = {f"address{n}": f"Line {n}" for n in range(1, 5)}
PLACE = {**ROAD, "city": "Knoxville", "state": "TN", "postal_code": "77777", "country": "US", "phone": "1"}
RETURN = {
    "title": "Acme",
    "name": "Doug Jones",
    "company": "Acme Manufacturing",
    "address1": "817 E Maple Ln",
    "address2": "Dock 3",
    "city": "Knoxville",
    "state": "TN",
    "postal_code": "55555",
    "country": "US",
    "phone": "3",
}
NOBODY = {"email": "a@b.c"}

# canonical fields below data.order; the vendor's field; its value
ROWS = {
    "source_id from the key": ({}, "source_id", "1001"),
    "email from the customer": ({"customer.email": "ada@example.com"}, "email", "ada@example.com"),
    "no email": ({"customer": PERSON}, "email", ""),
    "shipping_method from the title": ({"shipping": {"title": "Ground", "method": "g"}}, "shipping_method", "Ground"),
    "shipping_method from the method": ({"shipping": {"method": "g"}}, "shipping_method", "g"),
    "no shipping_method": ({}, "shipping_method", ""),
    "cc_number from card_last4": ({"payment": {"card_last4": "4242"}}, "cc_number_masked", "xxxxxxxxxxxx4242"),
    "cc_exp from card_expiry": ({"payment": {"card_expiry": "02/2016"}}, "cc_exp", "02/2016"),
    "processor_response from gateway and transaction": (
        {"payment": {"gateway": "Authorize.net", "transaction_id": "2221864944"}},
        "processor_response",
        "Authorize.net: 2221864944",
    ),
    "processor_response from the transaction alone": (
        {"payment": {"transaction_id": "2221864944"}},
        "processor_response",
        "2221864944",
    ),
    "no processor_response from the gateway alone": ({"payment": {"gateway": "Stripe"}}, "processor_response", ""),
    "payment_type from the title": ({"payment": {"title": "Visa", "method": "card"}}, "payment_type", "Visa"),
    "payment_type from the method": ({"payment": {"method": "card"}}, "payment_type", "card"),
    "processor_balance from balance": ({"payment": {"balance": "21.17"}}, "processor_balance", 21.17),
    "processor_balance of nothing is nothing": ({"payment": {"balance": "0"}}, "processor_balance", 0),
    "no processor_balance is the vendor's default": ({}, "processor_balance", 25.5),
    "refund_total is no snapshot's": ({"status": "refunded"}, "refund_total", 0),
    "customer_id from the customer": ({"customer.id": "5487542"}, "customer_id", "5487542"),
    "ip_address from the customer": ({"customer.ip_address": "192.0.2.7"}, "ip_address", "192.0.2.7"),
    "date_added from placed_at": ({"placed_at": "2026-11-21T10:30:00+01:00"}, "date_added", "2026-11-21 09:30:00"),
    "checkout_data from attributes": (
        {"attributes": {"Gift Message": "Happy Birthday"}},
        "checkout_data.Gift Message",
        "Happy Birthday",
    ),
    "checkout_data from the comment": ({"comment": "By the back door"}, "checkout_data.Comment", "By the back door"),
    "checkout_data from both": (
        {"comment": "Door", "attributes": {"Comment": "Bell"}},
        "checkout_data.Comment",
        "Bell\nDoor",
    ),
    "order_metadata from metadata": (
        {"metadata": {"fraud_protection_score": 0}},
        "order_metadata.fraud_protection_score",
        0,
    ),
    "order_metadata with our source": ({}, "order_metadata.ordercast_source", "shop/test"),
    "order_metadata with our number": ({}, "order_metadata.ordercast_number", "1001"),
    "order_metadata with the currency": ({"currency": "USD"}, "order_metadata.ordercast_currency", "USD"),
    "order_metadata with the pickup point": (
        {"shipping": {"pickup_point": {"id": "7", "name": "Kiosk"}}},
        "order_metadata.ordercast_pickup_point",
        "7 Kiosk",
    ),
    "a note's date_added": (
        {"notes": [{"text": "Called", "created_at": "2026-11-20T23:12:05+01:00"}]},
        "order_notes.0.date_added",
        "2026-11-20 22:12:05",
    ),
    "a note's date_added is else the event's": ({"notes": [{"text": "A"}]}, "order_notes.0.date_added", "2026-11-21 09:30:00"),
    "a note's username": ({"notes": [{"text": "Called", "author": "Kim"}]}, "order_notes.0.username", "Kim"),
    "a note's content": ({"notes": [{"text": "Called"}]}, "order_notes.0.content", "Called"),
    "customer's own names": (
        {"customer": PERSON, "billing_address": {"first_name": "Jimmy", "last_name": "Dean"}},
        "customer.last_name",
        "Little",
    ),
    "customer's names from billing": ({"customer": NOBODY, "billing_address": PERSON}, "customer.first_name", "Bingo"),
    "customer's names from shipping": ({"customer": NOBODY, "shipping_address": PERSON}, "customer.first_name", "Bingo"),
    "customer's one name twice": ({"customer": {"last_name": "Little"}}, "customer.first_name", "Little"),
    "customer's company from billing": ({"billing_address": {"company": "Acme"}}, "customer.company", "Acme"),
    "customer's address2 from lines 2 to 4": ({"billing_address": ROAD}, "customer.address2", "Line 2, Line 3, Line 4"),
    "customer's address from shipping": ({"shipping_address": PLACE}, "customer.city", "Knoxville"),
    "customer's phone is the customer's": ({"customer.phone": "2", "billing_address": PLACE}, "customer.phone", "2"),
    "customer's phone from billing": ({"billing_address": PLACE}, "customer.phone", "1"),
    "shipping's own names": ({"shipping_address": {"first_name": "Jimmy", "last_name": "Dean"}}, "shipping.last_name", "Dean"),
    "shipping's names from the customer": ({"shipping_address": ROAD, "customer": PERSON}, "shipping.last_name", "Little"),
    "shipping's names from billing": (
        {"customer": NOBODY, "shipping_address": ROAD, "billing_address": PERSON},
        "shipping.last_name",
        "Little",
    ),
    "shipping's address from billing": ({"billing_address": PLACE}, "shipping.address4", "Line 4"),
}  # fmt: skip
ROWS |= {
    f"customer's {name} from billing": ({"billing_address": PLACE}, f"customer.{name}", PLACE[name])
    for name in ("address1", "city", "state", "postal_code", "country")
}
ROWS |= {
    f"shipping's {name}": (
        {"shipping_address": PLACE, "billing_address": {"city": "Nashville"}},
        f"shipping.{name}",
        told,
    )
    for name, told in PLACE.items()
}
ROWS |= {
    f"return_address's {name}": ({"return_address": RETURN}, f"return_address.{name}", told)
    for name, told in RETURN.items()
}

OF_PAYMENT = {
    "approved": "Approved",
    "authorized": "Authorized",
    "captured": "Captured",
    "pending": "Pending",
    "partially_refunded": "Partially Refunded",
    "refunded": "Fully Refunded",
    "rejected": "Rejected",
    "voided": "Voided",
}
OF_ORDER = {
    **dict.fromkeys(("pending", "on_hold"), "Pending"),
    "authorized": "Authorized",
    "cancelled": "Voided",
    "refunded": "Fully Refunded",
    **dict.fromkeys(("paid", "processing", "shipped", "completed"), "Captured"),
}


@pytest.mark.parametrize(("changes", "path", "told"), ROWS.values(), ids=ROWS)
def test_a_canonical_field_goes_where_the_mapping_says(changes, path, told):
    assert at(open_desk().save(changes), path) == told


@pytest.mark.parametrize("status", OF_PAYMENT)
def test_payment_status_is_the_payments_before_the_orders(status):
    assert (
        open_desk().save({"status": "pending", "payment": {"status": status}})["payment_status"] == OF_PAYMENT[status]
    )


@pytest.mark.parametrize("status", OF_ORDER)
@pytest.mark.parametrize("payment", [{}, {"payment": {"method": "card"}}], ids=["no payment", "no status in it"])
def test_payment_status_is_derived_from_the_orders_where_the_payment_has_none(status, payment):
    assert open_desk().save({"status": status, **payment})["payment_status"] == OF_ORDER[status]


def test_payment_status_is_captured_where_nothing_is_known():
    assert open_desk().save()["payment_status"] == "Captured"


@pytest.mark.parametrize(("options", "name"), [({"source_name": "FoxyCart"}, "FoxyCart"), ({}, "Order Desk")])
def test_source_name_is_the_accounts_or_the_vendors_default(options, name):
    assert open_desk(**options).save()["source_name"] == name


@pytest.mark.parametrize(("status", "folder"), [("shipped", 21656), ("paid", 21654)])
def test_folder_id_is_by_the_accounts_map_or_the_first(status, folder):
    assert open_desk(folders={"shipped": 21656}).save({"status": status})["folder_id"] == folder


def test_the_key_may_name_the_source():
    assert open_desk(order_key="{source}#{number}").save()["source_id"] == "shop/test#1001"


def test_a_revision_is_kept_hidden():
    desk = open_desk()
    desk.cast(snapshot(revision=4))
    assert desk.held["order_metadata"]["ordercast_revision"] == "4"


def test_the_delivery_is_named_in_hidden_metadata():
    desk = open_desk()
    event = snapshot()
    desk.cast(event)
    assert desk.held["order_metadata"]["ordercast_delivery"] == desk.job(event).delivery_id


def test_an_order_without_a_return_address_has_a_blank_one():
    assert set(open_desk().save()["return_address"].values()) == {""}


def test_notes_that_find_no_room_become_history():
    notes = [{"text": letter * 900, "author": "Kim"} for letter in "abc"]
    held = open_desk().save({"notes": notes})
    assert [note["content"][0] for note in held["order_notes"]] == ["a", "b"]
    assert [letter * 900 in "".join(entry["note"] for entry in held["order_history"]) for letter in "abc"] == [
        False,
        False,
        True,
    ]
