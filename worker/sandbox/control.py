"""The sandbox's own routes under ``/_sandbox``: what each vendor holds, what it was called, what shall go wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from worker.sandbox.base import VendorAnswer
from worker.sandbox.faults import BadFault, read_fault
from worker.sandbox.stage import Stage

ROOT = "/_sandbox"


def control(stages: Mapping[str, Stage], method: str, path: str, query: str, body: bytes) -> VendorAnswer:
    """The answer to a call under ``/_sandbox``. Errors are ``{"error": sentence}`` with 400, 404 or 405."""
    parts = [part for part in path.removeprefix(ROOT).split("/") if part]
    if not parts:
        return _all(stages, method)
    if len(parts) != 2 or parts[0] not in stages:  # noqa: PLR2004  kind and what is asked of it
        return _refused(404, f"There is nothing here; kinds are {', '.join(stages)}.")
    stage = stages[parts[0]]
    match method, parts[1]:
        case "GET", "orders":
            return VendorAnswer(200, stage.orders(_encoded))
        case "GET", "calls":
            return _calls(stage, query)
        case "GET", "faults":
            return VendorAnswer(200, _encoded(stage.faults()))
        case "POST", "faults":
            return _new_fault(stage, body)
        case "DELETE", "faults":
            stage.clear_faults()
            return VendorAnswer(204, b"", {})
        case _, "orders" | "calls" | "faults":
            return _refused(405, f"{parts[1]} cannot be asked with {method}.")
    return _refused(404, "A vendor has orders, calls and faults.")


def _all(stages: Mapping[str, Stage], method: str) -> VendorAnswer:
    if method == "DELETE":
        for stage in stages.values():
            stage.reset()
        return VendorAnswer(204, b"", {})
    if method == "GET":
        return VendorAnswer(200, _encoded({"kinds": list(stages)}))
    return _refused(405, "GET lists the kinds, DELETE forgets everything.")


def _calls(stage: Stage, query: str) -> VendorAnswer:
    limit = parse_qs(query, keep_blank_values=True).get("limit", [None])[-1]
    if limit is not None and not limit.isdecimal():
        return _refused(400, "limit is a whole number.")
    return VendorAnswer(200, _encoded(stage.calls(None if limit is None else int(limit))))


def _new_fault(stage: Stage, body: bytes) -> VendorAnswer:
    try:
        fault = read_fault(body)
    except BadFault as error:
        return _refused(400, str(error))
    return VendorAnswer(201, _encoded({"id": stage.add_fault(fault)}))


def _refused(status: int, sentence: str) -> VendorAnswer:
    return VendorAnswer(status, _encoded({"error": sentence}))


def _encoded(tree: Any) -> bytes:
    return json.dumps(tree, default=str, ensure_ascii=False).encode("utf-8", "replace")
