"""The command line under test, with the providers ``one`` and ``two``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.fakes.ops import Ops


@pytest.fixture
def clean_store(clean_store: str) -> Iterator[str]:
    """As ``check`` wants a store: every write is on disk before its answer."""
    with redis.Redis.from_url(clean_store) as client:
        client.config_set("appendfsync", "always")
        yield clean_store
        client.config_set("appendfsync", "no")


@pytest.fixture
def ops(clean_store: str, tmp_path: Path) -> Iterator[Ops]:
    made = Ops(tmp_path, clean_store, "one", "two")
    yield made
    made.ledger.store.close()
