"""The log lines that modules of ours print, read as JSON."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pytest
import structlog

from worker import alerts, log


class Lines:
    """What was logged since ``begin``, by ``worker.alerts`` and the modules given; at WARNING unless ``begin`` says otherwise."""

    def __init__(self, patch: pytest.MonkeyPatch, *modules: ModuleType) -> None:
        self.patch = patch
        self.modules = (alerts, *modules)
        self.begin("WARNING")

    def begin(self, level: str) -> None:
        """Anew, from this level on."""
        self.out = io.StringIO()
        log.configure(level, as_json=True, stream=self.out)
        for module in self.modules:  # a module's own logger keeps the stream that it first had
            self.patch.setattr(module, "log", log.get("tests"))
        self.patch.setattr(alerts, "repeats", alerts.Repeats())

    def read(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.getvalue().splitlines()]

    def events(self) -> list[str]:
        return [line["event"] for line in self.read()]


@contextmanager
def lines_of(patch: pytest.MonkeyPatch, *modules: ModuleType) -> Iterator[Lines]:
    """What they log while it lasts."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    try:
        yield Lines(patch, *modules)
    finally:
        root.handlers[:], root.level = before
        structlog.reset_defaults()
