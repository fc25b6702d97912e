"""A figure is held to its bar, and a bar that nothing was measured for is no bar that was met."""

from __future__ import annotations

from benchmarks.bars import BARS, CPU, LIST, RATE_PLAIN, Bar, unmeasured


def test_a_rate_has_to_reach_its_bar() -> None:
    assert Bar(RATE_PLAIN, 4.5).is_met
    assert not Bar(RATE_PLAIN, 4.49).is_met


def test_a_cost_must_not_pass_its_bar() -> None:
    assert Bar(CPU, 0.22).is_met
    assert not Bar(CPU, 0.221).is_met


def test_a_bar_says_what_was_found_and_what_was_wanted() -> None:
    assert str(Bar(LIST, 56.66)) == "a page of a list in the full store, ms at p99: 56.66, wanted ≤ 50"
    assert str(Bar(RATE_PLAIN, 3)).endswith("3.00, wanted ≥ 4.5")


def test_what_was_not_measured_is_named() -> None:
    measured = [Bar(says, 1) for says in BARS - {CPU, LIST}]
    assert unmeasured(measured) == sorted([CPU, LIST])
    assert unmeasured([*measured, Bar(CPU, 1), Bar(LIST, 1)]) == []
