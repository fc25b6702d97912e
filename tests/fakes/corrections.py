"""Corrected events for tests, and refusals to correct."""

from __future__ import annotations

import json
from typing import Any

from schemas.config import LimitsConfig
from schemas.event import event_document
from tests.fakes.ops import Ops
from tests.fakes.snapshots import snapshot
from worker.intake.admission import Admission

ORIGINAL = snapshot(id="e1", source="shop/one", revision=3)


def corrected(**changes: Any) -> dict[str, Any]:
    document = event_document(ORIGINAL)
    document["data"]["order"]["comment"] = "corrected"
    return document | changes


def refuse(ops: Ops, document: dict[str, Any]) -> str:
    """Bring an invalid event to the door; the id of its refusal."""
    [receipt] = Admission(ops.ledger.intake, LimitsConfig(), lambda _: None).admit([json.dumps(document).encode()])
    assert receipt.status == "refused"
    return ops.json("refusals")[0]["id"]
