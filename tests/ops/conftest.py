"""The command line under test, with the providers ``one`` and ``two``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.ops import Ops


@pytest.fixture
def ops(clean_store: str, tmp_path: Path) -> Iterator[Ops]:
    made = Ops(tmp_path, clean_store, "one", "two")
    yield made
    made.ledger.store.close()
