"""Ledgers with room for much: what they take in time and room is asked here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from schemas.config import GateConfig
from tests.bounds import figures
from tests.fakes.examples import IS_FULL
from tests.fakes.ledger import Ledger


@pytest.fixture
def four(clean_store: str) -> Iterator[Ledger]:
    """A ledger with four providers whose gates never close."""
    made = Ledger(clean_store, "one", "two", "three", "four", max_in_flight=1000, gate=GateConfig(trip_after=10**9))
    made.intake.max_pending = 10**9
    yield made
    made.store.close()


@pytest.fixture
def ledger(clean_store: str) -> Iterator[Ledger]:
    made = Ledger(clean_store)
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
