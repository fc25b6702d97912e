"""The ledger under test, and a store that may be made to refuse."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.ledger import Ledger
from tests.fakes.servers import Server
from worker.ledger.store.client import Store


@pytest.fixture
def ledger(clean_store: str) -> Iterator[Ledger]:
    made = Ledger(clean_store)
    yield made
    made.store.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A store of the module's own, which may be made to refuse."""
    with Server(tmp_path_factory.mktemp("answers") / "server") as made:
        yield made


@pytest.fixture
def store(server: Server) -> Iterator[Store]:
    """A client of that store, which is empty but for one worker, and has spoken before."""
    made = Store(server.url)
    with server.client() as client:
        client.flushall()
    made.run("beat", "w", "{}")
    yield made
    made.close()
