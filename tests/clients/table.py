"""The table of clients, brokers and what came of each, as docs/clients.md has it between its two marks."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tests.clients.clients import CLIENTS, Client

PAGE = Path(__file__).parents[2] / "docs/clients.md"
UNSENT = "cannot be sent"
BEGIN, END = "<!-- written by make clients -->\n", "<!-- to here -->\n"
BROKERS = {"redis": "Valkey or Redis", "quorum": "RabbitMQ, quorum queue", "classic": "RabbitMQ, classic queue"}
_rows: dict[tuple[str, str], list[str]] = {}


def note(client: Client, broker: str, told: dict[str, dict[str, Any]], instead: str) -> None:
    """Keep what came of each way of sending, in words; ``instead`` is said where nothing was sent."""
    groups: dict[str, list[str]] = {}
    for way in client.ways:
        if way in told:
            groups.setdefault(came(told[way]), []).append(way)
    said = [what if what.startswith(UNSENT) else f"{what}: {', '.join(ways)}" for what, ways in groups.items()]
    _rows[client.name, broker] = said or [instead]


def came(answer: dict[str, Any]) -> str:
    """What became of one order, as its sender was told."""
    if "error" in answer:
        known = re.search(r"PRECONDITION_FAILED - inequivalent arg '[a-z-]+'", answer["error"])
        return f"{UNSENT} ({known.group() if known else answer['error'].splitlines()[-1][:80]})"
    found = answer["receipt"]
    receipts = found if isinstance(found, list) else [found]
    words = {one["status"] for one in receipts}
    return " and ".join(sorted(words)) + ", and told so"


def write() -> None:
    """Put the table into the page, whole: only where every client was run."""
    wanted = [(client.name, broker) for client in CLIENTS for broker in client.brokers]
    if any(run not in _rows for run in wanted):
        return
    lines = ["| client | broker | what came of it |", "|---|---|---|"]
    for client in CLIENTS:
        same: dict[str, list[str]] = {}
        for broker in client.brokers:
            same.setdefault("; ".join(_rows[client.name, broker]), []).append(BROKERS[broker])
        lines += [f"| {client.name} | {'; '.join(brokers)} | {what} |" for what, brokers in same.items()]
    page = PAGE.read_text()
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(before + BEGIN + "\n" + "\n".join(lines) + "\n\n" + END + after)
