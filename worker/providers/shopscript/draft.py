"""What one save says: the order beside what is known of it at the shop."""

from __future__ import annotations

from schemas.delivery import Link
from schemas.order import Order
from schemas.providers.shopscript import HeldOrder
from worker.providers.shopscript import comment
from worker.providers.shopscript.lookup import Finder
from worker.providers.shopscript.mapping import Draft, line_discounts, money
from worker.providers.shopscript.mapping_params import attributes_of, params_of
from worker.providers.shopscript.mapping_texts import Fitting
from worker.providers.shopscript.people import people_of
from worker.providers.shopscript.sums import Sums

NOTHING = "0.0000"
SHARED = "service_shares"  # in a link's notes: services have a share of the discount
NAMES = "names"  # in a link's notes: the attributes that were sent, by their names in the shop, one a line
TOLD = "told"  # in a link's notes: which parts of the customer and of the addresses were said last


def draft_of(finder: Finder, link: Link, held: HeldOrder | None = None) -> Draft:
    """The draft of a create, or of an edit where ``link`` has an order; ``held`` is that where it was read."""
    job, options, fitting = finder.job, finder.options, Fitting()
    order, is_edit = job.event.order, link.order_id is not None
    told = link.notes.get(TOLD, "") if is_edit else ""
    said = comment.sent(order, link, held.comment if held else None)
    there = names_of(link) | (attributes_of(held.params) if held else frozenset())
    return Draft(
        order=order,
        sums=finder.sums,
        products=options.products,
        params=params_of(job.event, job.key, finder.sums, fitting, there if is_edit else None),
        people=people_of(order, told, fitting, customer_address=options.customer_address),
        discount="calculate" if options.calculate_discount else _discount(order, finder.sums, link),
        comment=said if said is None or is_edit else fitting.comment(said),
        order_id=link.order_id,
        contact_id=None if is_edit else link.contact_id,
        line_ids=link.line_ids,
        were_discounted="line_discounts" in link.notes or link.notes.get("discount", NOTHING) != NOTHING,
        frees_services=SHARED in link.notes,
        remarks=tuple(dict.fromkeys([*_one_piece(finder.sums), *fitting.remarks])),
    )


def names_of(link: Link) -> frozenset[str]:
    """The names that attributes of the order have in the shop, as far as they are known."""
    return frozenset(filter(None, link.notes.get(NAMES, "").split("\n")))


def _discount(order: Order, sums: Sums, link: Link) -> str | None:
    """Always on a create, where the shop would apply its own rules; on an edit where the event changed it, so that a
    discount given by hand in the shop outlives an update of something else. Without it an edit also keeps each line's
    old share (shopOrder::holdDiscount, ``05ada83``), so that it is sent too where only the shares moved.

    The third form, ``calculate``, is the account's setting. A form has no null: it is left out. Source: the page.
    """
    amount = money(sums.discount)
    kept = link.notes.get("discount") == amount and link.notes.get("line_discounts", "") == line_discounts(order)
    return None if link.order_id is not None and kept else amount


def _one_piece(sums: Sums) -> list[str]:
    ones = [name for name, sold in sums.sold.items() if sold.is_one]
    if not ones:
        return []
    more = f" and {len(ones) - SHOWN} more" if len(ones) > SHOWN else ""
    named = ", ".join(ones[:SHOWN]) + more
    return [f"As one piece at the line's price, since the shop would round its quantity or price: line {named}."]


SHOWN = 5
