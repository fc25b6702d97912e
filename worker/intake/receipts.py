"""Receipts as Celery task results, so that ``AsyncResult(id).get()`` gives a producer its answer."""

from __future__ import annotations

from typing import Any

import msgspec

from worker.clock import utc_now
from worker.ledger.intake import Receipt


def result_of(task_id: str, receipts: list[Receipt], *, is_batch: bool) -> bytes:
    """The result record of an accept call: state SUCCESS also where events were refused.

    Source: Celery 5.7, ``backends/base.py``, ``_get_result_meta``.
    """
    shown = [shape(receipt) for receipt in receipts]
    return msgspec.json.encode(
        {
            "status": "SUCCESS",
            "result": shown if is_batch else shown[0],
            "traceback": None,
            "children": [],
            "date_done": utc_now().isoformat(),
            "task_id": task_id,
        }
    )


def shape(receipt: Receipt) -> dict[str, Any]:
    """A receipt as producers see it: ``{event_id, status, deliveries, errors, remarks}``, with ``reason`` where it was
    refused, and ``duplicate_of`` where another event told of the same refund or invoice before."""
    shown = msgspec.to_builtins(receipt)
    for name in ("reason", "duplicate_of"):
        if shown[name] is None:
            del shown[name]
    return shown  # type: ignore[no-any-return]  # to_builtins of a Struct is a dict
