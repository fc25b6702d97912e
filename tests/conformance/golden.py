"""What each kind sends for each type of event, as text to read and to compare: its golden file.

``python -m tests.conformance.golden`` writes all of them anew; the difference is then reviewed like any other.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl

import msgspec

from schemas.event import EventType
from schemas.outcome import Outcome
from tests.conformance.orders import created, event_of
from tests.conformance.played import play
from tests.conformance.rows import ROWS
from worker.providers.base import Reply, Request

ROOT = Path(__file__).parents[1] / "data" / "providers"
COMMAND = "python -m tests.conformance.golden"


def golden_file(kind: str, event_type: EventType) -> Path:
    return ROOT / kind / "golden" / f"{event_type}.txt"


def golden(kind: str, event_type: EventType) -> str:
    """Every call that one event makes at a simulated vendor with the answer's status, and what comes of it.

    All but a create are about an order that was created there before.
    """
    played = play(kind)
    link = None if event_type is EventType.CREATED else played.save(created()).link
    played.heard.clear()
    outcome = played.run(played.operation(event_of(event_type), link).converse())
    calls = [_call(request, reply, ROWS[kind].varying) for request, reply in played.heard]
    return "\n".join([*calls, _end(outcome)])


def _call(request: Request, reply: Reply, varying: frozenset[str]) -> str:
    lines = [f"{request.method} {request.path or '(base_url itself)'}"]
    lines += [f"{name}: {'…' if name in varying else text}" for name, text in request.headers.items()]
    changes = ", changes something" if request.mutating else ""
    return "\n".join([*lines, "", *_body(request), f"→ {reply.status}  ({request.step}{changes})", ""])


def _body(request: Request) -> list[str]:
    if not request.body:
        return []
    if request.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
        return [*(f"{name} = {_shown(text)}" for name, text in parse_qsl(request.body.decode(), True)), ""]
    return [msgspec.json.format(request.body, indent=1).decode(), ""]


def _shown(text: str) -> str:
    return text.replace("\n", "⏎")


def _end(outcome: Outcome) -> str:
    link = outcome.link
    learned = f"order {link.order_id}, lines {dict(link.line_ids)}" if link and link.order_id else "nothing"
    return f"= {outcome.kind} ({outcome.reason}); learned: {learned}\n  {outcome.message or '(no message)'}\n"


def main() -> None:
    for kind in ROWS:
        for event_type in EventType:
            file = golden_file(kind, event_type)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(golden(kind, event_type))


if __name__ == "__main__":
    main()
