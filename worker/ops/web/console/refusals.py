"""Events that were refused as invalid: why, and what a corrected one would be."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from schemas.principal import Role
from worker.ledger.queries.refusals import KeptRefusal, Refusals
from worker.ops.desk.advice import BadRequest
from worker.ops.desk.bodies import Bodies
from worker.ops.desk.bulk import BulkAction
from worker.ops.desk.ids import refusal_seq
from worker.ops.web.console.reading import asked, form, why
from worker.ops.web.current import desk
from worker.ops.web.identity import needs, whoever
from worker.ops.web.problems import status_of

blp = Blueprint("refusals_pages", __name__)


@blp.get("/refusals")
@needs(Role.VIEWER)
def refusals() -> str:
    query, cursor, written = asked(("source", "order", "reason", "since", "until"))
    return render_template("refusals.html", page=desk().refusal_page(query, cursor), written=written)


@blp.get("/refusals/<refusal_id>")
@needs(Role.VIEWER)
def refusal(refusal_id: str) -> str:
    return render_template("refusal.html", refusal=_known(refusal_id).shown, text=None)


@blp.get("/refusals/<refusal_id>/body")
@needs(Role.OPERATOR)
def body(refusal_id: str) -> str:
    """What was sent, ready to be corrected: who looked goes on record."""
    found = _known(refusal_id)
    text = Bodies(desk().store).of(refusal_id, source=None, by=whoever()).text
    return render_template("refusal.html", refusal=found.shown, text=text.decode("utf-8", "replace"))


@blp.post("/refusals/<refusal_id>/accept")
@needs(Role.OPERATOR)
def accept(refusal_id: str) -> tuple[str, int] | Response:
    """To the list; or the form again, with what was typed and what is wrong with it."""
    found, bulk = _known(refusal_id), desk().bulk
    try:
        edited = form("edited", needed="The corrected event is empty.").encode() if "edited" in request.form else None
        action = BulkAction("replay", whoever(), (found.shown.id,), why=why(), edited=edited)
        [item] = bulk.run(bulk.select(action))
    except BadRequest as error:
        return _form(found, fault=desk().wording.of(error), wrong=error.field), status_of(error)
    if not item.is_done:
        fault = f"It is still refused: {item.message}"
        return _form(found, fault=fault, wrong="edited"), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(f"Accepted: {item.message or 'it goes to every provider that wants it.'}", "good")
    return redirect(url_for(".refusals"))


def _form(found: KeptRefusal, *, fault: str, wrong: str) -> str:
    """The form of what was refused, as it was sent."""
    text = request.form.get("edited", "")
    return render_template("refusal.html", refusal=found.shown, text=text, reason=form("why"), fault=fault, wrong=wrong)


def _known(refusal_id: str) -> KeptRefusal:
    seq = refusal_seq(refusal_id)
    found = None if seq is None else Refusals(desk().store).find(seq)
    if found is None:
        raise NotFound
    return found
