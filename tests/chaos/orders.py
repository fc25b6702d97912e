"""What a busy shop tells: many orders, each made, changed, noted, invoiced, refunded in part or cancelled.

Totals of one order only grow from revision to revision, so that a vendor's saves can be told apart by them.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from typing import Any

from tests.fakes.bodies import event_body

Body = dict[str, Any]
WAVE = 40
"""So many orders are under way in the shop at once."""


def told(count: int, chance: random.Random, *, first: int = 0) -> list[Body]:
    """All events of ``count`` orders as the shop tells them: each order's own in their order, mixed with others'."""
    lives = iter([life(number) for number in range(first, first + count)])
    under_way = [deque(one) for one in islice(lives, WAVE)]
    events = []
    while under_way:
        place = chance.randrange(len(under_way))
        events.append(under_way[place].popleft())
        if not under_way[place]:
            under_way[place : place + 1] = [deque(one) for one in islice(lives, 1)]
    return events


def life(n: int) -> list[Body]:
    """The events of one order. A third are changed twice, a quarter noted, and some move money or paper."""
    return list(_life(n, f"N{n}"))


def _life(n: int, number: str) -> Iterator[Body]:
    yield _snapshot(n, number, 1)
    if n % 4 == 0:
        yield _action(number, "noted", {"data.note": {"text": note_text(number), "author": "Kim"}})
    yield _snapshot(n, number, 2)
    if n % 5 == 0:
        invoice = {"number": str(n + 1), "issued_at": "2026-11-21T12:15:00Z"}
        yield _action(number, "invoiced", {"data.invoice": invoice})
    if n % 6 == 0:
        lines = [{"item_id": "1", "quantity": "1", "amount": "1.00"}]
        yield _action(number, "refunded", {"data.refund": {"lines": lines}})
    if n % 3 == 1:
        yield _snapshot(n, number, 3)
    if n % 9 == 0:
        yield _action(number, "cancelled", {"data.cancellation": {"reason": "Changed her mind"}})


def note_text(number: str) -> str:
    return f"Call first about {number}, please."


def grand(body: Body) -> Decimal:
    return Decimal(body["data"]["order"]["totals"]["grand"])


def _snapshot(n: int, number: str, revision: int) -> Body:
    kind = "order.created" if revision == 1 else "order.updated"
    price = str(10 * revision)
    line = {"id": "1", "name": "Mug", "quantity": "1", "unit_price": price, "product_id": "11", "variant_id": "111"}
    named = {"id": f"{number}.{revision}", "subject": number, "revision": revision, "data.order.number": number}
    buyer = {"data.order.customer.email": f"buyer{n}@example.com"}
    worth = {"data.order.items": [line], "data.order.totals": {"grand": price}, "data.order.status": "processing"}
    return event_body(kind, {**named, **buyer, **worth})


def _action(number: str, what: str, changes: dict[str, Any]) -> Body:
    return event_body(f"order.{what}", {"id": f"{number}.{what}", "subject": number, **changes})
