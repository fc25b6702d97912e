"""How much is measured follows from the orders of a run; how calls are shared and durations spread."""

from __future__ import annotations

import pytest

from benchmarks.accounts import Accounts
from benchmarks.sizes import ORDERS, PAIRS, sizes
from benchmarks.spread import spread
from benchmarks.tally import Seen


def test_a_whole_run_measures_what_is_written_down() -> None:
    whole = sizes()
    assert (whole.drained, whole.parked, whole.records, whole.window_s) == (5_000, 20_000, 100_000, 30)
    assert whole.is_whole
    assert not whole.is_short


def test_fewer_orders_make_everything_smaller() -> None:
    small = sizes(200, 1)
    assert (small.drained, small.parked, small.records) == (500, 2_000, 10_000)
    assert small.is_short


@pytest.mark.parametrize(("orders", "pairs"), [(ORDERS - 1, PAIRS), (ORDERS, PAIRS - 1)])
def test_less_than_a_whole_run_is_not_written_down(orders: int, pairs: int) -> None:
    assert not sizes(orders, pairs).is_whole


def test_what_was_asked_for_is_taken_as_it_is() -> None:
    asked = sizes(200, 1, drained=20_000, parked=100_000, records=1_000_000, window_s=60)
    assert (asked.drained, asked.parked, asked.records, asked.window_s) == (20_000, 100_000, 1_000_000, 60)


@pytest.mark.parametrize("in_flight", [10, 50, 200])
def test_the_accounts_share_all_the_calls_as_evenly_as_can_be(in_flight: int) -> None:
    shares = Accounts.sharing(in_flight).in_flight.values()
    assert sum(shares) == in_flight
    assert max(shares) - min(shares) <= 1


def test_a_spread_is_in_milliseconds_and_by_nearest_rank() -> None:
    found = spread(number / 1000 for number in range(100, 0, -1))
    assert (found.count, found.p50_ms, found.p99_ms, found.worst_ms) == (100, 50, 99, 100)
    assert spread([0.002]).p50_ms == spread([0.002]).p99_ms == 2


def test_nothing_at_all_has_no_spread() -> None:
    with pytest.raises(ValueError, match="nothing"):
        spread([])


def test_what_came_since_is_counted_by_account() -> None:
    assert Seen((5, 6, 7, 8), 2.0).since(Seen((1, 2, 3, 8), 1.0)) == (4, 4, 4, 0)
