"""Which orders a list of Order Desk shows: every query parameter of the page "Orders", and paging.

Each test names its fact as the section of the wire facts that holds it ("3 operations") and where that was found.
"""

import sys
from urllib.parse import urlencode

import pytest

from tests.fakes.orderdesk_store import LINE, call, create, get
from worker.sandbox.orderdesk import SimulatedOrderDesk


@pytest.fixture
def vendor():
    return SimulatedOrderDesk(burst=1000, clock=lambda: 0.0)


def listed(vendor, **query):
    return call(vendor, "GET", f"/orders?{urlencode(query)}")[1]


PERSON = {"first_name": "Jimmy", "last_name": "Dean", "company": "Acme", "address1": "800 Emmet St", "phone": "208-555"}
FILTERS = {
    "folder_id": ("21654", "21655"),
    "folder_name": ("New", "new"),
    "source_id": ("7", "77"),
    "source_name": ("Order Desk", "FoxyCart"),
    "search_start_date": ("2026-01-01 04:00:00", "2026-01-01 04:00:01"),
    "search_end_date": ("2026-01-01 04:00:00", "2026-01-01 03:59:59"),
    "modified_start_date": ("1969-12-31 16:00:00", "1969-12-31 16:00:01"),
    "modified_end_date": ("1969-12-31 16:00:00", "1969-12-31 15:59:59"),
    "email": ("a@b.c", "a@b"),
    "customer_id": ("5487542", "548"),
    "customer_first_name": ("Jimmy", "Bingo"),
    "customer_last_name": ("Dean", "Little"),
    "customer_company": ("Acme", "Lego"),
    "customer_address1": ("800 Emmet St", "900 Lord"),
    "customer_phone": ("208-555", "209"),
    "shipping_first_name": ("Jimmy", "Bingo"),
    "shipping_last_name": ("Dean", "Little"),
    "shipping_company": ("Acme", "Lego"),
    "shipping_address1": ("800 Emmet St", "900 Lord"),
    "shipping_phone": ("208-555", "209"),
}
"""Each query parameter of the page, with what finds the order and what does not."""


@pytest.mark.parametrize("name", FILTERS)
def test_each_parameter_of_the_page_finds_what_it_asks_for_and_nothing_else(vendor, name):
    """Page "Orders", query parameters [page]. The store is eight hours behind UTC in January."""
    create(vendor, date_added="2026-01-01 12:00:00", customer_id="5487542", customer=PERSON)
    fits, differs = FILTERS[name]
    assert listed(vendor, **{name: fits})["total_records"] == 1
    assert listed(vendor, **{name: differs})["total_records"] == 0


def test_parameters_together_are_all_meant(vendor):
    """3 operations, find by source_id and source_name [page][code]."""
    create(vendor, source_name="FoxyCart")
    assert listed(vendor, source_id="7", source_name="FoxyCart")["total_records"] == 1
    assert listed(vendor, source_id="7", source_name="Order Desk")["total_records"] == 0


def test_several_folders_are_asked_for_by_commas(vendor):
    """Page "Orders", query parameters: "multiple IDs separated by a comma" [page]."""
    create(vendor)
    create(vendor, folder_id=21656)
    create(vendor, folder_id=21657)
    assert listed(vendor, folder_id="21654,21657")["total_records"] == 2


@pytest.mark.parametrize(("added", "local"), [("2026-01-01 12:00:00", 4), ("2026-07-01 12:00:00", 5)])
def test_dates_are_asked_for_in_the_stores_time_and_held_in_utc(vendor, added, local):
    """3 idempotency, "store-local while stored dates are UTC" [page]; in July an hour nearer."""
    create(vendor, date_added=added)
    day = added[:10]
    assert listed(vendor, search_start_date=f"{day} 0{local}:00:00")["total_records"] == 1
    assert listed(vendor, search_start_date=f"{day} 0{local}:00:01")["total_records"] == 0
    assert listed(vendor, search_end_date=f"{day} 0{local - 1}:59:59")["total_records"] == 0
    assert listed(vendor)["orders"][0]["date_added"] == added


def test_an_order_that_is_not_there_is_an_empty_list(vendor):
    """3 operations, "not found = empty list, not 404" [code]."""
    status, said = call(vendor, "GET", "/orders?source_id=8")
    assert (status, said["status"]) == (200, "success")
    assert [said[name] for name in ("total_records", "records_returned", "offset", "limit", "orders")] == [
        0,
        0,
        0,
        50,
        [],
    ]


def test_a_parameter_that_no_page_has_asks_for_nothing(vendor):
    create(vendor)
    assert listed(vendor, shoe_size="43", search_end_date="nonsense")["total_records"] == 1


def test_history_is_shown_where_it_is_asked_for(vendor):
    """Page "Orders", get_order_history [page]."""
    order_id = create(vendor)
    call(vendor, "POST", f"/orders/{order_id}/order-history", {"note": "Called"})
    assert "order_history" not in listed(vendor)["orders"][0]
    assert "order_history" not in listed(vendor, get_order_history="0")["orders"][0]
    assert "order_history" not in get(vendor, order_id)
    assert listed(vendor, get_order_history="1")["orders"][0]["order_history"][0]["note"] == "Called"


# paging and sorting


def test_a_list_is_paged_newest_first(vendor):
    """Page "Orders": by date_added, DESC, 50 a page, at most 500 [page]."""
    ids = [create(vendor, date_added=f"2026-01-01 00:00:{n:02}") for n in range(60)]
    said = listed(vendor, source_id="7")
    assert (said["total_records"], said["records_returned"], said["limit"], said["offset"]) == (60, 50, 50, 0)
    assert [order["id"] for order in said["orders"]] == ids[:9:-1]
    second = listed(vendor, order="ASC", limit="999", offset="58")
    assert ([order["id"] for order in second["orders"]], second["limit"]) == (ids[58:], 500)


def test_pages_by_offset_show_every_order_once(vendor):
    """Page "Orders", limit and offset [page]."""
    ids = {create(vendor) for _ in range(7)}
    pages = [listed(vendor, limit="3", offset=str(offset)) for offset in (0, 3, 6, 9)]
    assert [page["records_returned"] for page in pages] == [3, 3, 1, 0]
    assert {order["id"] for page in pages for order in page["orders"]} == ids


@pytest.mark.parametrize(
    ("order_by", "first"),
    [("date_added", "b"), ("email", "a"), ("order_total", "b"), ("shipping_last_name", "a"), ("source_id", "b")],
)
def test_a_list_is_sorted_by_any_field_and_numbers_by_size(vendor, order_by, first):
    """Page "Orders", order_by and order [page]."""
    create(vendor, email="a", source_id="2", date_added="2026-01-02 00:00:00", order_items=[LINE | {"price": 100}],
           customer={"last_name": "Ada"})  # fmt: skip
    create(vendor, email="b", source_id="1", date_added="2026-01-01 00:00:00", order_items=[LINE | {"price": 9}],
           customer={"last_name": "Bob"})  # fmt: skip
    up = [order["email"] for order in listed(vendor, order_by=order_by, order="ASC")["orders"]]
    assert up[0] == first
    assert [order["email"] for order in listed(vendor, order_by=order_by)["orders"]] == up[::-1]


def test_an_order_among_many_costs_no_more_to_find_than_among_few(vendor):
    def calls_made() -> int:
        """By the last of three times: what is made once and kept is there then."""
        return [calls_of_one() for _ in range(3)][-1]

    def calls_of_one() -> int:
        made = []
        sys.setprofile(lambda _, what, __: made.append(what) if what == "call" else None)
        try:
            found = listed(vendor, source_id="3")
        finally:
            sys.setprofile(None)
        assert found["total_records"] == 1
        return len(made)

    for n in range(5):
        create(vendor, source_id=str(n))
    among_few = calls_made()
    for n in range(5, 200):
        create(vendor, source_id=str(n))
    assert calls_made() == among_few
