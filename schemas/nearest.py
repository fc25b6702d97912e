"""What was probably meant by a name that nobody knows."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches


def nearest(word: str, known: Collection[str]) -> str:
    """The nearest of the known names as a question, or all of them."""
    return near(word, known) or f"known are {', '.join(known)}"


def near(word: str, known: Collection[str]) -> str:
    """The nearest of the known names as a question; nothing where none is near."""
    found = get_close_matches(word, known, n=1)
    return f"did you mean {found[0]}?" if found else ""
