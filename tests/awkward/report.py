"""A short account of a full run, in numbers, for whoever started it."""

from __future__ import annotations

from collections import Counter

from tests.awkward.comparing import compared
from tests.awkward.sizes import FULL
from tests.awkward.straight import KINDS
from tests.awkward.telling import Told

LINES: list[str] = []
"""What is written at the end of the run."""


def report(told: Told) -> None:
    if not FULL:
        return
    LINES.append(
        f"{told.count} awkward orders, {len(told.updated)} updated, {len(told.cancelled)} cancelled, {len(told.noted)} noted"
    )
    for kind in KINDS:
        LINES.append(f"{kind}: {_states(told, kind)}; orders there {sum(map(len, told.held[kind].values()))}")
        LINES.append(f"    differences, silent or told: {_differences(told, kind)}")


def _states(told: Told, kind: str) -> str:
    counts = Counter(
        f"{one.state.value} ({one.reason})" for number in range(told.count) for one in told.of(kind, number)
    )
    return ", ".join(f"{count} {what}" for what, count in counts.most_common())


def _differences(told: Told, kind: str) -> str:
    counts = Counter(
        one.what.split()[0]
        for number in range(told.count)
        if len(told.holds(kind, number)) == 1
        for one in compared(kind, told.snapshot(number, kind), told.holds(kind, number))
    )
    return ", ".join(f"{count} {what}" for what, count in counts.most_common()) or "none"
