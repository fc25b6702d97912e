"""A ledger is filled by real steps: what was delivered, parked and buried is so for whoever looks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import meter
from benchmarks.accounts import Accounts, read_config, write_config
from benchmarks.seeding import Seeding, buried, delivered, one_in, parked
from worker.ledger.provider_table import apply_table
from worker.ledger.queries.ledger_status import LedgerStatus
from worker.ledger.store.client import Store

ORDERS = 30


@pytest.fixture
def seed(clean_store: str, tmp_path: Path) -> Iterator[Seeding]:
    write_config(tmp_path / "ordercast.toml", 1, tmp_path / "store", Accounts({"ads": 8, "desk": 8}))
    config, store = read_config(tmp_path / "ordercast.toml"), Store(clean_store)
    apply_table(store, config.providers, "digest")
    yield Seeding(store, config)
    store.close()


def counted(seed: Seeding) -> dict[str, tuple[int, int, int, int]]:
    rows = LedgerStatus(seed.store).read("ordercast.intake").providers
    return {row.provider: (row.delivered, row.dead, row.parked, row.pending) for row in rows}


def test_every_order_is_delivered_at_every_account(seed: Seeding) -> None:
    seed.fill(ORDERS, "some", delivered)
    assert counted(seed) == {"ads": (ORDERS, 0, 0, 0), "desk": (ORDERS, 0, 0, 0)}


def test_parked_orders_wait_to_be_woken(seed: Seeding) -> None:
    seed.fill(ORDERS, "some", parked)
    assert counted(seed) == {"ads": (0, 0, ORDERS, 0), "desk": (0, 0, ORDERS, 0)}


def test_letters_that_died_of_many_causes_hold_no_gate(seed: Seeding) -> None:
    seed.fill(ORDERS, "some", buried)
    assert counted(seed) == {"ads": (0, ORDERS, 0, 0), "desk": (0, ORDERS, 0, 0)}
    rows = LedgerStatus(seed.store).read("ordercast.intake").providers
    assert {row.gate.state for row in rows} == {"open"}


def test_one_in_some_ends_otherwise(seed: Seeding) -> None:
    seed.fill(ORDERS, "some", one_in(10, buried, delivered))
    assert counted(seed)["ads"] == (27, 3, 0, 0)


def test_the_time_of_steps_is_the_servers_own(seed: Seeding) -> None:
    before = meter.scripts(seed.store.url)
    seed.fill(1, "one", delivered)
    after = meter.scripts(seed.store.url)
    assert after.count - before.count >= 3
    assert 0 < after.each_us(before) < 100_000


def test_bytes_are_told_by_the_kind_of_key(seed: Seeding) -> None:
    seed.fill(ORDERS, "some", delivered)
    kinds = meter.ledger_bytes(seed.store.url)
    assert kinds["ev"] > ORDERS * 500
    assert not kinds.keys() & {"ln", "pk"}
