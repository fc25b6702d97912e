"""What modules log, as lines that can be looked at: a logger that has said something keeps to its first stream."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from worker import log


class Lines:
    """The JSON lines that were written."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    def said(self, event: str | None = None) -> list[dict[str, Any]]:
        """All lines, or those of one event."""
        lines = [json.loads(line) for line in self.text.splitlines()]
        return [line for line in lines if event in (None, line["event"])]


@contextmanager
def heard(*modules: ModuleType) -> Iterator[Lines]:
    """The lines that these modules write at WARNING and above."""
    lines, before = Lines(), [module.log for module in modules]
    log.configure("WARNING", stream=lines.stream)
    for module in modules:
        module.log = log.get(module.__name__)
    try:
        yield lines
    finally:
        for module, kept in zip(modules, before, strict=True):
            module.log = kept
        log.configure("WARNING")
