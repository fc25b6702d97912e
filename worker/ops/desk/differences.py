"""What a correction changes in an event, line by line."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator


def difference(before: bytes, after: bytes, was: str = "accepted") -> Iterator[str]:
    """The lines that a correction changes, with three around each. ``was`` is what had become of it before."""
    old, new = pretty(before).splitlines(), pretty(after).splitlines()
    return difflib.unified_diff(old, new, was, "corrected", lineterm="")


def pretty(body: bytes) -> str:
    """A body as JSON over several lines; as it is, where it is none."""
    try:
        return json.dumps(json.loads(body), ensure_ascii=False, indent=2) + "\n"
    except (ValueError, RecursionError):
        return body.decode(errors="replace")
