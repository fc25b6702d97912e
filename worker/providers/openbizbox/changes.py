"""The lines of an edit, by position: what is held, what is wanted, and the entries between the two.

Source: page "Order", "Update order" and "Remove lines" (2020-02-20). A list's index is an existing line, ``{}`` leaves
that line as it is, what is past the end is new, and every line that is not mentioned is removed: so a list is written
whole or not at all. Keyed by index it may leave lines out. PHP reads ``[]`` and ``{}`` alike: both remove all.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from schemas.order import ZERO
from schemas.providers.openbizbox import HeldLine, HeldOrder
from worker.providers.openbizbox.alike import same, same_price, same_rate
from worker.providers.openbizbox.body import Wanted
from worker.providers.openbizbox.positions import kept_by_the_shop, positions_of

HALF_A_GRAM = Decimal("0.0005")  # the weights of the vendor's answers have three decimals


def line_changes(
    wanted: Wanted, held: HeldOrder, line_ids: Mapping[str, str], *, exactly: bool = False
) -> dict[str, Any]:
    """The ``lines`` of the PUT that turns those that are held into those that are wanted; empty where none differs.

    ``exactly`` counts what is past the decimals of the vendor's answers: for a PUT that is made anyway.
    """
    edits: dict[str, Any] = {}
    products = _product_changes(wanted, held.products, line_ids, exactly=exactly)
    if products is not None:
        edits["products"] = products
    for name, ours, theirs in (
        ("shipping", wanted.lines.shipping, held.shipping),
        ("payment", wanted.lines.payment, held.payment),
    ):
        if ours is not None and (theirs is None or not same(ours, theirs, wanted.prices, exactly=exactly)):
            edits[name] = ours
        elif ours is None and theirs is not None and theirs.price != ZERO:
            edits[name] = None
    for name, all_ours, all_theirs in (
        ("discounts", wanted.lines.discounts, held.discounts),
        ("fees", wanted.lines.fees, held.fees),
    ):
        listed = _list_changes(all_ours, all_theirs, wanted.prices, exactly=exactly)
        if listed is not None:
            edits[name] = listed
    return edits


def _product_changes(
    wanted: Wanted, held: list[HeldLine], line_ids: Mapping[str, str], *, exactly: bool
) -> list[dict[str, Any]] | dict[str, dict[str, Any]] | None:
    """The products of a PUT: a list where every line stays, keyed by index where one goes, ``None`` for no change."""
    positions = positions_of(wanted, held, line_ids)
    entries = {index: dict[str, Any]() for index, line in enumerate(held) if kept_by_the_shop(line, line_ids)}
    added = len(held)
    for sold, index in zip(wanted.lines.sold, positions, strict=True):
        if index is None:
            entries[added] = sold.line
            added += 1
        else:
            was_others = held[index].id in line_ids.values() and held[index].id != line_ids.get(sold.item_id)
            product = {"weight": 0, **sold.line} if was_others else sold.line  # a weight that is not sent stays
            entries[index] = _changes(product, held[index], wanted.prices, exactly=exactly)
    if len(entries) == added:
        return [entries[index] for index in range(added)] if any(entries.values()) else None
    return {str(index): entries[index] for index in sorted(entries)}


def _changes(product: Mapping[str, Any], line: HeldLine, prices: str, *, exactly: bool) -> dict[str, Any]:
    """What of a product differs from the line that holds it; nothing at all leaves the line as it is."""
    changes: dict[str, Any] = {}
    if not same_price(product["price"], line.price_in(prices), exactly=exactly):
        changes["price"] = product["price"]
    if line.quantity != product["quantity"]:
        changes["quantity"] = product["quantity"]
    weight = product.get("weight")
    if weight is not None and line.weight is not None and abs(weight - line.weight) > HALF_A_GRAM:
        changes["weight"] = weight
    if not same_rate(product.get("tax_rate"), line.tax_rate, exactly=exactly):
        changes |= {name: product[name] for name in ("tax_rate", "tax_title") if name in product}
    return changes


def _list_changes(
    ours: list[dict[str, Any]], theirs: list[HeldLine], prices: str, *, exactly: bool
) -> list[dict[str, Any]] | dict[str, Any] | None:
    """The discounts or fees of a PUT, by position; ``{}`` removes all, and is meant."""
    entries = [
        {} if index < len(theirs) and same(line, theirs[index], prices, exactly=exactly) else line
        for index, line in enumerate(ours)
    ]
    if len(ours) == len(theirs) and not any(entries):
        return None
    return entries or {}
