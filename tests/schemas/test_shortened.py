"""What is cut says so."""

from __future__ import annotations

from schemas.shortened import shortened


def test_what_is_short_enough_stays_as_it_is() -> None:
    assert shortened("abc", 3) == "abc"


def test_a_cut_is_shown_and_counts() -> None:
    assert shortened("two of three", 8) == "two of…"
    assert shortened("abcdefghi", 8) == "abcdefg…"
