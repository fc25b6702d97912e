"""What is refused before it is sent: orders that the shop would take, say ok, and hold otherwise."""

from __future__ import annotations

from schemas.delivery import Link
from schemas.order import Item
from schemas.outcome import Outcome, OutcomeKind, Reason
from worker.providers import phpform
from worker.providers.base import Operation, nothing_to_send
from worker.providers.shopscript.lines import product_of, service_names
from worker.providers.shopscript.lookup import Finder
from worker.providers.shopscript.mapping import Wanted, form_of, lines_that_fit, wanted_of
from worker.providers.shopscript.mapping_texts import COMMENT_BYTES, comment_fits
from worker.providers.shopscript.sums import HIGHEST, kept_items

MARGIN_VARS = 50  # of what PHP reads, kept free: its count is by form, ours is close
LINES_THAT_FIT = 4000  # in an answer that is read, 4 MiB: getInfo shows some 20 fields of each, below 1 KiB


def refused(finder: Finder) -> Operation | None:
    """Why this order is not sent, as the operation that says so."""
    products = finder.options.products
    items = kept_items(finder.order)
    if not items:
        message = (
            "Shop-Script keeps no order without a line, and this one has none: if all its lines are gone, cancel it."
        )
        return nothing_to_send(OutcomeKind.REJECTED, Reason.NEEDS_LINES, message)
    unknown = [item.sku or item.id for item in items if product_of(item, products) is None]
    if unknown:
        message = (
            f"No product in the shop is known for {', '.join(unknown[:5])}: send whole product_id and variant_id, "
            f"or name the SKU in [providers.{finder.account}.products]."
        )
        return nothing_to_send(OutcomeKind.REJECTED, Reason.NO_PRODUCT, message)
    return _unplaced(items, finder.link) or _beyond_all_sums(finder) or _too_large(finder)


def currency_changed(currency: str, there: str | None) -> Outcome | None:
    """An edit's currency is not read: its amounts would stand under the old one."""
    if there in {None, currency}:
        return None
    message = (
        f"The order is in {there} in the shop, which changes no order's currency, and the event has {currency}: "
        "cancel it there and send it under a new number, or correct the currency."
    )
    return Outcome(kind=OutcomeKind.REJECTED, reason=Reason.CURRENCY, message=message)


def comment_too_long(wanted: Wanted) -> Outcome | None:
    """A comment above its column loses the whole edit, and cutting it would cut what others wrote at its end."""
    if comment_fits(wanted.comment):
        return None
    message = (
        f"comment: with the order's notes and what stands below it in the shop it takes {len(wanted.comment or ''):,} "
        f"characters, and {COMMENT_BYTES:,} bytes fit: shorten it."
    )
    return Outcome(kind=OutcomeKind.REJECTED, reason=Reason.TOO_LONG, message=message)


def _unplaced(items: list[Item], link: Link) -> Operation | None:
    """A service that is new there needs its variant: without it the save fails, in XML as a fault of the server."""
    unplaced = [
        name
        for item in items
        for name, service in zip(service_names(item), item.services, strict=True)
        if not service.service_variant_id and name not in link.line_ids
    ]
    if not unplaced:
        return None
    message = f"Shop-Script takes no service without a service_variant_id: name it for {', '.join(unplaced[:5])}."
    return nothing_to_send(OutcomeKind.REJECTED, Reason.REJECTED, message)


def _beyond_all_sums(finder: Finder) -> Operation | None:
    """An amount that no column holds is answered ok, and no order comes."""
    if finder.sums.is_storable:
        return None
    message = (
        f"An amount of the order is above {HIGHEST:f}, the highest that the shop's tables keep: correct the prices."
    )
    return nothing_to_send(OutcomeKind.REJECTED, Reason.REJECTED, message)


def _too_large(finder: Finder) -> Operation | None:
    """PHP drops what is past ``max_input_vars``, and the shop says ok; what is created must be editable later."""
    options, link = finder.options, finder.link
    lines = finder.lines
    as_edit = Link(order_id="0", line_ids=dict.fromkeys((line.name for line in lines), "0"), notes=link.notes)
    form = finder.calls.signed(form_of(wanted_of(finder, as_edit)))
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


NOTE_TOO_LONG = Outcome(
    kind=OutcomeKind.REJECTED,
    reason=Reason.TOO_LONG,
    message=(
        f"note.text: with it the order's comment would be above the {COMMENT_BYTES:,} bytes that the shop keeps: "
        "write it there by hand and discard this."
    ),
)
