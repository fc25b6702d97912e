"""Shop-Script's workflow, played: which actions an order's state allows, and where they lead.

Source: ``lib/config/data/workflow.php`` of webasyst/shop-script, ``e05aa90`` (12.x), without the actions that only a
payment terminal, a pick-up PIN or product codes open (2026-11). Shops can redefine it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_LEADS_TO = {
    "process": "processing", "pay": "paid", "fulfilling": "fulfilling", "ship": "shipped", "complete": "completed",
    "pickup": "completed", "capture": "paid", "cancel": "refunded", "refund": "refunded", "delete": "deleted",
}  # fmt: skip
_OPEN_IN: dict[str, tuple[str, ...]] = {
    "new": (
        "process", "pay", "fulfilling", "ship", "complete", "comment", "edit", "editshippingdetails", "message",
        "delete",
    ),
    "processing": (
        "pay", "fulfilling", "ship", "complete", "comment", "edit", "editshippingdetails", "message", "delete",
    ),
    "auth": ("capture", "cancel", "comment", "message"),
    "paid": ("fulfilling", "ship", "editshippingdetails", "complete", "refund", "comment", "message"),
    "fulfilling": ("ship", "editshippingdetails", "complete", "comment", "delete", "message"),
    "shipped": ("editshippingdetails", "complete", "comment", "delete", "message"),
    "completed": ("comment", "refund", "message"),
    "pos": ("complete", "comment", "edit", "editshippingdetails", "message", "delete"),
    "pickup": ("pickup", "comment", "edit", "editshippingdetails", "message", "delete"),
    "refunded": ("message",),
    "deleted": ("restore", "message"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Workflow:
    """``open_in`` names the actions that each state offers, ``leads_to`` the state after an action that moves one."""

    open_in: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _OPEN_IN)
    leads_to: Mapping[str, str] = field(default_factory=lambda: _LEADS_TO)

    def actions(self, order: dict[str, Any]) -> tuple[str, ...]:
        return self.open_in[order["state_id"]]

    def act(self, order: dict[str, Any], action: str, *, is_forced: bool = False) -> dict[str, Any] | None:
        """Move the order, and what the shop answers; None where its state does not offer the action.

        ``is_forced`` is the older ``shop.order.delete``, which deletes a deleted order once more. Each action is one
        more row in the order's ``moved``: the action, the total it moved, the state after it.
        """
        if not is_forced and action not in self.actions(order):
            return None
        before = order["state_id"]
        after = order.pop("state_before", "new") if action == "restore" else self.leads_to.get(action, before)
        if action == "delete" and before != "deleted":
            order["state_before"] = before
        order["state_id"] = after
        order["moved"].append([action, order["total"], after])
        return {"order_id": int(order["id"]), "action_id": action, "before_state_id": before, "after_state_id": after}


DEFAULT = Workflow()
