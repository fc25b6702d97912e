"""What one save says: the order beside what is known of it at the shop."""

from __future__ import annotations

from schemas.delivery import Link
from schemas.order import Order
from worker.providers.shopscript import comment
from worker.providers.shopscript.body import Draft, line_discounts, money, taken_off
from worker.providers.shopscript.finding import Finder
from worker.providers.shopscript.params import params_of


def draft_of(finder: Finder, link: Link, there: str | None = None) -> Draft:
    """The draft of a create, or of an edit where ``link`` has an order. ``there`` is the comment that was read."""
    job, options = finder.job, finder.options
    order, is_edit = job.event.order, link.order_id is not None
    return Draft(
        order=order,
        products=options.products,
        params=params_of(job.event, job.key, is_edit=is_edit),
        discount="calculate" if options.calculate_discount else _discount(order, link),
        comment=comment.sent(order, link, there),
        order_id=link.order_id,
        contact_id=None if is_edit else link.contact_id,
        line_ids=link.line_ids,
        were_discounted="line_discounts" in link.notes,
    )


def _discount(order: Order, link: Link) -> str | None:
    """Always on a create, where the shop would apply its own rules; on an edit where the event changed it, so that a
    discount given by hand in the shop outlives an update of something else. Without it an edit also keeps each line's
    old share (shopOrder::holdDiscount, ``05ada83``), so that it is sent too where only the shares moved.

    The third form, ``calculate``, is the account's setting. A form has no null: it is left out. Source: the page.
    """
    amount = money(taken_off(order))
    kept = link.notes.get("discount") == amount and link.notes.get("line_discounts", "") == line_discounts(order)
    return None if link.order_id is not None and kept else amount
