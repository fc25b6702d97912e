"""One order at all providers; and the search that finds it."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from schemas.principal import Role
from worker.ledger.queries.orders import Orders
from worker.ops.desk.query import DeliveryQuery
from worker.ops.web.current import desk
from worker.ops.web.identity import needs

blp = Blueprint("orders_pages", __name__)


@blp.get("/search")
@needs(Role.VIEWER)
def search() -> str | Response:
    """By an order's number, or by the id of a delivery or a refusal. What can only mean one thing is opened at once."""
    text = request.args.get("q", "").strip()
    if not text:
        return render_template("search.html", text="", orders=[], refusals=[])
    named = Orders(desk().store).named(text)
    delivery = desk().delivery(text) if text.startswith("d") and len(text) >= 6 else None  # noqa: PLR2004  see ids.py
    refusals = list(desk().refusals(DeliveryQuery(order=text, limit=20)))
    if delivery is not None and not named:
        return redirect(url_for("deliveries_pages.delivery", delivery_id=delivery.id))
    if len(named) == 1 and not refusals and delivery is None:
        return redirect(url_for(".order", number=text, source=named[0][0]))
    return render_template("search.html", text=text, orders=[source for source, _ in named], refusals=refusals)


@blp.get("/order")
@needs(Role.VIEWER)
def order() -> tuple[str, int] | str:
    number, source = request.args.get("number", ""), request.args.get("source") or None
    story = desk().order(number, source)
    refusals = list(desk().refusals(DeliveryQuery(order=number, source=source, limit=20)))
    if story is None:
        return render_template("search.html", text=number, orders=[], refusals=refusals), 404
    providers = list(dict.fromkeys(one.provider for one in story.deliveries))
    cells = {(one.event_id, one.provider): one for one in story.deliveries}
    return render_template(
        "order.html",
        story=story,
        providers=providers,
        cells=cells,
        refusals=refusals,
        deeds=desk().deeds_on(story),
        failed=sum(one.state == "dead" for one in story.deliveries),
    )
