"""The status, the providers, and their gates."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint
from marshmallow import EXCLUDE, Schema, fields, validate

from schemas.principal import Role
from worker.ledger.queries.activity import MOST_MINUTES, Minute
from worker.ledger.queries.status import GateView, Status
from worker.ops.desk.desk import Account, accounts
from worker.ops.web.api.shapes import WhySchema, answer, gives, listed, ref
from worker.ops.web.current import desk, web
from worker.ops.web.identity import needs, whoever

blp = Blueprint("providers", __name__, url_prefix="/v1", description="How it stands, and each provider's gate.")
GATE = {
    "type": "object",
    "required": ["provider", "changed", "gate"],
    "properties": {"provider": {"type": "string"}, "changed": {"type": "boolean"}, "gate": ref(GateView)},
}


class MinutesSchema(Schema):
    """Of how many minutes."""

    class Meta:
        unknown = EXCLUDE

    minutes = fields.Integer(validate=validate.Range(min=1, max=MOST_MINUTES), load_default=60)


@blp.get("/status")
@needs(Role.VIEWER)
@gives(blp, ref(Status))
def status() -> Response:
    """How everything stands, at most a second ago."""
    return answer(web().board.status())


@blp.get("/activity")
@needs(Role.VIEWER)
@blp.arguments(MinutesSchema, location="query")
@gives(blp, listed(Minute))
def activity(asked: dict[str, Any]) -> Response:
    """What happened in each of the last minutes, of up to two days."""
    return answer({"items": desk().activity(asked["minutes"]), "next": None})


@blp.get("/providers")
@needs(Role.VIEWER)
@gives(blp, listed(Account))
def providers() -> Response:
    """The configured providers, without their secrets, with their gates."""
    return answer({"items": accounts(web().config, desk().gates()), "next": None})


@blp.post("/providers/<name>/pause")
@needs(Role.OPERATOR)
@blp.arguments(WhySchema)
@gives(blp, GATE)
def pause(asked: dict[str, Any], name: str) -> Response:
    """Send nothing to a provider until somebody resumes it."""
    gate = desk().pause(name, by=whoever(), why=asked["why"])
    web().board.forget()
    return answer({"provider": name, "changed": True, "gate": gate})


@blp.post("/providers/<name>/resume")
@needs(Role.OPERATOR)
@blp.arguments(WhySchema)
@gives(blp, GATE)
def resume(asked: dict[str, Any], name: str) -> Response:
    """Open a provider again, whatever closed it."""
    was_closed = desk().resume(name, by=whoever(), why=asked["why"])
    web().board.forget()
    return answer({"provider": name, "changed": was_closed, "gate": desk().gates().get(name)})
