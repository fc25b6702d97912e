"""Dead letters by cause, and the letters of one cause."""

from __future__ import annotations

from flask import Blueprint, render_template
from werkzeug.exceptions import NotFound

from schemas.delivery import State
from schemas.principal import Role
from worker.ops.desk.query import DeliveryQuery
from worker.ops.web.console.reading import asked
from worker.ops.web.current import desk
from worker.ops.web.identity import needs

blp = Blueprint("dead_letters", __name__)


@blp.get("/dead")
@needs(Role.VIEWER)
def causes() -> str:
    query, _, written = asked(("provider", "reason"))
    query = DeliveryQuery(provider=query.provider, reason=query.reason)
    found = sorted(desk().groups(query), key=lambda group: -group.count)
    return render_template("causes.html", causes=found, written=written)


@blp.get("/dead/<provider>/<fingerprint>")
@needs(Role.VIEWER)
def cause(provider: str, fingerprint: str) -> str:
    of_provider = desk().groups(DeliveryQuery(provider=provider))
    found = next((one for one in of_provider if one.fingerprint == fingerprint), None)
    if found is None:
        raise NotFound
    _, cursor, _ = asked(())
    query = DeliveryQuery(provider=provider, state=State.DEAD, fingerprint=fingerprint)
    return render_template("cause.html", cause=found, page=desk().delivery_page(query, cursor))
