"""An OpenBizBox account, an order, and that order as the shop answers it."""

import json
from dataclasses import replace
from decimal import Decimal

from schemas.config import Secret
from schemas.delivery import Link
from schemas.providers.openbizbox import OpenBizBoxOptions
from tests.fakes.snapshots import item, job, order, snapshot
from tests.fakes.wire import converse, open_account, reply
from worker.providers.memory import ProcessMemory
from worker.providers.openbizbox import OpenBizBox
from worker.providers.openbizbox.api import Calls, encode
from worker.providers.openbizbox.mapping import explicit_id, wanted_of

TOKEN = {"access_token": "TOKEN-1", "expires_in": 3600, "token_type": "bearer", "scope": "read write"}
MARK = "[ordercast shop/copenhagen#1001]"
LINKED = Link(order_id="777", line_ids={"line-1": "74"}, notes={"kept": "yes"})


def options(**changes):
    return OpenBizBoxOptions(client_id="client", client_secret=Secret("a&b=c"), **changes)


SLOT = Calls(open_account(OpenBizBox, options()).config, ProcessMemory()).token_slot


def account(*, token="TOKEN-1", **changes):
    opened = open_account(OpenBizBox, options(**changes))
    if token:
        opened.memory.keep(SLOT, token, 3600)
    return opened


def sold(**changes):
    """An order of one line whose article is known."""
    return order(items=[item(1, variant_id="1001")], **changes)


def held(**changes):
    """The order of ``sold`` as the shop answers it."""
    line = {"order_line_id": 74, "variant_id": 1001, "quantity": 2, "price": 10, "price_with_tax": 10, "tax_rate": 0}
    address = {"name": "Ada Lovelace", "street": "Main Street 1", "city": "London", "zip": ""}
    shown = {
        "id": 777,
        "total": 20,
        "total_with_tax": 20,
        "comment": MARK,
        "created_at": "2026-11-21T10:30:00+0100",
        "customer": {"id": 1511, "email": "ada@example.com", "name": "Ada Lovelace"},
        "billing_address": {**address, "country": {"id": "GBR", "title": "United Kingdom"}},
        "currency": {"code": "EUR", "rate": 1},
        "status": {"id": 4, "title": "Pending"},
        "lines": {"products": [line]},
    }
    return shown | changes


def save(*replies, of=None, link=None, **options):
    provider = account(**options)
    return converse(provider.operation(job(snapshot(of or sold()), link=link)).converse(), *replies)


def search(*replies, of=None, **options):
    operation = account(**options).operation(job(snapshot(of or sold())))
    return converse(operation.look_up(), *replies)


def page(*orders, number=1, pages=1):
    return reply(
        body={"total": 1, "page": number, "limit": 100, "pages": pages, "_embedded": {"resources": list(orders)}}
    )


def body(request):
    return json.loads(request.body)


def wanted(of, **changes):
    articles = {line.id: 1000 + place for place, line in enumerate(of.items, 1)}
    return wanted_of(of, "shop/copenhagen", articles, options(**changes))


def wire_body(of, **changes):
    """The body as it is on the wire, its numbers exact."""
    chosen = explicit_id(of.number, changes.get("order_id_offset"))
    return json.loads(encode(wanted(of, **changes).create_body(chosen)), parse_float=Decimal)


def act(event, *replies, link=LINKED, of=None, **options):
    """The requests of an action and what it comes to; the order is linked, and as it was last accepted, unless not."""
    given = replace(job(event, link=link), order=of)
    return converse(account(**options).operation(given).converse(), *replies)


def look(event, *replies, link=LINKED, of=None, **options):
    """What a look-up of an action sees."""
    given = replace(job(event, link=link), order=of)
    return converse(account(**options).operation(given).look_up(), *replies)


def calls_of(requests):
    return [f"{request.method} {request.path}" for request in requests]


CANCELLED = {"id": 8, "title": "Cancelled", "is_cancelled": True}
