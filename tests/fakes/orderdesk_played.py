"""The adapter against the played Order Desk, in this process: an account there, and people who work there too."""

from __future__ import annotations

import json
from dataclasses import replace

from schemas.config import Secret
from schemas.event import EventType
from schemas.providers.orderdesk import OrderDeskOptions
from tests.fakes.snapshots import job, snapshot
from tests.fakes.wire import exchange, open_account, run
from worker.providers.base import Absent, Request
from worker.providers.orderdesk import OrderDesk
from worker.sandbox import orderdesk as played

HEADERS = {"ORDERDESK-STORE-ID": played.STORE_ID, "ORDERDESK-API-KEY": played.API_KEY}
FOLDERS = {"paid": 21655, "shipped": 21656, "cancelled": 21657}


def new_vendor(**settings):
    return played.SimulatedOrderDesk(burst=100_000, **settings)


def account(folders=FOLDERS, **options):
    options = {"store_id": played.STORE_ID, "api_key": Secret(played.API_KEY), "folders": folders} | options
    return open_account(OrderDesk, OrderDeskOptions(**options))


def operation(event, *, link=None, order=None, key=None, **options):
    """What an event comes to; ``order`` is the order as last accepted, ``key`` the delivery's where it matters."""
    given = replace(job(event, link=link), order=order)
    return account(**options).operation(replace(given, idempotency_key=key or given.idempotency_key))


def deliver(vendor, event, **more):
    return run(operation(event, **more).converse(), vendor)


def save(vendor, of, *, link=None, kind=EventType.UPDATED):
    return deliver(vendor, snapshot(of, kind=kind), link=link)


def create(vendor, of):
    return save(vendor, of, kind=EventType.CREATED)


def cut_short(conversation, vendor, calls):
    """Run it until this many calls are done; the answer to the last never comes. Whether it was cut at all."""
    answer = None
    for _ in range(calls):
        try:
            request = next(conversation) if answer is None else conversation.send(answer)
        except StopIteration:
            return False
        answer = exchange(request, vendor, at=0.0)
    conversation.close()
    return True


def settle_doubt(vendor, event, **more):
    """What the next attempt does: look up where that can be done, and converse where it is surely not done."""
    doubtful = operation(event, **more)
    seen = run(doubtful.look_up(), vendor) if doubtful.look_up else Absent()
    return run(doubtful.converse(), vendor) if seen == Absent() else seen


def by_hand(vendor, order_id, **changes):
    """Somebody changes the order at Order Desk."""
    path = f"/orders/{order_id}"
    held = json.loads(exchange(Request("GET", path, "read", HEADERS), vendor).body)["order"]
    held["order_items"] = [line | {"variation_list": line["variation_list"] or {}} for line in held["order_items"]]
    exchange(Request("PUT", path, "hand", HEADERS, json.dumps(held | changes).encode()), vendor)


def only(vendor):
    """The one order that is there."""
    (held,) = vendor.orders()
    return held


def history_of(vendor):
    return [entry["note"] for entry in only(vendor)["order_history"]]
