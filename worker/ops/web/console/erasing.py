"""Erasing a customer: asked for by e-mail, which goes no further than the form. Counted, confirmed, told: see jobs."""

from __future__ import annotations

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from schemas.bulk_job import JobKind
from schemas.principal import Role
from worker.ops.desk.advice import BadRequest
from worker.ops.web.api.job_shapes import EraseJobSchema
from worker.ops.web.console.jobs import begun
from worker.ops.web.console.reading import form, read, why
from worker.ops.web.current import desk
from worker.ops.web.identity import needs
from worker.ops.web.problems import status_of

blp = Blueprint("erasing", __name__)


@blp.get("/erase")
@needs(Role.ADMIN)
def erase() -> str:
    return render_template("erase.html")


@blp.post("/erase")
@needs(Role.ADMIN)
def begin() -> tuple[str, int] | Response:
    """Counts what names the customer. Nothing is erased before an admin confirms the count."""
    try:
        customer = form("customer", needed="Say the customer's e-mail.")
        return begun(read(EraseJobSchema(), {"kind": JobKind.ERASE, "customer": customer, "why": why()}))
    except BadRequest as error:  # without what was typed: either may have the e-mail in it
        return render_template("erase.html", fault=desk().wording.of(error)), status_of(error)
