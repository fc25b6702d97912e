"""Each store of a ledger that is split is the shard that it is taken for, or nothing is written there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.split import SplitLedger
from worker.errors import ConfigError
from worker.ledger.store.client import Store
from worker.ledger.store.shards import open_store


@pytest.fixture
def split(clean_store: str) -> Iterator[SplitLedger]:
    made = SplitLedger((clean_store,) * 3, "one", "two")
    yield made
    made.close()


@pytest.mark.parametrize("further", [0, 1, 3])
def test_another_number_of_shards_than_the_ledger_has_is_refused_before_anything_is_written(
    split, clean_store, further
):
    before = split.store.client.dbsize()
    other = open_store(clean_store, [clean_store] * further)
    for _ in range(2):
        with pytest.raises(ConfigError, match=rf"has 3 stores, and {further + 1} stores? "):
            other.now_ms()
    assert split.store.client.dbsize() == before
    other.close()


def test_a_ledger_in_use_without_shards_is_not_split(clean_store):
    alone = Store(clean_store)
    alone.run("refuse", "", "", "invalid", "[]", "", 1000, "", "")
    alone.close()
    split = open_store(clean_store, [clean_store])
    with pytest.raises(ConfigError, match="has 1 store, and 2 stores are named"):
        split.now_ms()
    split.close()


def test_a_first_try_with_wrong_addresses_leaves_the_number_of_shards_open(clean_store):
    for further in (4, 2):
        tried = open_store(clean_store, [clean_store] * further)
        tried.now_ms()
        tried.close()
    tried = open_store(clean_store, [clean_store] * 2)
    assert tried.shards[2].now_ms()
    tried.close()
