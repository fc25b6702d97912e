"""Which line at Order Desk is which of ours, and what has to be done about each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from schemas.providers.orderdesk import OUR_MARKS, HeldLine, HeldOrder, read_text
from worker.providers.orderdesk.overlay import Fields, marks_of, overlay, read_marks, send_back, write_marks


@dataclass(frozen=True, slots=True)
class LinePlan:
    """What comes of the lines that are held.

    ``keep`` are the whole lines to send back, each with its id, people's own among them; ``new`` are those of ours
    that are not there; ``gone`` the ids of those of ours that shall not be there any more. ``line_ids`` maps our name
    for a line to the vendor's id.
    """

    keep: list[Fields]
    new: list[Fields]
    gone: list[str]
    line_ids: dict[str, str]


def plan_lines(held: HeldOrder, wanted: Mapping[str, Fields], known_ids: Mapping[str, str]) -> LinePlan:
    """Match what is held with what is wanted: by our name in the line's metadata, by the id we know, then by code."""
    lines = held.lines
    line_ids = match_lines(lines, wanted, known_ids)
    names = {line_id: name for name, line_id in line_ids.items()}
    twins = {names[line.id]: line for line in lines if line.id in names}
    keep: list[Fields] = []
    gone: list[str] = []
    for line in lines:
        if line.id in names:
            keep.append(_merged(line, wanted[names[line.id]]))
        elif _is_spent(line, twins, known_ids):
            gone.append(line.id)
        else:
            keep.append(unchanged(line))
    new = [new_line(fields) for name, fields in wanted.items() if name not in line_ids]
    return LinePlan(keep, new, gone, line_ids)


def unchanged(line: HeldLine) -> Fields:
    """A line as it is, as it is sent back."""
    return {**send_back(line.fields), "id": line.id}


def new_line(fields: Fields) -> Fields:
    """A line of ours that is not there yet, as it is sent."""
    return _marked(overlay({}, fields, {}), fields)


def match_lines(lines: list[HeldLine], wanted: Mapping[str, Fields], known_ids: Mapping[str, str]) -> dict[str, str]:
    by_name: dict[str, str] = {}
    by_code: dict[str, list[str]] = defaultdict(list)
    nameless = {line.id for line in lines if line.item_id not in wanted}
    for line in lines:
        if line.item_id in wanted:
            by_name.setdefault(str(line.item_id), line.id)
        elif line.code:
            by_code[line.code].append(line.id)
    found = {name: by_name[name] for name in wanted if name in by_name}
    for name in wanted.keys() - found.keys():
        if known_ids.get(name) in nameless:
            found[name] = known_ids[name]
    taken = set(found.values())
    for name, fields in wanted.items():
        free = next((i for i in by_code.get(fields.get("code", ""), ()) if i not in taken), None)
        if name not in found and free is not None:
            found[name] = free
            taken.add(free)
    return found


def _is_spent(line: HeldLine, twins: Mapping[str, HeldLine], known_ids: Mapping[str, str]) -> bool:
    """Whether an unmatched line is one of ours that is not wanted any more, or the double of one that is.

    A double comes of a line that was added late, after we had given up waiting; it is the same in number and price.
    A line that people split off carries our name too, but another quantity: that one stays.
    """
    if line.item_id is None:
        return line.id in known_ids.values()
    twin = twins.get(line.item_id)
    return twin is None or all(
        read_text(line.fields.get(name)) == read_text(twin.fields.get(name)) for name in ("quantity", "price")
    )


def _merged(line: HeldLine, ours: Fields) -> Fields:
    return {**_marked(overlay(send_back(line.fields), ours, read_marks(line.metadata)), ours), "id": line.id}


def _marked(merged: Fields, ours: Fields) -> Fields:
    return {**merged, "metadata": {**merged.get("metadata", {}), OUR_MARKS: write_marks(marks_of(ours))}}
