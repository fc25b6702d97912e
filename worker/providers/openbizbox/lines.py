"""The shop's lines beside ours: which line holds which product, whether it is held as sent, and how to edit it.

An edit is made of positions (page "Order", "Update order" and "Remove lines", 2020-02-20). A list's index is an
existing line, ``{}`` leaves that line as it is, what is past the end is new, and every line that is not mentioned is
removed: so a list is written whole or not at all. Keyed by index it may leave lines out. PHP reads ``[]`` and ``{}``
alike: both remove all.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from schemas.order import ZERO
from schemas.providers.openbizbox import HeldLine, HeldOrder, read_text
from worker.providers.openbizbox.mapping import Wanted

HALF_A_CENT = Decimal("0.005")  # the vendor's answers have two decimals, our requests four
RATE_STEP = Decimal("0.0001")  # the rates of the vendor's answers have four decimals
A_HAIR = Decimal("0.0000001")
HALF_A_GRAM = Decimal("0.0005")  # the weights of the vendor's answers have three decimals

Positions = list[int | None]


def positions_of(wanted: Wanted, held: list[HeldLine], line_ids: Mapping[str, str]) -> Positions:
    """For each product that is wanted, the index of the line that holds it, or ``None`` where none does.

    By the line's id first, then by article with the same quantity and price, then by article alone. An article cannot
    be changed on a line: such a line is another one.
    """
    products = wanted.lines.products
    found = _positions_by_id(wanted, held, line_ids)
    taken = set(found)
    by_article: dict[int | None, list[int]] = {}
    for index, line in enumerate(held):
        by_article.setdefault(line.article, []).append(index)
    for fits in (_is_same_sale, _is_any_sale):
        for place, product in enumerate(products):
            if found[place] is None:
                alike = by_article.get(product["product_article_id"], [])
                free = (i for i in alike if i not in taken and fits(product, held[i], wanted.prices))
                found[place] = next(free, None)
                taken.add(found[place])
    return found


def kept_by_the_shop(line: HeldLine, line_ids: Mapping[str, str]) -> bool:
    """Whether a line that we do not want stays: the shop adds a bundle's parts as lines of no price."""
    return line.price == ZERO and line.id not in line_ids.values()


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
        if ours is not None and (theirs is None or not same_line(ours, theirs, wanted.prices, exactly=exactly)):
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


def same_line(sent: Mapping[str, Any], held: HeldLine, prices: str, *, exactly: bool = False) -> bool:
    """Whether a line that is no product is held as it was sent."""
    return (
        same_price(sent["price"], held.price_in(prices), exactly=exactly)
        and same_rate(sent.get("tax_rate"), held.tax_rate, exactly=exactly)
        and same_text(read_text(sent["title"]), held.title)
    )


def same_price(sent: Decimal | int, held: Decimal, *, exactly: bool = False) -> bool:
    """To the vendor's decimals; ``exactly`` for what is to be written: of many pieces half a cent is much."""
    return abs(sent - held) <= (A_HAIR if exactly else HALF_A_CENT)


def same_rate(sent: Decimal | int | None, held: Decimal, *, exactly: bool = False) -> bool:
    """A line that is sent without a rate has whichever the shop gives it."""
    return sent is None or abs(sent - held) <= (A_HAIR if exactly else RATE_STEP)


def same_text(one: str, other: str) -> bool:
    """Whatever the blanks between their words."""
    return " ".join(one.split()) == " ".join(other.split())


def _positions_by_id(wanted: Wanted, held: list[HeldLine], line_ids: Mapping[str, str]) -> Positions:
    by_id = {line.id: index for index, line in enumerate(held) if line.id is not None}
    found: Positions = []
    for item_id, product in zip(wanted.lines.item_ids, wanted.lines.products, strict=True):
        index = by_id.pop(line_ids.get(item_id, ""), None)
        is_held = index is not None and held[index].article == product["product_article_id"]
        found.append(index if is_held else None)
    return found


def _is_same_sale(product: Mapping[str, Any], line: HeldLine, prices: str) -> bool:
    return bool(line.quantity == product["quantity"]) and same_price(product["price"], line.price_in(prices))


def _is_any_sale(_product: Mapping[str, Any], _line: HeldLine, _prices: str) -> bool:
    return True


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
        {} if index < len(theirs) and same_line(line, theirs[index], prices, exactly=exactly) else line
        for index, line in enumerate(ours)
    ]
    if len(ours) == len(theirs) and not any(entries):
        return None
    return entries or {}
