"""One order at all providers; and the search that finds it."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from schemas.principal import Role
from worker.ledger.queries.search import FoundOrder, Search
from worker.ops.desk.query import DeliveryQuery
from worker.ops.desk.timeline import matrix
from worker.ops.web.console.reading import form
from worker.ops.web.current import desk
from worker.ops.web.identity import needs

blp = Blueprint("orders_pages", __name__)

REFUSED = 20


@blp.get("/search")
@needs(Role.VIEWER)
def search() -> str:
    return render_template("search.html", text="", found=[])


@blp.post("/search")
@needs(Role.VIEWER)
def find() -> str | Response:
    """By number, e-mail, or any id of ours. What can only mean one thing is opened at once. An e-mail is in no address:
    addresses are kept by browsers and proxies."""
    text = form("q")
    found = Search(desk().store).find(text) if text else []
    places = list(dict.fromkeys(_place(one) for one in found))
    if len(places) == 1:
        return redirect(places[0])
    pairs = list(zip(found, map(_place, found), strict=True))
    return render_template("search.html", text="" if "@" in text else text, found=pairs, has_asked=True)


@blp.get("/order")
@needs(Role.VIEWER)
def order() -> tuple[str, int] | str:
    number, source = request.args.get("number", ""), request.args.get("source") or None
    story = desk().order(number, source)
    refusals = list(desk().refusals(DeliveryQuery(order=number, source=source, limit=REFUSED)))
    if story is None:
        return render_template("search.html", text=number, found=[], has_asked=True), 404
    return render_template(
        "order.html",
        story=story,
        providers=list(dict.fromkeys(one.provider for one in story.deliveries)),
        rows=list(zip(story.events, matrix(story), strict=True)),
        deliveries={one.id: one for one in story.deliveries},
        entries=desk().timeline(story),
        refusals=refusals,
        erased_at=next((one.erased_at for one in story.events if one.erased_at), None),
        failed=sum(one.state == "dead" for one in story.deliveries),
    )


def _place(one: FoundOrder) -> str:
    """The page of what was found."""
    if one.by == "delivery" and one.id:
        return url_for("deliveries_pages.delivery", delivery_id=one.id)
    if one.by == "refusal" and one.id:
        return url_for("refusals_pages.refusal", refusal_id=one.id)
    return url_for(".order", number=one.order, source=one.source)
