"""Which deeds of people concern an order: those that name it or one of its deliveries, and jobs that touched one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from worker.ledger.audit import Deed
from worker.ledger.queries.orders import DeliveryStory, OrderStory
from worker.ops.desk.ids import DELIVERY_ID

TOUCHING = ("replay", "discard")

Touched = Callable[[str], Collection[str] | None]
"""The deliveries that a job has touched, by its id; ``None`` where that is not known, or not of all."""


def concerns(deed: Deed, story: OrderStory, touched: Touched) -> bool:
    """Whether a deed is one of an order's. A deed to many at once is where the job says so, or what is on record of it;
    where neither knows, it may be, as far as its filters agree with a delivery that was there by then."""
    words = deed.what.split()
    if f" {story.source} {story.order}:" in deed.what or any(one.id in words for one in story.deliveries):
        return True
    if deed.verb not in TOUCHING or any(DELIVERY_ID.fullmatch(word) for word in words):
        return False
    told = dict(word.split("=", 1) for word in words if "=" in word)
    agreeing = list(_agreeing(told, story, deed.at))
    if not told or not agreeing:
        return False
    known = touched(told["job"]) if "job" in told else None
    return known is None or any(one.id in known for one in agreeing)


def _agreeing(told: dict[str, str], story: OrderStory, at: str) -> Iterator[DeliveryStory]:
    for one in story.deliveries:
        if (
            one.created_at <= at
            and told.get("provider", one.provider) == one.provider
            and told.get("type", one.event_type) == one.event_type
            and told.get("source", one.source) == one.source
            and told.get("order", one.order) == one.order
        ):
            yield one
