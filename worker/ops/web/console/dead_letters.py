"""Dead letters by cause: what is open, who sees to it, and the letters of one cause."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from schemas.cause import CauseState
from schemas.delivery import State
from schemas.principal import Role
from worker.ledger.cause_marks import CauseDeed
from worker.ledger.queries.paging import Cursor
from worker.ops.desk.advice import BadRequest
from worker.ops.desk.query import DeliveryQuery, Moment, read_moment
from worker.ops.web.console.reading import asked, form, why
from worker.ops.web.current import desk
from worker.ops.web.identity import needs, whoever

blp = Blueprint("dead_letters", __name__)

UNENDED = (CauseState.OPEN, CauseState.REPLAYING)
PAGE = 50


@blp.get("/dead")
@needs(Role.VIEWER)
def causes() -> str:
    provider, said = request.args.get("provider") or None, request.args.getlist("state")
    states = [state for state in CauseState if state.value in said] or list(UNENDED)
    cursor = Cursor.read(request.args["cursor"]) if request.args.get("cursor") else None
    page = desk().causes.found.page(provider, states, cursor, PAGE)
    return render_template("causes.html", page=page, provider=provider or "", chosen=states, states=list(CauseState))


@blp.get("/dead/<provider>/<fingerprint>")
@needs(Role.VIEWER)
def cause(provider: str, fingerprint: str) -> str:
    found = desk().causes.find(provider, fingerprint)
    _, cursor, _ = asked(())
    query = DeliveryQuery(provider=provider, state=State.DEAD, fingerprint=found.fingerprint)
    return render_template("cause.html", cause=found, page=desk().delivery_page(query, cursor))


@blp.post("/dead/<provider>/<fingerprint>/<any(note, take, release, ignore, reopen):deed>")
@needs(Role.OPERATOR)
def mark(provider: str, fingerprint: str, deed: str) -> Response:
    """What somebody says of a cause: on record, and seen by all."""
    found, by = desk().causes, whoever()
    if deed == CauseDeed.NOTE:
        found.note(provider, fingerprint, form("note", needed="The note is empty."), by=by)
    elif deed == CauseDeed.IGNORE:
        found.ignore(provider, fingerprint, by=by, why=why(), until=_until(), more=_more())
    else:
        found.mark(provider, fingerprint, CauseDeed(deed), by=by)
    flash({"note": "The note is kept.", "take": "You see to this cause.", "release": "Nobody sees to this cause now.",
           "ignore": "This cause is ignored.", "reopen": "This cause is open again."}[deed], "good")  # fmt: skip
    return redirect(url_for(".cause", provider=provider, fingerprint=fingerprint))


def _until() -> Moment | None:
    said = form("until")
    if not said:
        return None
    try:
        return read_moment(said)
    except (ValueError, OverflowError) as fault:
        raise BadRequest(str(fault), field="until") from fault


LONGEST = 10
"""Digits of a number that anybody means."""


def _more() -> int | None:
    said = form("more")
    if not said:
        return None
    if not (said.isdecimal() and said.isascii() and len(said) < LONGEST and int(said)):
        raise BadRequest("Say after how many more letters: a whole number from 1 on.", field="more")
    return int(said)
