"""What a saved order lacks of what was sent, and what it comes to beside what the buyer pays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.providers.openbizbox import HeldLine, HeldOrder
from worker.providers.openbizbox.alike import same_price, sections_differ
from worker.providers.openbizbox.body import Wanted
from worker.providers.openbizbox.due import FEW_CENTS, held_others, held_rounding
from worker.providers.openbizbox.positions import Positions

NAMED, NAMED_CHARS = 3, 150  # so many lines are named one by one, whatever their ids are


def differences(wanted: Wanted, held: HeldOrder, positions: Positions, kept: int) -> list[str]:
    """Every way in which the lines of the shop's order are not those that were sent, a few words each.

    ``positions`` says which line holds which product, ``kept`` how many lines the shop keeps for itself.
    """
    found = []
    if sections_differ("currency", wanted, held):
        found.append(f"currency {held.currency} for {wanted.currency}")
    expected = len(wanted.lines.products) + kept
    if len(held.products) != expected:
        found.append(f"{len(held.products)} product lines for {expected}")
    for product, index in zip(wanted.lines.products, positions, strict=True):
        found += _line_differences(product, held.products[index] if index is not None else None, wanted.prices)
    if found and not _is_paid(wanted, held):
        found.append(f"total with tax {held.total_with_tax} for {wanted.due.grand:f}")
    return found


def remarks(wanted: Wanted, held: HeldOrder) -> list[str]:
    """A sentence for each thing that the shop holds otherwise than the buyer has it, though it took every line."""
    said = (
        _sum_remark(wanted, held),
        _in_one_remark(wanted),
        _sections_remark(wanted, held),
        _mark_remark(wanted, held),
        _cancelled_remark(held),
    )
    return [sentence for sentence in said if sentence]


def _is_paid(wanted: Wanted, held: HeldOrder) -> bool:
    """Whether the shop's sum with tax is the buyer's."""
    total = held.total_with_tax
    return total is None or abs(total - wanted.due.grand) <= wanted.due.tolerance


def _sum_remark(wanted: Wanted, held: HeldOrder) -> str:
    """Also where a rounding line had to make up more than a few cents: it may hide a tax that is not ours."""
    if not _is_paid(wanted, held):
        return (
            f"Saved, but the shop's total with tax is {held.total_with_tax} and ours {wanted.due.grand:f}: "
            "compare the tax rates."
        )
    others, rounding = held_others(held), held_rounding(held)
    if others is None or abs(rounding - wanted.due.own) <= FEW_CENTS:
        return ""
    return (
        f"The shop's lines come to {others} with tax and the buyer pays {wanted.due.grand:f}: the line Rounding makes "
        f"up {rounding}."
    )


def _in_one_remark(wanted: Wanted) -> str:
    ones = [f"{sold.quantity:f} of item {sold.item_id}" for sold in wanted.lines.sold if sold.is_one]
    if not ones:
        return ""
    more = f" and {len(ones) - NAMED} lines more" if len(ones) > NAMED else ""
    named = f"{', '.join(ones[:NAMED])[:NAMED_CHARS]}{more}"
    return f"As one piece at the line's price, since the shop rounds quantity or price: {named}."


def _sections_remark(wanted: Wanted, held: HeldOrder) -> str:
    """The status of a cancelled order is not sent, and a currency that differs is no remark but a difference."""
    left = {"currency", "status"} if held.is_cancelled else {"currency"}
    named = [name for name in wanted.sections if name not in left and sections_differ(name, wanted, held)]
    if wanted.words and wanted.words.to_send(held) is not None:
        named.append("comment")
    return (
        f"Saved, but the shop holds {_listed(named)} otherwise than sent: compare in its back office." if named else ""
    )


def _mark_remark(wanted: Wanted, held: HeldOrder) -> str:
    if wanted.words is None or wanted.words.is_marked(held):
        return ""
    return 'Our mark is not in its comment, so that the order is found by its link alone: see mark = "none".'


def _listed(names: list[str]) -> str:
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def _cancelled_remark(held: HeldOrder) -> str:
    if not held.is_cancelled:
        return ""
    named = f" (status {held.status_title})" if held.status_title else ""
    return f"The order is cancelled in the shop{named}: what was sent was saved there, and its state was left."


def _line_differences(product: Mapping[str, Any], line: HeldLine | None, prices: str) -> list[str]:
    article = product["product_article_id"]
    if line is None:
        return [f"no line with article {article}"]
    found = []
    if line.quantity != product["quantity"]:
        found.append(f"quantity {line.quantity} for {product['quantity']} of article {article}")
    if not same_price(product["price"], line.price_in(prices)):
        found.append(f"price {line.price_in(prices)} for {product['price']} of article {article}")
    return found
