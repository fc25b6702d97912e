"""OpenBizBox: what people may ask of a shop."""

from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest

from schemas.outcome import OutcomeKind, Reason
from tests.fakes.openbizbox import account, calls_of, held, page, sold
from tests.fakes.openbizbox_lane import Lane
from tests.fakes.snapshots import snapshot
from tests.fakes.wire import converse, reply, run
from worker.providers.base import Read


def ask(name, *replies, of="", filters=None, more=None):
    return converse(account().questions[name].ask(of, filters or {}, more), *replies)


def fiql(**filters):
    """The condition that filters come to, and what was read."""
    requests, read = ask("orders", page(held()), filters=filters)
    return parse_qs(urlsplit(requests[0].path).query).get("filter", [""])[0], read


def test_an_order_is_the_vendors_own_tree():
    requests, read = ask("order", reply(body=held(total=20.5)), of="777")
    assert calls_of(requests) == ["GET /api/v2/orders/777.json"]
    assert isinstance(read, Read)
    assert (read.tree["status"], read.tree["total"], read.more) == (
        {"id": 4, "title": "Pending"},
        Decimal("20.5"),
        None,
    )


def test_an_order_that_is_not_there_is_an_unknown_one_and_no_id_is_no_question():
    assert ask("order", reply(404), of="777")[1].reason is Reason.UNKNOWN_ORDER
    requests, refused = ask("order", of="777/../1")
    assert (requests, refused.kind) == ([], OutcomeKind.REJECTED)
    assert ask("order", reply(200, "?"), of="777")[1].kind is OutcomeKind.UNREADABLE


def test_orders_are_read_page_by_page_to_the_last_one():
    requests, read = ask("orders", page(held(), pages=2))
    assert calls_of(requests) == ["GET /api/v3/orders.json?page=1&limit=100"]
    assert ([row["id"] for row in read.tree], read.more) == ([777], "2")
    requests, read = ask("orders", page(held(id=778), number=2, pages=2), more=read.more)
    assert calls_of(requests) == ["GET /api/v3/orders.json?page=2&limit=100"]
    assert ([row["id"] for row in read.tree], read.more) == ([778], None)


@pytest.mark.parametrize(
    ("filters", "asked"),
    [
        ({}, ""),
        ({"email": "ada+x@example.com"}, "email==ada+x@example.com"),
        ({"id": "=gte=1017"}, "id=gte=1017"),
        ({"id": "1017..1020"}, "id=gte=1017;id=lte=1020"),
        ({"created_at": "2026-11-01..2026-11-30"}, "created_at=gte=2026-11-01;created_at=lte=2026-11-30"),
        ({"name": "=like=Yaro*"}, "name=like=Yaro*"),
        ({"name": "A..B"}, "name==A..B"),
        ({"customer": "=in=1507,1509"}, "customer=in=(1507,1509)"),
        ({"customer": "=in=(1507,1509)"}, "customer=in=(1507,1509)"),
        ({"status": "4", "model": "v512", "shipping_method": "flat"}, "status==4;model==v512;shipping_method==flat"),
        ({"modified_at": "=!=2026-11-01"}, "modified_at=!=2026-11-01"),
    ],
)
def test_filters_become_one_condition(filters, asked):
    assert fiql(**filters)[0] == asked


@pytest.mark.parametrize(
    "filters", [{"total": "1"}, {"name": "a;id=gte=1"}, {"name": "*"}, {"email": ""}, {"id": "=in=1;2"}]
)
def test_what_the_search_cannot_be_asked_is_refused_before_it_is_sent(filters):
    requests, refused = ask("orders", filters=filters)
    assert (requests, refused.kind) == ([], OutcomeKind.REJECTED)
    assert refused.message.endswith(".")


def test_a_page_that_is_no_number_is_refused_and_one_that_is_another_is_unreadable():
    assert ask("orders", more="next")[1].kind is OutcomeKind.REJECTED
    assert ask("orders", page(number=3), more="2")[1].kind is OutcomeKind.UNREADABLE
    assert ask("orders", reply(503))[1].kind is OutcomeKind.UNAVAILABLE


def test_the_articles_of_a_model_are_asked_for():
    requests, read = ask("articles", reply(body=[{"model": "v512", "product_id": 1, "variant_id": 1001}]), of="v512")
    assert (calls_of(requests), requests[0].mutating) == (["POST /api/v3/products/mapping.json"], False)
    assert read.tree[0]["variant_id"] == 1001


def test_every_filter_that_is_offered_is_one_that_the_played_shop_knows():
    lane = Lane()
    lane.deliver(snapshot(sold()))
    Lane(lane.shop).deliver(snapshot(sold(number="1002")))
    orders = lane.provider.questions["orders"]
    assert not orders.takes_id
    values = dict.fromkeys(orders.filters, "1") | {
        "created_at": "2026-11-20..2026-11-22",
        "modified_at": "=lt=2026-01-01",
    }
    for name, value in values.items():
        assert isinstance(run(orders.ask("", {name: value}, None), lane.shop), Read), name
    read = run(orders.ask("", {"email": "ada@example.com", "created_at": values["created_at"]}, None), lane.shop)
    assert len(read.tree) == 2
