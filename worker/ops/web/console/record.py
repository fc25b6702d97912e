"""What people did."""

from __future__ import annotations

from itertools import islice

from flask import Blueprint, render_template, request

from schemas.principal import Role
from worker.ops.desk.advice import BadRequest
from worker.ops.desk.query import Moment, read_moment
from worker.ops.web.current import desk
from worker.ops.web.identity import needs

blp = Blueprint("record", __name__)

SHOWN = 100


@blp.get("/audit")
@needs(Role.VIEWER)
def audit() -> str:
    written = {name: request.args.get(name, "").strip() for name in ("who", "since", "until")}
    found = desk().deeds(_moment(written["since"]), _moment(written["until"]), written["who"] or None)
    deeds = list(islice(found, SHOWN + 1))
    return render_template("audit.html", deeds=deeds[:SHOWN], written=written, has_more=len(deeds) > SHOWN)


def _moment(text: str) -> Moment | None:
    try:
        return read_moment(text) if text else None
    except (ValueError, OverflowError) as fault:
        raise BadRequest(str(fault)) from fault
