"""An edit of an order: what the shop holds, what it should hold, and the body of the PUT between the two."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.providers.openbizbox import HeldOrder
from worker.providers.openbizbox.alike import sections_differ
from worker.providers.openbizbox.body import Wanted
from worker.providers.openbizbox.changes import line_changes
from worker.providers.openbizbox.due import held_others
from worker.providers.openbizbox.fit import settled


def edit_of(wanted: Wanted, held: HeldOrder, line_ids: Mapping[str, str]) -> dict[str, Any]:
    """The body of the PUT that turns what is held into what is wanted; empty where nothing differs.

    ``line_ids`` maps our item ids to the shop's lines, as far as they are known. No call opens a cancelled order again,
    whose money was given back: its status is left, or it would be shipped unpaid.
    """
    left = {"status"} if held.is_cancelled else set[str]()
    names = [name for name in wanted.sections if name not in left and sections_differ(name, wanted, held)]
    body = {name: wanted.sections[name] for name in names}
    comment = wanted.words.to_send(held) if wanted.words else None
    if comment is not None:
        body["comment"] = comment
    lines = _lines(settled(wanted, held, line_ids), held, line_ids)
    return body | ({"lines": lines} if lines else {})


def _lines(wanted: Wanted, held: HeldOrder, line_ids: Mapping[str, str]) -> dict[str, Any]:
    """None where all are there to the decimals that the shop shows, unless its sum is of other prices than ours."""
    others = held_others(held)
    is_off = others is not None and abs(wanted.due.made_up(others)) > wanted.due.most
    if is_off or line_changes(wanted, held, line_ids):
        return line_changes(wanted, held, line_ids, exactly=True)
    return {}
