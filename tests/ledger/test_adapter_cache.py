"""What adapters keep for a while is shared by all processes, and is not missed where the store is away."""

from __future__ import annotations

from tests.fakes.ledger import Ledger
from worker.ledger.adapter_cache import AdapterCache
from worker.ledger.store.client import Store
from worker.providers.memory import ProcessMemory


def two(ledger: Ledger) -> tuple[AdapterCache, AdapterCache]:
    """Two processes' memories of one store."""
    return AdapterCache(ledger.store, ProcessMemory()), AdapterCache(ledger.store, ProcessMemory())


def test_what_one_process_keeps_another_recalls(ledger: Ledger) -> None:
    one, other = two(ledger)
    assert other.recall("box:token") is None
    one.keep("box:token", "t-1", 60)
    assert other.recall("box:token") == "t-1"


def test_what_was_recalled_lasts_no_longer_than_it_was_kept_for(ledger: Ledger) -> None:
    now_s = [0.0]
    one, _ = two(ledger)
    other = AdapterCache(ledger.store, ProcessMemory(clock=lambda: now_s[0]))
    one.keep("box:token", "t-1", 60)
    assert other.recall("box:token") == "t-1"
    one.forget("box:token")
    now_s[0] = 59.0
    assert other.recall("box:token") == "t-1"
    now_s[0] = 61.0
    assert other.recall("box:token") is None


def test_what_is_forgotten_is_gone_for_processes_that_come_later(ledger: Ledger) -> None:
    one, other = two(ledger)
    one.keep("box:token", "t-1", 60)
    one.forget("box:token")
    assert one.recall("box:token") is None
    assert other.recall("box:token") is None


def test_forgetting_a_stale_token_leaves_the_newer_one_of_another_process(ledger: Ledger) -> None:
    one, other = two(ledger)
    one.keep("box:token", "t-1", 60)
    assert other.recall("box:token") == "t-1"
    other.keep("box:token", "t-2", 60)
    assert one.recall("box:token") == "t-1"
    one.forget("box:token")
    assert one.recall("box:token") == "t-2"


def test_of_two_processes_that_keep_the_first_value_at_once_one_is_the_first(ledger: Ledger) -> None:
    one, other = two(ledger)
    other.recall = lambda _name: None  # type: ignore[method-assign]  it had looked before the first one kept anything
    assert one.keep_first("desk:currency", "EUR", 60) == "EUR"
    assert other.keep_first("desk:currency", "DKK", 60) == "EUR"
    assert one.keep_first("desk:currency", "SEK", 60) == "EUR"


def test_with_the_store_away_each_process_has_its_own() -> None:
    store = Store("redis://127.0.0.1:1/0")
    memory = AdapterCache(store, ProcessMemory())
    memory.keep("box:token", "t-1", 60)
    assert memory.recall("box:token") == "t-1"
    assert memory.recall("box:other") is None
    assert [memory.keep_first("desk:currency", value, 60) for value in ("EUR", "DKK")] == ["EUR", "EUR"]
    memory.forget("box:token")
    assert memory.recall("box:token") is None
    store.close()
