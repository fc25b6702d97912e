"""A ledger that keeps much is no slower than one that keeps little: steps, pages, trimming."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import count, islice

import pytest

from schemas.delivery import Delivery, State
from tests.bounds.figures import state
from tests.bounds.gauges import busy, no_step_over, only_in_full, step_us
from tests.bounds.seed import End, bury, deliver, samples, seed, sized
from tests.fakes.ledger import Ledger
from worker.ledger.customers import Customers
from worker.ledger.queries.deliveries import Filter
from worker.ledger.queries.paging import PAGE
from worker.ledger.retention import BATCH, Retention

ORDERS = sized(250_000, 1_200)
"""Four records each."""
PROBE = 60
GROWTH = 1.10
SWEEP_WRITES = 15_000
DAY_MS = 86_400_000
words = count()


def a_few(ledger: Ledger) -> None:
    seed(ledger, samples(PROBE, word=f"p{next(words)}-"))


@only_in_full
def test_a_step_takes_as_long_with_many_records_as_with_few(four: Ledger) -> None:
    seed(four, samples(250, word="few"))
    few_us = step_us(four, lambda: a_few(four))
    seed(four, samples(ORDERS))
    many_us = step_us(four, lambda: a_few(four), wanted_us=GROWTH * few_us)
    state("a step, of the store's time", f"{few_us:.0f} µs with 1,000 records, {many_us:.0f} µs with {4 * ORDERS:,}")
    assert many_us <= GROWTH * few_us, (
        f"a step took {many_us:.0f} µs with {4 * ORDERS:,} records and {few_us:.0f} µs with 1,000, which is"
        f" {many_us / few_us:.2f} times as long where {GROWTH:g} is the bar; {busy()}"
    )


def pages_ms(found: Iterator[Delivery]) -> list[float]:
    """How long each page takes to read, one after the other to the end."""
    taken = []
    while True:
        began = time.perf_counter()
        page = list(islice(found, PAGE))
        taken.append((time.perf_counter() - began) * 1000)
        if len(page) < PAGE:
            return taken


@only_in_full
@pytest.mark.parametrize(
    ("end", "wanted"),
    [(deliver, Filter()), (bury, Filter(state=State.DEAD, provider="one"))],
    ids=["deliveries", "dead"],
)
def test_the_last_page_of_a_list_comes_as_quickly_as_the_first(four: Ledger, end: End, wanted: Filter) -> None:
    seed(four, samples(ORDERS), end)
    taken = pages_ms(four.records.listed(wanted))[:-1]
    tenth = max(3, len(taken) // 10)
    first, last = min(taken[:tenth]), min(taken[-tenth:])
    kind = "dead letters" if wanted.state else "deliveries"
    state(f"a page of {PAGE} of {kind}", f"the first {first:.1f} ms, the last of {len(taken):,} {last:.1f} ms")
    assert last <= 1.5 * first, f"the last page took {last / first:.2f} times as long, 1.5 is the bar; {busy()}"


def test_a_list_misses_nothing_and_shows_nothing_twice_while_it_is_read(four: Ledger) -> None:
    """Records of one instant lie on both sides of a page's end; others end while they are listed."""
    seed(four, samples(PAGE + 50), bury)
    key = four.store.keys.key("dead", provider="one")
    letters = four.store.client.zrange(key, 0, -1)
    four.store.client.zadd(key, dict.fromkeys(letters[20:240], four.store.now_ms()))
    found = four.records.listed(Filter(state=State.DEAD, provider="one"))
    seen = [one.id for one in islice(found, PAGE)]
    for one in seen[:40]:
        assert four.dead.discard(one).result == "discarded"
    seen += [one.id for one in found]
    assert len(seen) == len(set(seen)) == PAGE + 50


def test_retention_gives_the_memory_back_in_bounded_steps(four: Ledger) -> None:
    seed(four, samples(250, word="w"))
    used = four.store.client.info("memory")["used_memory"]
    seed(four, samples(ORDERS))
    full = four.store.client.info("memory")["used_memory"]
    key = four.store.keys.key("epoch")
    four.store.client.hincrby(key, "clock", 15 * DAY_MS)
    tidy = Retention(four.store, 14 * DAY_MS, Customers(four.store))
    with no_step_over(four, SWEEP_WRITES):
        swept = [tidy.sweep(four.store.now_ms()) for _ in range((ORDERS + 250) // BATCH + 2)]
    assert (max(swept), sum(swept), swept[-1]) == (BATCH, ORDERS + 250, 0)
    left = four.store.client.info("memory")["used_memory"]
    assert left - used < 0.45 * (full - used), "what stays are links and accepted ids"
