"""Delays by places that double."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.ledger.delays import LAST_PLACE, delay_ms_of, delay_place


@pytest.mark.parametrize(
    ("delay_ms", "place"), [(-5, 0), (0, 0), (63, 0), (64, 1), (127, 1), (128, 2), (10**12, LAST_PLACE)]
)
def test_a_delay_has_its_place(delay_ms: int, place: int) -> None:
    assert delay_place(delay_ms) == place


@given(st.lists(st.integers(64, 2**40 // 64), min_size=1, max_size=50), st.sampled_from([0.5, 0.95, 1.0]))
def test_a_share_is_told_to_a_factor_of_two(delays: list[int], share: float) -> None:
    counts: dict[int, int] = {}
    for delay_ms in delays:
        counts[delay_place(delay_ms)] = counts.get(delay_place(delay_ms), 0) + 1
    told = delay_ms_of(counts, share)
    place = -(-len(delays) * round(share * 100) // 100) - 1
    true_ms = min(sorted(delays)[place], 2 * (64 << LAST_PLACE - 1))
    assert told is not None
    assert true_ms / 2 <= told <= true_ms * 2 or delay_place(true_ms) == LAST_PLACE


def test_nothing_counted_is_no_delay() -> None:
    assert delay_ms_of({}, 0.5) is None
