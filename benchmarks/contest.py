"""One run of one contestant: warm, held still, given all orders, let loose, watched until the last request.

The clock runs from the moment the warm workers are let loose on all the orders to the stub's reading of the last
request. CPU and memory are taken at the start of the clock and ``SETTLE_S`` after its end, so that what is written down
after the last answer counts too. Whoever sends anything twice, or to the wrong account, fails the run.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import meter
from benchmarks.accounts import write_config
from benchmarks.contestants import Contestant, Scene
from benchmarks.orders import raw_events
from benchmarks.processes import ROOT, Crew, cpu_s, crew
from benchmarks.tally import ACCOUNTS, Tally
from worker.embedded import hold

WARM_ORDERS = 40
SETTLE_S = 0.5
QUIET_S = 1.0
LOOK_S = 0.002
STALL_S = 60.0


@dataclass(frozen=True, slots=True)
class Run:
    """What one run came to. ``requests`` are clients' commands to the store, None where nobody listened."""

    contestant: str
    deliveries: int
    wall_s: float
    worker_cpu_s: float
    store_cpu_s: float
    stub_cpu_s: float
    store_bytes: int
    receipts_bytes: int
    requests: int | None

    @property
    def rate(self) -> float:
        """Deliveries a second."""
        return self.deliveries / self.wall_s

    @property
    def cpu_per_1000_s(self) -> float:
        """CPU seconds of workers and store for 1,000 deliveries."""
        return (self.worker_cpu_s + self.store_cpu_s) / self.deliveries * 1000


@dataclass(frozen=True, slots=True)
class Stage:
    """A scene with the stub beside it and the contestant's workers on it."""

    scene: Scene
    tally: Tally
    stub_pid: int
    crew: Crew

    def wait_for(self, total: int) -> float:
        """When the stub read request number ``total``. Raises ``RuntimeError`` where nothing comes any more."""
        seen, moved_at_s = self.tally.read(), time.monotonic()
        while seen.total < total:
            time.sleep(LOOK_S)
            before, seen = seen, self.tally.read()
            if seen != before:
                moved_at_s = time.monotonic()
            elif time.monotonic() - moved_at_s > STALL_S:
                raise RuntimeError(f"Only {seen.total} of {total} requests came.\n{self.crew.last_words()}")
            self.crew.check()
        return seen.last_at_s

    def check_counts(self, orders: int) -> None:
        """Raises ``RuntimeError`` where an account got more or less than each order once."""
        counts = self.tally.read().counts
        if set(counts) != {orders}:
            raise RuntimeError(f"Of {orders} orders the accounts got {dict(zip(ACCOUNTS, counts, strict=True))}.")


@contextmanager
def staged(contestant: Contestant, directory: Path, latency_ms: float) -> Iterator[Stage]:
    """A fresh stage with warm workers at rest. All of it is gone afterwards."""
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-", dir=directory)))
        tally = stack.enter_context(Tally(scratch / "tally", create=True))
        stub, port = stack.enter_context(_stub(scratch / "tally", latency_ms))
        write_config(scratch / "ordercast.toml", port, scratch / "store")
        scene = Scene(scratch, scratch / "ordercast.toml", stack.enter_context(hold(scratch / "store")))
        members = stack.enter_context(crew(contestant.commands(scene), contestant.environ(scene), scratch))
        stage = Stage(scene, tally, stub.pid, members)
        contestant.hand_over(scene, raw_events(WARM_ORDERS, "warm"))
        stage.wait_for(WARM_ORDERS * len(ACCOUNTS))
        time.sleep(QUIET_S)
        yield stage


def run(contestant: Contestant, orders: int, directory: Path, latency_ms: float = 0, *, listen: bool = False) -> Run:
    """One run. With ``listen`` clients' requests to the store are counted, and its times mean nothing."""
    with staged(contestant, directory, latency_ms) as stage, ExitStack() as stack:
        store, deliveries = stage.scene.store, orders * len(ACCOUNTS)
        held_bytes = meter.used_bytes(store.url), meter.receipts_bytes(store.url)
        stage.crew.hold_still()
        contestant.hand_over(stage.scene, raw_events(orders, "run"))
        requests = stack.enter_context(meter.listening(store.socket)) if listen else None
        before, started_at_s = _cpu(stage), time.monotonic()
        stage.crew.let_loose()
        ended_at_s = stage.wait_for(stage.tally.read().total + deliveries)
        time.sleep(SETTLE_S)
        heard = requests.count if requests else None  # before we ask the store anything ourselves
        worker_cpu_s, store_cpu_s, stub_cpu_s = (now - then for now, then in zip(_cpu(stage), before, strict=True))
        stage.check_counts(WARM_ORDERS + orders)
        return Run(
            contestant=contestant.name,
            deliveries=deliveries,
            wall_s=ended_at_s - started_at_s,
            worker_cpu_s=worker_cpu_s,
            store_cpu_s=store_cpu_s if contestant.uses_store else 0.0,
            stub_cpu_s=stub_cpu_s,
            store_bytes=meter.used_bytes(store.url) - held_bytes[0],
            receipts_bytes=meter.receipts_bytes(store.url) - held_bytes[1],
            requests=heard,
        )


def _cpu(stage: Stage) -> tuple[float, float, float]:
    return cpu_s(stage.crew.pids), cpu_s([stage.scene.store.pid]), cpu_s([stage.stub_pid])


@contextmanager
def _stub(tally: Path, latency_ms: float) -> Iterator[tuple[subprocess.Popen[str], int]]:
    command = [sys.executable, "-m", "benchmarks.stub", str(tally), str(latency_ms)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as stub:
        try:
            assert stub.stdout is not None
            yield stub, int(stub.stdout.readline())
        finally:
            stub.terminate()
