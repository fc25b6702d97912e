"""A case: events that a shop told, the house that hears them, and what each vendor shows of an order by its buyer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.fakes.house import SHORT, House

KINDS = ("retargeting", "shopscript", "orderdesk", "openbizbox", "webhook")
FOLDERS = {"paid": 21655, "processing": 21655, "completed": 21656, "cancelled": 21657}
TABLES = {
    "orderdesk": "[providers.orderdesk.folders]\n"
    + "".join(f"{name} = {number}\n" for name, number in FOLDERS.items()),
    "openbizbox": (
        'order_id_offset = 5000000\ntimezone = "Europe/Copenhagen"\n'
        "[providers.openbizbox.statuses]\npaid = 5\nprocessing = 5\nshipped = 6\ncompleted = 7\n"
    ),
}
"""As the accounts were set up when the cases were first seen."""

Orders = list[dict[str, Any]]


def events(name: str) -> Orders:
    """What was told, in its order."""
    lines = (Path(__file__).parent / f"{name}.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def house(directory: Path, own: Mapping[str, str] | None = None) -> House:
    """All five kinds; ``own`` is put before a kind's tables."""
    heads = own or {}
    tables = {kind: heads.get(kind, "") + TABLES.get(kind, "") for kind in KINDS}
    return House(directory, *KINDS, settings=SHORT, tables=tables)


def tell(to: House, *told: dict[str, Any]) -> Orders:
    """Each event when those before it are settled, as a day in a shop has it. Gives the receipts."""
    receipts = []
    for event in told:
        so_far = len({one.event_id for one in to.deliveries()})
        receipts.append(to.send(event).get(timeout=30))
        to.settled(so_far + (receipts[-1]["status"] == "accepted"))
    return receipts


def states(of: House, event_id: str) -> dict[str, tuple[str, str | None]]:
    """What became of an event at each vendor: the state, and the reason of the last attempt."""
    found = [one for one in of.deliveries() if one.event_id == event_id]
    return {one.provider: (one.state.value, one.last_attempt.reason if one.last_attempt else None) for one in found}


def remark(of: House, event_id: str, kind: str) -> str:
    """What the delivery of an event to a vendor said."""
    [one] = [one for one in of.deliveries(provider=kind) if one.event_id == event_id]
    return one.last_attempt.message if one.last_attempt else ""


def of_buyer(held: Orders, email: str) -> dict[str, Any]:
    """The one order of a buyer among those that a vendor shows."""
    [found] = [order for order in held if email in str(order)]
    return found
