"""A site on a clean ledger with two providers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.identity import Identity
from tests.fakes.ledger import Ledger
from tests.fakes.site import Site


@pytest.fixture
def ledger(clean_store: str) -> Iterator[Ledger]:
    made = Ledger(clean_store, "desk", "ads")
    yield made
    made.store.close()


@pytest.fixture
def site(ledger: Ledger) -> Site:
    return Site(ledger)


@pytest.fixture
def identity() -> Iterator[Identity]:
    """An identity provider, which knows one person."""
    made = Identity()
    yield made
    made.close()
