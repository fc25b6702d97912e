"""A folder in which Ordercast is installed, and somebody who types there what a page says."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.ops import Ops
from tests.fakes.program import Program, document
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


@pytest.fixture(scope="module")
def running_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """``ordercast up --sandbox`` with one worker, and the command line that reaches it."""
    program = Program(tmp_path_factory.mktemp("sandbox"))
    with program.started("up", "--sandbox", "--workers", "1", "--json") as up:
        try:
            program.environ["ORDERCAST_CONFIG"] = document(up.stdout)["config"]
            yield program
        finally:
            up.send_signal(signal.SIGINT)
            up.communicate(timeout=60)
