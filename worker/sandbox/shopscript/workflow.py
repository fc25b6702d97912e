"""Shop-Script's workflow, played: which actions an order's state allows, and where they lead.

Source: the default workflow of shop 12.4.0; shops can redefine it (2026-11).
"""

from __future__ import annotations

from typing import Any

LEADS_TO = {
    "process": "processing", "pay": "paid", "fulfilling": "fulfilling", "ship": "shipped", "complete": "completed",
    "refund": "refunded", "delete": "deleted",
}  # fmt: skip
ALLOWED = {
    "new": ("process", "pay", "fulfilling", "ship", "complete", "comment", "edit", "delete"),
    "processing": ("pay", "fulfilling", "ship", "complete", "comment", "edit", "delete"),
    "paid": ("fulfilling", "ship", "complete", "refund", "comment"),
    "fulfilling": ("ship", "complete", "comment"),
    "shipped": ("complete", "comment", "delete"),
    "completed": ("refund", "comment"),
    "refunded": (),
    "deleted": ("restore",),
}


def allowed(order: dict[str, Any]) -> tuple[str, ...]:
    return ALLOWED[order["state_id"]]


def act(order: dict[str, Any], action: str, *, is_forced: bool = False) -> dict[str, Any] | None:
    """Move the order, and what the shop answers; None where its state does not allow it.

    ``is_forced`` is the older ``shop.order.delete``, which deletes a deleted order once more.
    """
    if not is_forced and action not in allowed(order):
        return None
    before = order["state_id"]
    after = order.pop("state_before", "new") if action == "restore" else LEADS_TO.get(action, before)
    if action == "delete" and before != "deleted":
        order["state_before"] = before
    order["state_id"] = after
    return {
        "order_id": int(order["id"]),
        "action_id": action,
        "before_state_id": before,
        "after_state_id": after,
    }
