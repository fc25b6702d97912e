"""Deliveries: a list by filters, one with its attempts, and what may be done with it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from schemas.delivery import FINAL_STATES, State
from schemas.principal import Role
from worker.ledger.queries.deliveries import OPEN_STATES
from worker.ledger.queries.orders import DeliveryStory
from worker.ops.desk.advice import BadRequest
from worker.ops.desk.bodies import Bodies
from worker.ops.desk.bulk import BulkAction, BulkItem, Verb
from worker.ops.desk.correction import UNCHANGED
from worker.ops.web.console.reading import asked, form, why
from worker.ops.web.current import desk, web
from worker.ops.web.identity import needs, whoever
from worker.ops.web.problems import status_of

blp = Blueprint("deliveries_pages", __name__)

EMPTY = "The corrected event is empty."


@blp.get("/deliveries")
@needs(Role.VIEWER)
def deliveries() -> str:
    query, cursor, written = asked()
    page = desk().delivery_page(query, cursor)
    return render_template(
        "deliveries.html", page=page, written=written, states=list(State), providers=list(web().config.providers)
    )


@blp.get("/deliveries/<delivery_id>")
@needs(Role.VIEWER)
def delivery(delivery_id: str) -> str:
    found = _known(delivery_id)
    waits = desk().closed().get(found.provider, "") if found.state in OPEN_STATES else ""
    return render_template("delivery.html", delivery=found, final=FINAL_STATES, waits=waits)


@blp.get("/deliveries/<delivery_id>/event")
@needs(Role.OPERATOR)
def event(delivery_id: str) -> str:
    """The whole event, ready to be corrected: who looked goes on record."""
    found = _known(delivery_id)
    body = Bodies(desk().store).of(found.id, source=None, by=whoever())
    return render_template("event.html", delivery=found, text=body.text.decode(), edited=found.provider in body.edited)


@blp.get("/deliveries/<delivery_id>/rehearsal")
@needs(Role.OPERATOR)
def rehearsal(delivery_id: str) -> str:
    """What would be sent now, and how it differs: nothing is sent. Who looked goes on record."""
    found = _known(delivery_id)
    told = desk().rehearsals.rehearse(found.id, by=whoever())
    return render_template("rehearsal.html", delivery=found, told=told)


@blp.post("/deliveries/<delivery_id>/preview")
@needs(Role.OPERATOR)
def preview(delivery_id: str) -> str:
    """What a corrected event would change, and what would become of it, before anything is sent."""
    found = _known(delivery_id)
    shown = desk().rehearsals.edit_preview(found.id, request.form.get("edited", "").encode(), by=whoever())
    return _form(found, preview=shown)


@blp.post("/deliveries/<delivery_id>/second")
@needs(Role.OPERATOR)
def second(delivery_id: str) -> str | tuple[str, int] | Response:
    """The corrected event as a second order, with an id of its own, for every provider that wants it. It is accepted
    when somebody confirms what they were shown of it."""
    found, orders = _known(delivery_id), desk().second_orders
    try:
        planned, reason = orders.plan(found.id, form("edited", needed=EMPTY).encode()), why()
        if form("confirmed") != planned.digest:
            return _form(found, second=planned)
        event_id = orders.accept(planned, by=whoever(), why=reason)
    except BadRequest as error:
        return _form(found, fault=desk().wording.of(error), wrong=error.field), status_of(error)
    flash(f"Accepted as a second order: event {event_id}.", "good")
    return redirect(url_for("orders_pages.order", number=planned.event.subject, source=planned.event.source))


@blp.post("/deliveries/<delivery_id>/<any(replay, discard):deed>")
@needs(Role.OPERATOR)
def undo(delivery_id: str, deed: str) -> tuple[str, int] | Response:
    """One delivery at once, with what came of it: a job is for many."""
    found = _known(delivery_id)
    verb: Verb = "replay" if deed == "replay" else "discard"
    if verb == "replay" and "edited" in request.form:
        return _replayed_edited(found)
    for item in _done(BulkAction(verb, whoever(), (found.id,), why=why(), force="force" in request.form)):
        _tell(item)
    return redirect(url_for(".delivery", delivery_id=found.id))


def _replayed_edited(found: DeliveryStory) -> tuple[str, int] | Response:
    """To the delivery; or the form again, with what was typed and what is wrong with it."""
    try:
        edited, force = form("edited", needed=EMPTY).encode(), "force" in request.form
        [item] = _done(BulkAction("replay", whoever(), (found.id,), why=why(), force=force, edited=edited))
    except BadRequest as error:
        return _form(found, fault=desk().wording.of(error), wrong=error.field), status_of(error)
    if not item.is_done:
        fault = f"Nothing was done. {item.message}"
        page = _form(found, fault=fault, wrong="edited", is_same=item.message == UNCHANGED)
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    _tell(item)
    return redirect(url_for(".delivery", delivery_id=found.id))


def _done(action: BulkAction) -> list[BulkItem]:
    bulk = desk().bulk
    return list(bulk.run(bulk.select(action)))


def _form(found: DeliveryStory, **more: Any) -> str:
    """The form of the event, as it was sent."""
    text = request.form.get("edited", "")
    return render_template("event.html", delivery=found, text=text, edited=False, reason=form("why"), **more)


def _tell(item: BulkItem) -> None:
    if item.is_done:
        flash(f"{item.id[:8]} is {item.result}.", "good")
    else:
        flash(f"{item.id[:8]} was not touched: {item.message}", "bad")


def _known(delivery_id: str) -> DeliveryStory:
    found = desk().delivery(delivery_id)
    if found is None:
        raise NotFound
    return found
