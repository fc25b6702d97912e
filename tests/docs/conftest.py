"""A folder in which Ordercast is installed, and somebody who types there what a page says."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.ops import Ops
from tests.fakes.program import Program
from tests.fakes.typist import Typist


@pytest.fixture
def typist(tmp_path: Path) -> Iterator[Typist]:
    """At the end nothing runs in the folder."""
    folder = tmp_path / "ordercast"
    folder.mkdir()
    (folder / ".venv").symlink_to(sys.prefix)
    typist = Typist(Program(folder), tmp_path)
    yield typist
    typist.end()
    for pid in typist.program.processes():
        os.kill(pid, signal.SIGKILL)


@pytest.fixture
def ops(clean_store: str, tmp_path: Path) -> Iterator[Ops]:
    """The command line on a store, with the providers ``one`` and ``two``."""
    made = Ops(tmp_path, clean_store, "one", "two")
    yield made
    made.ledger.store.close()
