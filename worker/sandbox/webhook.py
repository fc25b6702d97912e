"""An endpoint, played: it checks the signature and keeps each event once.

Source: Standard Webhooks specification 1.0: the signed content, the five minutes of tolerance, ``webhook-id`` to
tell a repeat.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any, ClassVar

from worker.sandbox.base import Vendor, VendorAnswer, VendorCall

SECRET = "whsec_" + base64.b64encode(b"test-webhook-secret-0001").decode()
TOLERANCE_S = 300


class SimulatedWebhook(Vendor):
    """One endpoint, with what it was sent by source and order number."""

    kind: ClassVar[str] = "webhook"

    def __init__(self, *, clock: Callable[[], float] = time.time, secret: str = SECRET) -> None:
        self.clock = clock
        self.key = base64.b64decode(secret.removeprefix("whsec_"))
        self._seen: set[str] = set()
        self._orders: dict[tuple[str, str], dict[str, Any]] = {}

    def answer(self, call: VendorCall) -> VendorAnswer:
        if call.method != "POST":
            return _answer(405, "Send a POST.")
        refusal = self._unsigned(call)
        if refusal is not None:
            return _answer(401, refusal)
        try:
            event = json.loads(call.body)
            source, subject, saved = event["source"], event["subject"], _saved(event)
        except (ValueError, KeyError, TypeError):
            return _answer(400, "The body is no order event.")
        webhook_id = call.headers["webhook-id"]
        if webhook_id not in self._seen:
            self._seen.add(webhook_id)
            kept = self._kept(source, subject, call.at)
            kept["saves"].append(saved)
            kept["order"] = _order(event) or kept["order"]
        return VendorAnswer(204, b"", {})

    def orders(self) -> list[dict[str, Any]]:
        return list(self._orders.values())

    def reset(self) -> None:
        self._seen.clear()
        self._orders.clear()

    def _kept(self, source: str, subject: str, at: float) -> dict[str, Any]:
        """What is held of one order; ``order`` is the order of the last event that carried one."""
        made: dict[str, Any] = {
            "key": subject,
            "id": f"{source}#{subject}",
            "source": source,
            "saves": [],
            "order": None,
            "saved_at": at,
        }
        return self._orders.setdefault((source, subject), made)

    def _unsigned(self, call: VendorCall) -> str | None:
        """Why this call is not believed, or ``None``."""
        webhook_id, timestamp = call.headers.get("webhook-id", ""), call.headers.get("webhook-timestamp", "")
        if not webhook_id or not timestamp.isdecimal():
            return "webhook-id and webhook-timestamp are needed."
        if abs(self.clock() - int(timestamp)) > TOLERANCE_S:
            return "The timestamp is too far from now."
        signed = f"{webhook_id}.{timestamp}.".encode() + call.body
        expected = "v1," + base64.b64encode(hmac.digest(self.key, signed, hashlib.sha256)).decode()
        given = call.headers.get("webhook-signature", "").split(" ")
        if not any(hmac.compare_digest(expected.encode(), one.encode()) for one in given):
            return "No signature matches."
        return None


def _saved(event: dict[str, Any]) -> list[Any]:
    order = _order(event) or {}
    return [event["type"], order.get("totals", {}).get("grand"), event.get("deliveryid")]


def _order(event: dict[str, Any]) -> dict[str, Any] | None:
    order: dict[str, Any] | None = event.get("data", {}).get("order")
    return order


def _answer(status: int, sentence: str) -> VendorAnswer:
    return VendorAnswer(status, json.dumps({"error": sentence}).encode())
