"""Whether the shop holds what it was sent: its "ok" proves little, so every save is read back.

Witnesses: 300 lines answered ok and 250 were kept; a discount above the total made the order 0.00; an address and a
customer that vanished; a currency worth nothing (shop 12.4.0 run on loopback, 2026-11).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from schemas.order import ZERO
from schemas.outcome import Reason
from schemas.providers.shopscript import HeldOrder
from worker.providers.base import Difference
from worker.providers.shopscript.lines import HALF_A_CENT, HeldByName, WantedLine, differences, lines_of, recognise
from worker.providers.shopscript.mapping import Wanted
from worker.providers.shopscript.mapping_params import is_own
from worker.providers.shopscript.sums import SMALL

WAVED_THROUGH = Decimal("0.01")  # of what the buyer paid: what the shop's own rules may change without a person
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a read-back came to: the shop's lines by our names, and in what the order differs.

    ``problems`` make a dead letter, a clause each; with ``remarks``, a sentence each, the order counts as saved.
    """

    lines: HeldByName
    problems: list[str]
    remarks: list[str]

    @property
    def differences(self) -> list[Difference]:
        """Each of them as a sentence."""
        problems = [Difference(f"{clause[0].upper()}{clause[1:]}.") for clause in self.problems]
        return problems + [Difference(remark, Reason.REMARK) for remark in self.remarks]

    @property
    def line_ids(self) -> dict[str, str]:
        return {name: str(line.id) for name, line in self.lines.items()}


def compare(wanted: Wanted, held: HeldOrder) -> Comparison:
    """The order as it was sent beside the order as it is there; its total beside what the buyer paid."""
    lines = lines_of(wanted.order, wanted.products, wanted.sums.sold)
    ours = recognise(lines, held.items, wanted.line_ids)
    problems = [*_currency(wanted, held), *differences(lines, held.items, ours), *_lost(wanted, held)]
    remarks = [*_customer(wanted, held), *_unknown(lines, ours), *_dropped(wanted, held)]
    total = _total(wanted, held)
    if total and _is_explained(wanted, held):
        remarks.append(f"The shop's total is {total}.")
    elif total:
        problems.append(f"total {total}")
    return Comparison(ours, problems, remarks)


def shown(problems: list[str]) -> str:
    """The first few problems in one clause."""
    more = f" and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
    return "; ".join(problems[:SHOWN]) + more


def _currency(wanted: Wanted, held: HeldOrder) -> Iterator[str]:
    if held.currency and held.currency != wanted.order.currency:
        yield f"currency {held.currency} there, {wanted.order.currency} sent"


def _lost(wanted: Wanted, held: HeldOrder) -> Iterator[str]:
    """What is ours and not there: then the save was taken for done and lost whole, or its parameters were."""
    lost = [name for name, text in wanted.params.items() if is_own(name) and _is_lost(name, text, held)]
    if lost:
        yield f"parameters not kept: {', '.join(lost[:SHOWN])}"


def _dropped(wanted: Wanted, held: HeldOrder) -> Iterator[str]:
    """What is the order's own and is not there, or otherwise."""
    sent = {name: text for name, text in wanted.params.items() if not is_own(name)}
    for kind in ("shipping_address", "billing_address"):
        sent |= {f"{kind}.{name}": text for name, text in wanted.people[kind].items()}
    dropped = [name for name, text in sent.items() if _is_lost(name, text, held)]
    if wanted.comment is not None and _plain(wanted.comment) != _plain(held.comment):
        dropped.append("comment")
    if dropped:
        yield f"The shop holds otherwise than it was sent: {shown(dropped)}."


def _is_lost(name: str, text: str, held: HeldOrder) -> bool:
    return _plain(text) != _plain(held.params.get(name))


def _customer(wanted: Wanted, held: HeldOrder) -> Iterator[str]:
    if any(wanted.people["customer"].values()) and not held.contact_id:
        yield "The order has no customer in the shop, which could not write the one that was sent."
    if differing := list(_unwritten(wanted.people["customer"], held.contact)):
        yield f"The shop's customer is otherwise than it was sent: {', '.join(differing)}."
    if held.rate is not None and held.rate == ZERO:
        currency = wanted.order.currency
        yield f"The shop has not set up {currency}: it counts the order as worth nothing. Add the currency there."


def _unwritten(sent: Mapping[str, str], contact: Mapping[str, Any] | None) -> Iterator[str]:
    """Which parts of the customer are not those of the contact, as far as the shop shows it; it writes names as one."""
    if contact is None:
        return
    shown = {name: _plain(contact.get(name)).casefold() for name in ("email", "name")}
    if sent.get("email") and shown["email"] != _plain(sent["email"]).casefold():
        yield "email"
    for name in ("firstname", "lastname"):
        if sent.get(name) and _plain(sent[name]).casefold() not in shown["name"]:
            yield name


def _unknown(lines: list[WantedLine], ours: HeldByName) -> Iterator[str]:
    """A line without a name is of a product, variant or service that the shop has not, booked at the price sent."""
    unknown = [line for line in lines if line.name in ours and ours[line.name].name in {"", None}]
    if unknown:
        named = [f"{line.name} ({_ids(line)})" for line in unknown[:SHOWN]]
        more = f" and {len(unknown) - SHOWN} more" if len(unknown) > SHOWN else ""
        yield f"The shop has no such product, variant or service, and booked without a name: {', '.join(named)}{more}."


def _ids(line: WantedLine) -> str:
    if line.service_id is not None:
        return f"service {line.service_id}, variant {line.variant_id}"
    return f"product {line.product_id}, variant {line.sku_id}"


def _total(wanted: Wanted, held: HeldOrder) -> str:
    """Both totals where they differ, else empty."""
    grand = wanted.order.totals.grand
    off = held.total - grand
    if abs(off) <= HALF_A_CENT:
        return ""
    taxed = f", of which tax {held.tax:f}" if held.tax and off > 0 else ""
    untold = f"; tax, fees and handling of {wanted.sums.untold:f} have no field there" if wanted.sums.untold else ""
    return f"{held.total:f} there{taxed}, {grand:f} is what the buyer paid{untold}"


def _is_explained(wanted: Wanted, held: HeldOrder) -> bool:
    """Whether the total is the sum of what was sent, with the shop's own tax or without, or of its own discount; else
    no further from what the buyer paid than the shop's rounding of a discount may take it."""
    sent = max(ZERO, wanted.sums.goods - _discount(wanted, held)) + wanted.sums.shipping
    sums = {sent, sent + (held.tax or ZERO), wanted.order.totals.grand}
    off = min(abs(held.total - total) for total in sums)
    return off <= max(SMALL, WAVED_THROUGH * wanted.order.totals.grand)


def _discount(wanted: Wanted, held: HeldOrder) -> Decimal:
    """The discount as it was sent; where no amount was, the shop's own stands."""
    try:
        return Decimal(wanted.discount or "")
    except ArithmeticError:
        return held.discount or ZERO


def _plain(text: object) -> str:
    return " ".join(str(text).split()) if text is not None else ""
