"""Order Desk's answers and our orders, for tests of what the adapter makes of them."""

from __future__ import annotations

import json

from schemas.config import Secret
from schemas.delivery import Link
from schemas.event import EventType
from schemas.providers.orderdesk import OrderDeskOptions
from tests.fakes.snapshots import job, order, snapshot
from tests.fakes.wire import converse, open_account, reply
from worker.providers.orderdesk import OrderDesk

LINKED = Link(order_id="925086", line_ids={"line-1": "42286"}, notes={"kept": "yes"})


def account(*, currency=None, **options):
    return open_account(OrderDesk, OrderDeskOptions(store_id="S", api_key=Secret("K"), **options), currency=currency)


def success(**parts):
    return reply(200, {"status": "success", **parts})


def line(line_id="42286", item_id="line-1", **changes):
    metadata = {"ordercast_item": item_id} if item_id else []
    fields = {"id": line_id, "name": "Product 1", "price": "10", "quantity": 2, "code": "", "metadata": metadata}
    return {**fields, "variation_list": [], "fulfillment_method": "", **changes}


def held(*lines, **changes):
    """Our order as Order Desk shows it."""
    ours = {"ordercast_source": "shop/copenhagen", "ordercast_number": "1001"}
    fields = {"id": "925086", "source_id": "1001", "order_metadata": ours, "order_items": list(lines or [line()])}
    return {**fields, "checkout_data": [], "order_notes": [], "order_shipments": [], "order_total": 20, **changes}


def listed(*orders):
    return success(total_records=len(orders), records_returned=len(orders), offset=0, limit=50, orders=list(orders))


def save(event, *replies, link=None, **options):
    return converse(account(**options).operation(job(event, link=link)).converse(), *replies)


def created(**changes):
    return snapshot(order(**changes))


def updated(**changes):
    return snapshot(order(**changes), kind=EventType.UPDATED)


def steps(requests):
    return [f"{request.method} {request.path}" for request in requests]


def body_of(request):
    return json.loads(request.body)
