"""A request's body as a flat list of places and values, and in what two of them differ.

A place is written as in ``data.order.items[0].price``, whatever the body is: JSON, a form, PHP's form with its names in
brackets, or a form with JSON in its fields.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from schemas.delivery import SentRequest
from schemas.rehearsal import BodyChange

WHOLE = ""
"""The place of a body that cannot be read: all of it."""
BRACKETS = re.compile(r"\[([^\]]*)\]")


def body_lines(sent: SentRequest) -> dict[str, str]:
    """Every place of the body with its value, in the order of the body. What JSON quotes is quoted. A body that is
    neither, or cut, is one line."""
    text = sent.body.decode("utf-8", "replace")
    if not text:
        return {}
    if sent.is_cut:
        return {WHOLE: text}
    if "json" in sent.content_type:
        found = _json_lines("", text)
    elif "form" in sent.content_type:
        found = _form_lines(text)
    else:
        found = None
    return {WHOLE: text} if found is None else found


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[BodyChange]:
    """What was removed, added or changed, in the order of the later body; what it lacks comes last."""
    paths = dict.fromkeys([*after, *before])
    return [
        BodyChange(path, before.get(path), after.get(path)) for path in paths if before.get(path) != after.get(path)
    ]


def _json_lines(path: str, text: str) -> dict[str, str] | None:
    try:
        return dict(_leaves(path, json.loads(text, parse_float=_Number, parse_int=_Number)))
    except (ValueError, RecursionError):
        return None


def _form_lines(text: str) -> dict[str, str]:
    lines: dict[str, str] = {}
    seen: Counter[str] = Counter()
    for name, value in parse_qsl(text, keep_blank_values=True, max_num_fields=None):
        path = _path(name)
        seen[path] += 1
        if seen[path] > 1:  # a form may say a name again: each is a place of its own
            path = f"{path} ({seen[path]})"
        inside = _json_lines(path, value) if value[:1] in ("{", "[") else None
        lines |= inside or {path: value}
    return lines


def _path(name: str) -> str:
    """PHP's ``items[0][price]`` as ``items[0].price``."""
    stem, bracket, rest = name.partition("[")
    steps = BRACKETS.findall(bracket + rest)
    return stem + "".join(f"[{step}]" if step.isdecimal() or not step else f".{step}" for step in steps)


def _leaves(path: str, tree: Any) -> Iterator[tuple[str, str]]:
    if isinstance(tree, dict) and tree:
        for name, below in tree.items():
            yield from _leaves(f"{path}.{name}" if path else name, below)
    elif isinstance(tree, list) and tree:
        for place, below in enumerate(tree):
            yield from _leaves(f"{path}[{place}]", below)
    elif isinstance(tree, _Number):
        yield path, str(tree)
    else:
        yield path, json.dumps(tree, ensure_ascii=False)


class _Number(str):
    """A number as it is written in JSON: beyond a double it would be another."""

    __slots__ = ()
