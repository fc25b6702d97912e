"""What people did."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint
from marshmallow import fields

from schemas.principal import Role
from worker.ledger.audit import Deed
from worker.ops.web.api.shapes import WORD, MomentField, SliceSchema, answer, gives, listed, sliced
from worker.ops.web.current import desk
from worker.ops.web.identity import needs

blp = Blueprint("records", __name__, url_prefix="/v1", description="Who did what, when, and why.")


class RecordSchema(SliceSchema):
    """Whose deeds, and from when to when."""

    who = fields.String(validate=WORD)
    since = MomentField(metadata={"type": "string", "description": "RFC 3339, a date, or a span back from now: 2h."})
    until = MomentField(metadata={"type": "string", "description": "RFC 3339, a date, or a span back from now: 2h."})


@blp.get("/audit")
@needs(Role.VIEWER)
@blp.arguments(RecordSchema, location="query")
@gives(blp, listed(Deed))
def audit(asked: dict[str, Any]) -> Response:
    """What people did, newest first."""
    found = desk().deeds(asked.get("since"), asked.get("until"), asked.get("who"))
    return answer(sliced(found, asked))
