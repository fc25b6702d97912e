"""A receipt means that the event is on disk: shown with a store whose fsync is slow and keeps a journal."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.event import event_digest
from tests.fakes.ledger import Ledger, snapshot
from tests.fakes.waiting import wait_until
from worker.embedded.server import SETTINGS, server_binary
from worker.ledger.intake import Arrival, Intake

SHIM = Path(__file__).parents[1] / "fakes" / "slow_fsync.c"
SLOW_S = 0.15

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux" or not shutil.which("cc"), reason="needs Linux and a C compiler"),
    pytest.mark.skipif(os.environ.get("ORDERCAST_TEST_STORE") == "redis", reason="slows the embedded server"),
]


class SlowStore:
    """A server as shipped, with a slow fsync and a journal of when each ran."""

    def __init__(self, directory: Path) -> None:
        self.journal = directory / "journal"
        self.socket = directory / "s.sock"
        shim = directory / "slow.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-o", shim, SHIM, "-ldl"], check=True)
        settings = SETTINGS | {"dir": str(directory), "unixsocket": str(self.socket)}
        command = [str(server_binary()), *(part for key, value in settings.items() for part in (f"--{key}", value))]
        environ = os.environ | {"LD_PRELOAD": str(shim), "SLOW_FSYNC_JOURNAL": str(self.journal)}
        self.process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL)

    def fsyncs(self) -> list[tuple[float, float]]:
        lines = self.journal.read_text().splitlines()
        return [(float(began), float(ended)) for began, ended in map(str.split, lines)]


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[SlowStore]:
    store = SlowStore(tmp_path)
    wait_until(store.socket.exists)
    yield store
    store.process.kill()
    store.process.wait()


def test_no_receipt_precedes_its_fsync(slow: SlowStore) -> None:
    ledger = Ledger(f"unix://{slow.socket}")
    ledger.accept(snapshot("warm1", number="0"))
    spans: list[tuple[float, float]] = []

    def accept(n: int) -> None:
        event = snapshot(f"e{n}1", number=str(n))
        intake = Intake(ledger.store)
        intake.table()
        sent = time.monotonic()
        [receipt] = intake.accept([Arrival(event, event_digest(event))])[0]
        spans.append((sent, time.monotonic()))
        assert receipt.status == "accepted"

    threads = [threading.Thread(target=accept, args=(n,)) for n in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ledger.store.close()
    fsyncs = slow.fsyncs()
    for sent, answered in spans:
        assert any(sent <= began and ended <= answered for began, ended in fsyncs), (sent, answered, fsyncs)
        assert answered - sent >= SLOW_S


def test_clients_that_write_at_once_share_an_fsync(slow: SlowStore) -> None:
    ledger = Ledger(f"unix://{slow.socket}")
    ledger.accept(snapshot("warm1", number="0"))
    before = len(slow.fsyncs())
    events = [snapshot(f"e{n}1", number=str(n)) for n in range(1, 21)]
    ledger.accept(*events)
    ledger.store.close()
    assert len(slow.fsyncs()) - before <= 3
