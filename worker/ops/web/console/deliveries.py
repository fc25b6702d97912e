"""Deliveries: a list by filters, one with its attempts, and what may be done with it."""

from __future__ import annotations

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
from worker.ops.web.console.reading import asked, form, why
from worker.ops.web.current import desk, web
from worker.ops.web.identity import needs, whoever

blp = Blueprint("deliveries_pages", __name__)


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
    found, text = _known(delivery_id), request.form.get("edited", "")
    shown = desk().rehearsals.edit_preview(found.id, text.encode(), by=whoever())
    return render_template("event.html", delivery=found, text=text, edited=False, preview=shown, reason=form("why"))


@blp.post("/deliveries/<delivery_id>/second")
@needs(Role.OPERATOR)
def second(delivery_id: str) -> Response:
    """The corrected event as a second order, with an id of its own, for every provider that wants it."""
    found, orders = _known(delivery_id), desk().second_orders
    planned = orders.plan(found.id, form("edited", needed="The corrected event is empty.").encode())
    event_id = orders.accept(planned, by=whoever(), why=why())
    flash(f"Accepted as a second order: event {event_id}.", "good")
    return redirect(url_for("orders_pages.order", number=planned.event.subject, source=planned.event.source))


@blp.post("/deliveries/<delivery_id>/<any(replay, discard):deed>")
@needs(Role.OPERATOR)
def undo(delivery_id: str, deed: str) -> Response:
    """One delivery at once, with what came of it: a job is for many."""
    found = _known(delivery_id)
    edited = form("edited").encode() if "edited" in request.form else None
    if edited is not None and not edited:
        raise BadRequest("The corrected event is empty.", field="edited")
    force = "force" in request.form
    verb: Verb = "replay" if deed == "replay" else "discard"
    bulk = desk().bulk
    action = BulkAction(verb, whoever(), (found.id,), why=why(), force=force, edited=edited)
    for item in bulk.run(bulk.select(action)):
        _tell(item)
    return redirect(url_for(".delivery", delivery_id=found.id))


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
