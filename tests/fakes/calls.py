"""Celery messages as a worker's consumer hands them on."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any


def message_of(task: str, args: list[Any]) -> Any:
    """A call of a task in message protocol 2."""
    return SimpleNamespace(
        headers={"id": "t1", "task": task, "root_id": "t1", "ignore_result": True},
        body=json.dumps([args, {}, {}]).encode(),
        payload=[args, {}, {}],
        content_type="application/json",
        content_encoding="utf-8",
        delivery_info={},
        properties={},
        delivery_tag="1",
    )
