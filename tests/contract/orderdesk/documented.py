"""The orders, requests and answers that the vendor's page "Orders" (2018-04-30) shows, as plain values."""

from __future__ import annotations

from typing import Any

RETURN_ADDRESS = {
    "title": "Acme",
    "name": "Doug Jones",
    "company": "Acme Manufacturing",
    "address1": "817 E Maple Ln",
    "address2": "",
    "city": "Knoxville",
    "state": "TN",
    "postal_code": "55555",
    "country": "US",
    "phone": "",
}


JIMMY = {
    "first_name": "Jimmy",
    "last_name": "Dean",
    "company": "",
    "address1": "800 Emmet St",
    "address2": "",
    "address3": "",
    "address4": "",
    "city": "Nashville",
    "state": "TN",
    "postal_code": "55555",
    "country": "US",
}
BINGO = {
    "first_name": "Bingo",
    "last_name": "Little",
    "company": "",
    "address1": "900 Lord Business Ave",
    "address2": "",
    "city": "Knoxville",
    "state": "TN",
    "postal_code": "77777",
    "country": "US",
}


PROPERTIES: dict[str, Any] = {
    "id": "26211",
    "email": "test@orderdesk.me",
    "shipping_method": "FedEx Home Delivery",
    "quantity_total": 1,
    "weight_total": 1,
    "product_total": 10,
    "shipping_total": 11.17,
    "handling_total": 0.5,
    "tax_total": 1.2,
    "discount_total": 1.7,
    "order_total": 21.17,
    "cc_number_masked": "xxxxxxxxxxxx4242",
    "cc_exp": "02/2016",
    "processor_response": "Authorize.net Transaction ID: 2221864944",
    "payment_type": "Visa",
    "payment_status": "Approved",
    "processor_balance": 21.17,
    "refund_total": 0.0,
    "customer_id": "5487542",
    "email_count": "3",
    "ip_address": "254.565.44.15",
    "tag_color": "",
    "source_name": "Order Desk",
    "source_id": "412218073",
    "fulfillment_name": "",
    "fulfillment_id": "",
    "tag_name": "success",
    "folder_id": 1,
    "date_added": "2014-10-08 12:10:00",
    "date_updated": "2014-10-09 23:13:47",
    "shipping": {**JIMMY, "phone": ""},
    "customer": {**BINGO, "phone": ""},
    "return_address": RETURN_ADDRESS,
    "checkout_data": {"Gift Message": "Happy Birthday"},
    "order_metadata": {"fraud_protection_score": 0},
    "discount_list": [{"name": "Discount", "code": "MN234DX78", "amount": "1.70"}],
    "order_notes": [
        {
            "date_added": "2014-10-09 23:12:05",
            "username": "Customer Service Rep",
            "content": "Customer called to change shipping address",
        }
    ],
    "order_items": [
        {
            "id": "42286",
            "name": "Crazy Glue",
            "price": "10",
            "quantity": 1,
            "weight": 1,
            "code": "crzyg-554",
            "delivery_type": "ship",
            "category_code": "DEFAULT",
            "variation_list": {"Size": "Small", "Color": "Black"},
            "metadata": {"image": "image_url_here"},
        }
    ],
    "order_shipments": [
        {
            "id": "369",
            "order_id": "26211",
            "store_id": "11",
            "tracking_number": "1Z132456789",
            "carrier_code": "",
            "shipment_method": "",
            "weight": "0",
            "cost": "0",
            "status": "",
            "tracking_url": "",
            "label_format": "",
            "label_image": "",
            "order_items": "",
            "print_status": "1",
            "cart_shipment_id": "",
            "date_shipped": "2014-10-09",
            "date_added": "2014-10-09 23:08:49",
        }
    ],
}
"""Section "Order Properties"."""

SHOWN: dict[str, Any] = {
    **PROPERTIES,
    "id": "925086",
    "email": "myemail@server.com",
    "shipping_method": "",
    "quantity_total": 1,
    "weight_total": 2.375,
    "product_total": 19,
    "shipping_total": 0,
    "handling_total": 0,
    "tax_total": 0,
    "discount_total": 0,
    "order_total": 19,
    "processor_balance": 19,
    "refund_total": 0,
    "processor_response": "Authorize.net Transaction ID:2231994036",
    "customer_id": "8173875",
    "ip_address": "181.16.150.12",
    "source_name": "FoxyCart",
    "source_id": "648714418",
    "tag_name": "",
    "folder_id": 64,
    "date_added": "2015-04-15 12:12:10",
    "date_updated": "2015-04-15 15:32:04",
    "shipping": {**JIMMY, "phone": "208-555-5555"},
    "customer": {**BINGO, "phone": "208-555-5555"},
    "checkout_data": {"Order Notes": "Please leave by back door"},
    "discount_list": [],
    "order_notes": [],
    "order_shipments": [],
    "order_items": [
        {
            "id": "1670028",
            "name": "Subscription Product",
            "price": 19,
            "quantity": 1,
            "weight": 2.375,
            "code": "126478",
            "delivery_type": "ship",
            "category_code": "DEFAULT",
            "variation_list": [],
            "metadata": {"image": "http://img1.wikia.nocookie.net/images/rick-astley.jpg"},
        }
    ],
}
"""The order of the answers in "Get a Single Order" and "Get Multiple Orders"."""

TOOK = {"status": "success", "message": "Execution took 0.0208 seconds"}
GET_ANSWER = {**TOOK, "order": SHOWN}
LIST_ANSWER = {**TOOK, "total_records": 1, "records_returned": 1, "offset": 0, "limit": 50, "orders": [SHOWN]}
"""The page's own text lacks two closing brackets here."""

LIST_QUERY = {
    "source_name": "FoxyCart",
    "search_start_date": "2015-04-15 12:05:06",
    "order_by": "shipping_last_name",
}
HISTORY_REQUEST = {"note": "My New Note", "source_name": "API"}
HISTORY_ENTRY = {"source_name": "API", "note": "My New Note", "date_added": "2015-10-28 23:14:30"}
HISTORY_ANSWER = {
    "status": "success",
    "execution_time": "0.1524 seconds",
    "total_records": 1,
    "order": {**SHOWN, "order_history": [HISTORY_ENTRY]},
}

READ_ONLY = frozenset(
    {"id", "quantity_total", "weight_total", "product_total", "discount_total", "order_total", "email_count"}
)
"""Marked so in the page's table. ``date_updated`` and ``order_shipments`` are not, but may not be written either."""
