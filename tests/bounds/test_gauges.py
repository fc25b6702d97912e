"""The gauges themselves: a step that takes too long is found, and the message says which and by how much."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.bounds.gauges import no_step_over, only_in_full
from tests.fakes.ledger import Ledger, snapshot

pytestmark = only_in_full
NAP = """#!lua name=nap
redis.register_function('ordercast_0_nap', function()
  local sum = 0
  for i = 1, 50000000 do sum = sum + i end
end)
"""


@pytest.fixture
def napping(ledger: Ledger) -> Iterator[Ledger]:
    """A ledger whose store knows a step that counts to fifty million."""
    ledger.store.client.function_load(NAP)
    yield ledger
    ledger.store.client.function_delete("nap")


def test_a_step_that_takes_too_long_is_named_with_its_time(napping: Ledger) -> None:
    with (
        pytest.raises(AssertionError, match=r"longer than 1,000 writes, .*: nap \d\d+\.\d ms.*the load is"),
        no_step_over(napping, 1_000),
    ):
        napping.store.client.fcall("ordercast_0_nap", 0)


def test_steps_that_are_quick_enough_pass(ledger: Ledger) -> None:
    with no_step_over(ledger, 1_000_000):
        ledger.accept(snapshot())
        ledger.deliver()
