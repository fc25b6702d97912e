"""What must hold after any number of kills: nothing lost, nothing doubled, nothing out of order, everything ended.

Reads the vendors' own records and the ledger, and trusts neither alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from schemas.delivery import Delivery, State

CANNOT_UPDATE = {"retargeting"}


@dataclass
class Findings:
    """How often each promise was broken, and the first few cases."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        return {name: len(cases) for name, cases in vars(self).items()}

    def __str__(self) -> str:
        return f"{self.counts()} {[case for cases in vars(self).values() for case in cases[:5]]}"


def check(
    vendors: Mapping[str, list[dict[str, Any]]], deliveries: Iterable[Delivery], newest: Mapping[str, Decimal]
) -> Findings:
    """What is broken. ``vendors`` maps each kind to the orders it holds, ``newest`` each order number to the grand
    total of its last revision; totals of one order only grow from revision to revision."""
    found = Findings()
    for kind, orders in vendors.items():
        _check_vendor(found, kind, orders, newest)
    for delivery in deliveries:
        if delivery.state not in (State.DELIVERED, State.SUPERSEDED, State.SKIPPED):
            found.unfinished.append(f"{delivery.provider} {delivery.event_id} is {delivery.state} ({delivery.reason})")
    return found


def _check_vendor(found: Findings, kind: str, orders: list[dict[str, Any]], newest: Mapping[str, Decimal]) -> None:
    held = Counter(str(order["key"]) for order in orders)
    found.lost += [f"{kind} has no {number}" for number in newest if not held[number]]
    found.doubled += [f"{kind} has {number} {count} times" for number, count in held.items() if count > 1]
    for order in orders:
        totals = [Decimal(str(save[1])) for save in order["saves"]]
        if totals != sorted(totals):
            found.out_of_order.append(f"{kind} {order['key']}: {totals}")
        if kind not in CANNOT_UPDATE and totals[-1] != newest[order["key"]]:
            found.lost.append(f"{kind} {order['key']} ended at {totals[-1]}, not {newest[order['key']]}")
