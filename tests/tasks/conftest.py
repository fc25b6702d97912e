"""A ledger for what the tasks do with it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.ledger import Ledger
from tests.fakes.reconciled import Reconciled
from tests.fakes.scheduled import THREE, Scheduled
from worker.providers.http import Driver
from worker.sandbox import load_vendors
from worker.sandbox.server import Sandbox


@pytest.fixture
def ledger(clean_store: str) -> Iterator[Ledger]:
    made = Ledger(clean_store)
    yield made
    made.store.close()


@pytest.fixture(scope="module")
def vendors() -> Iterator[Sandbox]:
    with Sandbox(load_vendors(per_second=1e6, burst=1_000_000)) as sandbox:
        yield sandbox


@pytest.fixture
def scheduled(clean_store: str, vendors: Sandbox) -> Iterator[Scheduled]:
    """An account that is reconciled each day, with three orders that were delivered there."""
    driver = Driver()
    vendors.vendor("orderdesk").reset()
    there = Reconciled(clean_store, "orderdesk", vendors, driver)
    there.send(*THREE)
    yield Scheduled(there)
    there.close()
    driver.close()
