"""Which line of the shop holds which product of ours: edits are made of positions (page "Order", 2020-02-20)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.order import ZERO
from schemas.providers.openbizbox import HeldLine
from worker.providers.openbizbox.alike import same_price
from worker.providers.openbizbox.body import Wanted

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
