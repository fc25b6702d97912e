"""Deliveries, dead letters by cause, refusals."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint
from marshmallow import fields, validate

from schemas.cause import CauseState, DeadGroup
from schemas.delivery import Delivery
from schemas.principal import Role
from worker.errors import NothingMatched
from worker.ledger.queries.paging import Cursor
from worker.ledger.queries.refusals import Refusal
from worker.ops.desk.query import DeliveryQuery
from worker.ops.web.api.shapes import WORD, ListSchema, PageSchema, answer, gives, listed, ref
from worker.ops.web.current import desk
from worker.ops.web.identity import needs


class CausesSchema(PageSchema):
    """Which causes."""

    provider = fields.String(validate=WORD)
    state = fields.List(fields.Enum(CauseState, by_value=True))
    cursor = fields.String(validate=validate.Length(max=4_000))


blp = Blueprint("deliveries", __name__, url_prefix="/v1", description="What goes to each provider, and what stopped.")


@blp.get("/deliveries")
@needs(Role.VIEWER)
@blp.arguments(ListSchema, location="query")
@gives(blp, listed(Delivery))
def deliveries(asked: tuple[DeliveryQuery, str | None]) -> Response:
    """List deliveries, newest first."""
    page = desk().delivery_page(*asked)
    return answer({"items": page.items, "next": str(page.next) if page.next else None})


@blp.get("/deliveries/<delivery_id>")
@needs(Role.VIEWER)
@gives(blp, ref(Delivery))
def delivery(delivery_id: str) -> Response:
    """One delivery, by its id or the first 8 characters of it."""
    found = desk().delivery(delivery_id)
    if found is None:
        raise NothingMatched(f"The ledger knows no delivery {delivery_id}.")
    return answer(found)


@blp.get("/dead-letters/causes")
@needs(Role.VIEWER)
@blp.arguments(CausesSchema, location="query")
@gives(blp, listed(DeadGroup))
def causes(asked: dict[str, Any]) -> Response:
    """Dead letters by cause, the most numerous first within each provider; without ``state`` those of any."""
    cursor = Cursor.read(asked["cursor"]) if asked.get("cursor") else None
    states = asked.get("state") or list(CauseState)
    page = desk().causes.found.page(asked.get("provider"), states, cursor, asked["limit"])
    return answer({"items": page.items, "next": str(page.next) if page.next else None})


@blp.get("/refusals")
@needs(Role.VIEWER)
@blp.arguments(ListSchema(only=("source", "order", "reason", "since", "until", "cursor", "limit")), location="query")
@gives(blp, listed(Refusal))
def refusals(asked: tuple[DeliveryQuery, str | None]) -> Response:
    """List events that were refused as invalid, newest first, and why. Without their bodies."""
    page = desk().refusal_page(*asked)
    shown: list[Any] = [one.shown for one in page.items]
    return answer({"items": shown, "next": str(page.next) if page.next else None})
