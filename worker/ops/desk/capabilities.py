"""What each kind of provider makes of each type of event, as its adapter offers it.

``python -m worker.ops.desk.capabilities FILE`` writes the table anew into a Markdown file, between its two markers.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from schemas.event import EventType
from schemas.providers import KindBroken, kinds
from worker.providers import KINDS, adapter
from worker.providers.base import Offer

BEGIN, END = "<!-- matrix: begin -->", "<!-- matrix: end -->"
UNSAID = Offer(because="The adapter does not say.")


class Cell(msgspec.Struct, frozen=True):
    """One kind and one type of event. ``calls`` are what it may come to there; none: it is always skipped.
    ``because`` says why it is skipped, or when it comes to something else than the call."""

    kind: str
    event_type: EventType
    calls: tuple[str, ...]
    because: str

    @property
    def sentence(self) -> str:
        """``because`` as a sentence of its own, however the adapter words it."""
        told = self.because.rstrip(".")
        return f"{told[0].upper()}{told[1:]}." if told else ""


def cells(wanted: Iterable[str] | None = None) -> Iterator[Cell]:
    """These kinds, or every one there is, those from outside too, with every type of event."""
    for kind in kinds() if wanted is None else wanted:
        otherwise = UNSAID
        try:
            offers = getattr(adapter(kind), "offers", {})
        except KindBroken as fault:
            offers, otherwise = {}, Offer(because=str(fault))
        for event_type in EventType:
            offer = offers.get(event_type, otherwise)
            yield Cell(kind, event_type, offer.calls, offer.because)


def page_table() -> str:
    """The table of the page: of the kinds that come along."""
    return markdown(cells(KINDS))


def markdown(matrix: Iterable[Cell]) -> str:
    """The cells as a Markdown table, each kind named once."""
    lines = ["| kind | event | delivered as | note |", "|---|---|---|---|"]
    before = ""
    for cell in matrix:
        kind = f"**{cell.kind}**" if cell.kind != before else ""
        calls = ", ".join(f"`{call}`" for call in cell.calls) or "–"
        lines.append(f"| {kind} | `{cell.event_type}` | {calls} | {cell.sentence.replace('|', chr(92) + '|')} |")
        before = cell.kind
    return "\n".join(lines)


def with_table(text: str, table: str) -> str:
    """The text with this table between its markers. Raises ``ValueError`` where it does not have both."""
    parts = re.split(f"({re.escape(BEGIN)}|{re.escape(END)})", text)
    if parts[1::2] != [BEGIN, END]:
        raise ValueError(f"there must be one {BEGIN} and then one {END}")
    return f"{parts[0]}{BEGIN}\n{table}\n{END}{parts[4]}"


def main() -> None:
    file = Path(sys.argv[1])
    file.write_text(with_table(file.read_text(encoding="utf-8"), page_table()), encoding="utf-8")


if __name__ == "__main__":
    main()
