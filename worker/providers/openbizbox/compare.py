"""In what the shop's order differs from ours, and what a save that reads it back comes to.

Source: page "Order", "Response example" (2020-02-20), for what an answer shows of an order, and how.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from schemas.delivery import Link
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.openbizbox import HeldLine, HeldOrder, read_amount, read_text
from worker.providers.base import Difference
from worker.providers.openbizbox.journal_link import link_of
from worker.providers.openbizbox.lines import Positions, kept_by_the_shop, positions_of, same_price, same_text
from worker.providers.openbizbox.mapping import Wanted
from worker.providers.openbizbox.mapping_articles import NO_ARTICLE
from worker.providers.openbizbox.mapping_lines import Sold
from worker.providers.openbizbox.sums import FEW_CENTS, held_others, held_rounding

DIFFERENCES_TOLD = 5  # one by one; of more it is said how many
ONES_TOLD, ONES_CHARS = 3, 150  # so many lines in one piece are named, whatever their ids are
_ZIP_COUNTRY = re.compile(r"\A[A-Z]{1,3}-(?=\S)")


def judged(wanted: Wanted, held: HeldOrder, known: Link, reason: Reason, told: Iterable[str] = ()) -> Outcome:
    """Accepted where the shop holds what was sent, with a remark where ``told`` or the order itself says what is
    otherwise; ``rejected`` with every difference where its lines are others. Either way the link."""
    positions = positions_of(wanted, held.products, known.line_ids)
    link = link_of(held, wanted, known, positions)
    differing = _in_lines(wanted, held, known.line_ids, positions)
    if differing:
        return _rejected(held, differing, link)
    said = [*told, *_remarks(wanted, held)]
    return Outcome(
        kind=OutcomeKind.ACCEPTED, reason=Reason.REMARK if said else reason, message=" ".join(said), link=link
    )


def compare(wanted: Wanted, held: HeldOrder, line_ids: Mapping[str, str]) -> list[Difference]:
    """Each of them as a sentence, also where nothing was saved just now.

    ``line_ids`` maps our item ids to the shop's lines, as far as they are known.
    """
    in_lines = _in_lines(wanted, held, line_ids, positions_of(wanted, held.products, line_ids))
    fields = (
        "" if in_lines else _in_sum(wanted, held),
        _in_sections(wanted, held),
        "" if _is_marked(wanted, held) else "our mark is not in the order's comment",
    )
    remarks = [Difference(_sentence(clause), Reason.REMARK) for clause in fields if clause]
    if held.is_cancelled:
        cancelled = f"The order is cancelled in the shop{_named_status(held)}."
        remarks.append(Difference(cancelled, Reason.REMARK, stays="no call opens a cancelled order again."))
    return [Difference(_sentence(clause)) for clause in in_lines] + remarks


def sections_differ(name: str, wanted: Wanted, held: HeldOrder) -> bool:
    """Whether a section is held otherwise than we would send it."""
    if name == "currency":  # the page sends "DNK" and is answered "DKK"; a rate moves by the shop's own hand
        return held.currency not in (wanted.currency, wanted.sections[name]["code"])
    return _differs(name, wanted.sections[name], held.sections.get(name))


def _rejected(held: HeldOrder, differing: list[str], link: Link) -> Outcome:
    more = f"; and {len(differing) - DIFFERENCES_TOLD} more" if len(differing) > DIFFERENCES_TOLD else ""
    named = "; ".join(differing[:DIFFERENCES_TOLD]) + more
    message = f"The shop's order {held.id} is not what was sent: {named}. Compare it by hand."
    kind, reason = OutcomeKind.REJECTED, Reason.DIFFERS
    return Outcome(kind=kind, reason=reason, message=message, link=link, may_have_been_done=True)


def _in_lines(wanted: Wanted, held: HeldOrder, line_ids: Mapping[str, str], positions: Positions) -> list[str]:
    """Every way in which the lines of the shop's order are not those that were sent, a few words each."""
    found = []
    if sections_differ("currency", wanted, held):
        found.append(f"currency {held.currency} for {wanted.currency}")
    ours = {index for index in positions if index is not None}
    others = [line for index, line in enumerate(held.products) if index not in ours]
    expected = len(wanted.lines.sold) + sum(kept_by_the_shop(line, line_ids) for line in others)
    if len(held.products) != expected:
        found.append(f"{len(held.products)} product lines for {expected}")
    for sold, index in zip(wanted.lines.sold, positions, strict=True):
        found += _in_line(sold, held.products[index] if index is not None else None, wanted.prices)
    if found and not _is_paid(wanted, held):
        found.append(f"total with tax {held.total_with_tax} for {wanted.sums.grand:f}")
    return found


def _in_line(sold: Sold, line: HeldLine | None, prices: str) -> list[str]:
    product = sold.line
    article = product["product_article_id"]
    if line is None:
        return [f"no line with article {article}" if article != NO_ARTICLE else f"no line for item {sold.item_id}"]
    found = []
    if line.quantity != product["quantity"]:
        found.append(f"quantity {line.quantity} for {product['quantity']} of article {article}")
    if not same_price(product["price"], line.price_in(prices)):
        found.append(f"price {line.price_in(prices)} for {product['price']} of article {article}")
    return found


def _remarks(wanted: Wanted, held: HeldOrder) -> list[str]:
    """A sentence for each thing that the shop holds otherwise than the buyer has it, though it took every line."""
    total, sections = _in_sum(wanted, held), _in_sections(wanted, held)
    said = (
        total and (_sentence(total) if _is_paid(wanted, held) else f"Saved, but {total}."),
        _in_one_remark(wanted),
        sections and f"Saved, but {sections}: compare in its back office.",
        "" if _is_marked(wanted, held) else _UNMARKED,
        _cancelled_remark(held),
    )
    return [sentence for sentence in said if sentence]


_UNMARKED = 'Our mark is not in its comment, so that the order is found by its link alone: see mark = "none".'


def _is_paid(wanted: Wanted, held: HeldOrder) -> bool:
    """Whether the shop's sum with tax is the buyer's."""
    total = held.total_with_tax
    return total is None or abs(total - wanted.sums.grand) <= wanted.sums.tolerance


def _in_sum(wanted: Wanted, held: HeldOrder) -> str:
    """Also where a rounding line had to make up more than a few cents: it may hide a tax that is not ours."""
    grand = wanted.sums.grand
    if not _is_paid(wanted, held):
        return f"the shop's total with tax is {held.total_with_tax} and ours {grand:f}: compare the tax rates"
    others, rounding = held_others(held), held_rounding(held)
    if others is None or abs(rounding - wanted.sums.own) <= FEW_CENTS:
        return ""
    lines = f"the shop's lines come to {others} with tax and the buyer pays {grand:f}"
    return f"{lines}: the line Rounding makes up {rounding}"


def _in_sections(wanted: Wanted, held: HeldOrder) -> str:
    """The status of a cancelled order is not sent, and a currency that differs is no remark but a difference."""
    left = {"currency", "status"} if held.is_cancelled else {"currency"}
    named = [name for name in wanted.sections if name not in left and sections_differ(name, wanted, held)]
    if wanted.comment and wanted.comment.to_send(held) is not None:
        named.append("comment")
    return f"the shop holds {_listed(named)} otherwise than sent" if named else ""


def _is_marked(wanted: Wanted, held: HeldOrder) -> bool:
    return wanted.comment is None or wanted.comment.is_marked(held)


def _in_one_remark(wanted: Wanted) -> str:
    ones = [f"{sold.quantity:f} of item {sold.item_id}" for sold in wanted.lines.sold if sold.is_one]
    if not ones:
        return ""
    more = f" and {len(ones) - ONES_TOLD} lines more" if len(ones) > ONES_TOLD else ""
    named = f"{', '.join(ones[:ONES_TOLD])[:ONES_CHARS]}{more}"
    return f"As one piece at the line's price, since the shop rounds quantity or price: {named}."


def _cancelled_remark(held: HeldOrder) -> str:
    if not held.is_cancelled:
        return ""
    return (
        f"The order is cancelled in the shop{_named_status(held)}: what was sent was saved there, and its state was "
        "left."
    )


def _named_status(held: HeldOrder) -> str:
    return f" (status {held.status_title})" if held.status_title else ""


def _listed(names: list[str]) -> str:
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def _sentence(clause: str) -> str:
    return f"{clause[0].upper()}{clause[1:]}."


def _differs(name: str, sent: Any, held: Any) -> bool:
    if isinstance(sent, dict):
        return not isinstance(held, dict) or any(_differs(key, part, held.get(key)) for key, part in sent.items())
    if isinstance(sent, str):
        texts = (read_text(sent), read_text(held))  # a name of ours may have an entity as it is
        if name == "zip":  # asked for as "DK-6000", shown as "6660"
            texts = (_ZIP_COUNTRY.sub("", texts[0]), _ZIP_COUNTRY.sub("", texts[1]))
        return not same_text(*texts)
    return bool(read_amount(held) != sent)
