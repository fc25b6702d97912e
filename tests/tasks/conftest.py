"""A ledger for what the tasks do with it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.ledger import Ledger


@pytest.fixture
def ledger(clean_store: str) -> Iterator[Ledger]:
    made = Ledger(clean_store)
    yield made
    made.store.close()
