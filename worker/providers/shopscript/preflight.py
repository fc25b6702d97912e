"""What is refused before it is sent: orders that the shop would take, say ok, and hold otherwise."""

from __future__ import annotations

from schemas.delivery import Link
from schemas.outcome import OutcomeKind, Reason
from worker.providers import phpform
from worker.providers.base import Operation, nothing_to_send
from worker.providers.shopscript import calls
from worker.providers.shopscript.body import form_of, lines_that_fit
from worker.providers.shopscript.draft import draft_of
from worker.providers.shopscript.finding import Finder
from worker.providers.shopscript.lines import kept_items, lines_of, product_of

MARGIN_VARS = 50  # of what PHP reads, kept free: its count is by form, ours is close
LINES_THAT_FIT = 4000  # in an answer that is read, 4 MiB: getInfo shows some 20 fields of each, below 1 KiB


def refused(finder: Finder, provider: str) -> Operation | None:
    """Why this order is not sent, as the operation that says so."""
    products = finder.options.products
    items = kept_items(finder.job.event.order)
    if not items:
        message = "Every line of the order is gone, and Shop-Script keeps no order without one: cancel it instead."
        return nothing_to_send(OutcomeKind.REJECTED, Reason.NEEDS_LINES, message)
    unknown = [item.sku or item.id for item in items if product_of(item, products) is None]
    if unknown:
        message = (
            f"No product in the shop is known for {', '.join(unknown[:5])}: send whole product_id and variant_id, "
            f"or name the SKU in [providers.{provider}.products]."
        )
        return nothing_to_send(OutcomeKind.REJECTED, Reason.NO_PRODUCT, message)
    return _too_large(finder)


def _too_large(finder: Finder) -> Operation | None:
    """PHP drops what is past ``max_input_vars``, and the shop says ok; what is created must be editable later."""
    options, link = finder.options, finder.link
    lines = lines_of(finder.job.event.order, options.products)
    as_edit = Link(order_id="0", line_ids=dict.fromkeys((line.name for line in lines), "0"), notes=link.notes)
    form = calls.signed(form_of(draft_of(finder, as_edit)), options)
    limit = options.max_input_vars - MARGIN_VARS
    if phpform.count(form) <= limit:
        return _too_long_to_read(len(lines))
    message = (
        f"The order has {len(form['items'])} lines; the first {lines_that_fit(form, limit)} would reach "
        f"Shop-Script whole. Split it, or raise max_input_vars ({options.max_input_vars}) here and in its PHP."
    )
    return nothing_to_send(OutcomeKind.REJECTED, Reason.TOO_MANY_LINES, message)


def _too_long_to_read(lines: int) -> Operation | None:
    """A shop that reads long forms answers as long, and what cannot be read back is never known to be there."""
    if lines <= LINES_THAT_FIT:
        return None
    message = f"The order has {lines} lines; {LINES_THAT_FIT} fit into an answer of Shop-Script: split it."
    return nothing_to_send(OutcomeKind.REJECTED, Reason.TOO_MANY_LINES, message)
