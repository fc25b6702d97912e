"""Orders to cast: a real shop's, again and again under fresh numbers."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.journal import NUMBER

SAMPLE = Path(__file__).parents[1] / "tests" / "data" / "superstore-sample.jsonl.gz"


def raw_events(count: int, run: str) -> list[dict[str, Any]]:
    """So many ``order.created`` events as a producer sends them. No two runs of different names share a number."""
    return list(islice(endless_events(run), count))


def paced_events(count: int, first: int = 0) -> list[dict[str, Any]]:
    """The same under numbers by which the stub's journal knows them: the first, the next and so on."""
    return [_renumbered(event, NUMBER % index) for index, event in enumerate(raw_events(count, "paced"), first)]


def endless_events(run: str) -> Iterator[dict[str, Any]]:
    """The same, one after the other."""
    lines = gzip.decompress(SAMPLE.read_bytes()).splitlines()
    created = [event for event in map(json.loads, lines) if event["type"] == "order.created"]
    lap = 0
    while True:
        lap += 1
        for event in created:
            yield _renumbered(event, f"{event['subject']}-{run}{lap}")


def _renumbered(event: dict[str, Any], number: str) -> dict[str, Any]:
    order = event["data"]["order"] | {"number": number}
    return event | {"id": f"{number}.1", "subject": number, "data": {"order": order}}
