"""Cases run real processes: each may take a while."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/cases/" in str(item.path):
            item.add_marker(pytest.mark.timeout(240))
