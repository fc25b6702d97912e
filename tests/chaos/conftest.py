"""Seeds, sizes and the table of results. ``ORDERCAST_CHAOS=full`` runs the full form and writes docs/chaos-results.md."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.chaos.sizes import IS_FULL
from tests.chaos.story import Ended, Figures, Keep
from tests.chaos.table import markdown
from tests.fakes.house import ROOT

SEED = int(os.environ.get("ORDERCAST_SEED", random.SystemRandom().randrange(2**32)))
LONGEST_S = 7200 if IS_FULL else 900

_kept: list[Figures] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(LONGEST_S))


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    """A story's own chance, the same for the same seed whatever runs beside it."""
    return random.Random(f"{SEED} {request.node.name}")


@pytest.fixture
def keep() -> Keep:
    """Puts a story's figures into the table, and fails where a promise was broken."""

    def kept(ended: Ended) -> None:
        found, figures = ended
        _kept.append(figures)
        assert not any(figures.broken.values()), f"seed {SEED}: {found}"

    return kept


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if not _kept:
        return
    failed = [str(report.nodeid) for report in terminalreporter.stats.get("failed", [])]
    text = markdown(_kept, SEED, failed, is_full=IS_FULL)
    terminalreporter.write_line(text)
    if IS_FULL and config.args == ["tests/chaos"] and not config.option.keyword:
        (ROOT / "docs" / "chaos-results.md").write_text(text)
