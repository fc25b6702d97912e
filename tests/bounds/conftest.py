"""Ledgers whose store leaves its writes to the system: what they take in time and room is asked here, not what lasts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis

from schemas.config import GateConfig
from tests.bounds import figures
from tests.bounds.seed import IS_FULL
from tests.fakes.ledger import Ledger


@pytest.fixture
def hasty_store(clean_store: str) -> Iterator[str]:
    with redis.Redis.from_url(clean_store) as client:
        client.config_set("appendfsync", "no")
        yield clean_store
        client.flushall()
        client.config_set("appendfsync", "always")


@pytest.fixture
def four(hasty_store: str) -> Iterator[Ledger]:
    """A ledger with four providers whose gates never close."""
    made = Ledger(hasty_store, "one", "two", "three", "four", max_in_flight=1000, gate=GateConfig(trip_after=10**9))
    made.intake.max_pending = 10**9
    yield made
    made.store.close()


@pytest.fixture
def ledger(hasty_store: str) -> Iterator[Ledger]:
    made = Ledger(hasty_store)
    yield made
    made.store.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in figures.lines() if IS_FULL else ():
        terminalreporter.write_line(line)


def pytest_sessionfinish() -> None:
    if IS_FULL and figures.lines():
        figures.write()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if IS_FULL and "/bounds/" in str(item.path):
            item.add_marker(pytest.mark.timeout(3600))
