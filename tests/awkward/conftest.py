"""What a full run has to say at its end."""

from __future__ import annotations

import pytest

from tests.awkward.report import LINES


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in LINES:
        terminalreporter.write_line(line)
