"""The table is written when all clients have been run, and nothing was otherwise than expected."""

from __future__ import annotations

import pytest

from tests.clients import table


def pytest_sessionfinish(session: pytest.Session) -> None:
    if not session.testsfailed:
        table.write()
