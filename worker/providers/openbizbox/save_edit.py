"""The edit of an order: the PUT that turns what is held into what is wanted, and what to mend after it.

How many decimals the shop keeps of a price, a quantity and a tax rate, and what it rounds when, stands on no page. It
is seen in the order that it answers: so what it rounds otherwise than foreseen is mended by that, by the rounding that
its own sum leaves, and by lines in one piece.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from schemas.order import ZERO
from schemas.providers.openbizbox import HeldLine, HeldOrder
from worker.providers.openbizbox.compare import sections_differ
from worker.providers.openbizbox.lines import line_changes, positions_of
from worker.providers.openbizbox.mapping import Wanted
from worker.providers.openbizbox.mapping_lines import MISS, Sold
from worker.providers.openbizbox.sums import held_others, held_rounding

_HeldLines = list[tuple[Sold, HeldLine]]
_Costs = Callable[[HeldLine, str], Decimal]


def edit_of(wanted: Wanted, held: HeldOrder, line_ids: Mapping[str, str]) -> dict[str, Any]:
    """The body of the PUT that turns what is held into what is wanted; empty where nothing differs.

    ``line_ids`` maps our item ids to the shop's lines, as far as they are known. No call opens a cancelled order again,
    whose money was given back: its status is left, or it would be shipped unpaid.
    """
    left = {"status"} if held.is_cancelled else set[str]()
    names = [name for name in wanted.sections if name not in left and sections_differ(name, wanted, held)]
    body = {name: wanted.sections[name] for name in names}
    comment = wanted.comment.to_send(held) if wanted.comment else None
    if comment is not None:
        body["comment"] = comment
    lines = _lines(settled(wanted, held, line_ids), held, line_ids)
    return body | ({"lines": lines} if lines else {})


def _lines(wanted: Wanted, held: HeldOrder, line_ids: Mapping[str, str]) -> dict[str, Any]:
    """None where all are there to the decimals that the shop shows, unless its sum is of other prices than ours."""
    others = held_others(held)
    is_off = others is not None and abs(wanted.sums.made_up(others)) > wanted.sums.most
    if is_off or line_changes(wanted, held, line_ids):
        return line_changes(wanted, held, line_ids, exactly=True)
    return {}


def settled(wanted: Wanted, held: HeldOrder, line_ids: Mapping[str, str]) -> Wanted:
    """The same order with the rounding that the shop's own sum leaves, where every other line is there as wanted.

    Else with the rounding that is foreseen: the sum that is held is of other lines.
    """
    others = _others(wanted, held, line_ids)
    return wanted if others is None else wanted.rounded(wanted.sums.rounding(others))


def refitted(wanted: Wanted, held: HeldOrder, line_ids: Mapping[str, str]) -> Wanted | None:
    """What to send once more after a save, where the shop has rounded what it was sent; ``None`` where it has not, or
    where what differs is no rounding.

    First lines whose quantity it rounded, and where its sum is further off than rounding lines go, lines whose price
    it rounded: as one piece. Then the rounding.
    """
    places = positions_of(wanted, held.products, line_ids)
    lines = [(sold, held.products[at]) for sold, at in zip(wanted.lines.sold, places, strict=True) if at is not None]
    rounded = {sold.item_id for sold, line in lines if _is_rounded(sold, line)}
    if rounded:
        return _in_one(wanted, rounded)
    others = _others(wanted, held, line_ids)
    if others is None:
        return None
    if abs(wanted.sums.made_up(others)) > wanted.sums.most:
        missed = _missed(wanted, lines, wanted.sums.made_up(others))
        return _in_one(wanted, missed) if missed else None
    rounding = wanted.sums.rounding(others)
    return None if rounding == held_rounding(held) else wanted.rounded(rounding)


def _others(wanted: Wanted, held: HeldOrder, line_ids: Mapping[str, str]) -> Decimal | None:
    """What the lines but the rounding come to in the shop; ``None`` where they are not those that are wanted."""
    as_held = wanted.rounded(held_rounding(held))
    return None if line_changes(as_held, held, line_ids) else held_others(held)


def _in_one(wanted: Wanted, item_ids: set[str]) -> Wanted:
    return wanted.in_one([place for place, item_id in enumerate(wanted.lines.item_ids) if item_id in item_ids])


def _is_rounded(sold: Sold, line: HeldLine) -> bool:
    return sold.is_fraction and not sold.is_one and line.quantity != sold.quantity


def _missed(wanted: Wanted, lines: _HeldLines, made_up: Decimal) -> set[str]:
    """The items whose pieces, at the price that the shop shows for one, do not come to the line's price; none where
    that is not why its sum is another: by so much, with tax on the line or on each piece."""
    for costs in (_taxed_by_line, _taxed_by_piece):
        missing = {sold.item_id: _missing(sold, line, wanted.prices, costs) for sold, line in lines}
        missed = {item_id for item_id, amount in missing.items() if abs(amount) > MISS}
        if missed and abs(made_up - sum(missing.values(), ZERO)) <= wanted.sums.most:
            return missed
    return set()


def _missing(sold: Sold, line: HeldLine, prices: str, costs: _Costs) -> Decimal:
    if sold.is_one or sold.quantity == 1:
        return ZERO
    return Decimal(sold.one["price"]) * _factor(line, prices) - costs(line, prices)


def _taxed_by_line(line: HeldLine, prices: str) -> Decimal:
    return line.price_in(prices) * line.quantity * _factor(line, prices)


def _taxed_by_piece(line: HeldLine, _prices: str) -> Decimal:
    return line.price_with_tax * line.quantity


def _factor(line: HeldLine, prices: str) -> Decimal:
    return 1 + line.tax_rate if prices == "net" else Decimal(1)
