"""The table is written when all clients have been run."""

from __future__ import annotations

from tests.clients import table


def pytest_sessionfinish() -> None:
    table.write()
