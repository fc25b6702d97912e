"""One order with everything that happened to it."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint
from marshmallow import EXCLUDE, Schema, fields

from schemas.principal import Role
from worker.errors import NothingMatched
from worker.ledger.queries.orders import OrderStory
from worker.ops.web.api.shapes import WORD, answer, gives, ref
from worker.ops.web.current import desk
from worker.ops.web.identity import needs

blp = Blueprint("orders", __name__, url_prefix="/v1", description="An order at all providers.")


class OneOrderSchema(Schema):
    """Which order."""

    class Meta:
        unknown = EXCLUDE

    number = fields.String(required=True, validate=WORD)
    source = fields.String(validate=WORD)


@blp.get("/orders")
@needs(Role.VIEWER)
@blp.arguments(OneOrderSchema, location="query")
@gives(blp, ref(OrderStory))
def order(asked: dict[str, Any]) -> Response:
    """An order × all providers, with every attempt that is kept. Say the source where several have that number."""
    found = desk().order(asked["number"], asked.get("source"))
    if found is None:
        raise NothingMatched(f"There is no order {asked['number']}.")
    return answer(found)
