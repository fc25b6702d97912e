"""Texts that may be cut, and show where they were."""

from __future__ import annotations


def shortened(text: str, most: int) -> str:
    """The text, of at most so many characters: where it is longer, ``…`` stands for the rest."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
