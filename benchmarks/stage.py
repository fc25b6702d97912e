"""What a run takes place on: the stub, a fresh store, and a contestant's warm workers at rest."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.accounts import ALL, Accounts, write_config
from benchmarks.contestants import Contestant, Scene
from benchmarks.manners import Manners
from benchmarks.orders import raw_events
from benchmarks.processes import ROOT, Crew, crew
from benchmarks.tally import ACCOUNTS, Seen, Tally
from worker.embedded import hold

WARM_ORDERS = 40
QUIET_S = 1.0
LOOK_S = 0.002
STALL_S = 60.0
LONGEST_S = 3_600.0
"""Whoever still comes a drop at a time has failed too."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A scene with the stub beside it and the contestant's workers on it; with a ``journal`` where it was asked for."""

    contestant: Contestant
    scene: Scene
    accounts: Accounts
    tally: Tally
    manners: Manners
    journal: Path
    stub_pid: int
    port: int
    crew: Crew

    def wait_for(self, total: int) -> float:
        """When the stub read request number ``total``. Raises ``RuntimeError`` where nothing comes any more."""
        return self.wait_until(lambda seen: seen.total >= total).last_at_s

    def wait_until(self, is_enough: Callable[[Seen], bool]) -> Seen:
        """What the stub had seen when it was enough. Raises ``RuntimeError`` where nothing comes any more."""
        seen, moved_at_s = self.tally.read(), time.monotonic()
        give_up_s = moved_at_s + LONGEST_S
        while not is_enough(seen):
            time.sleep(LOOK_S)
            before, seen = seen, self.tally.read()
            if seen != before:
                moved_at_s = time.monotonic()
            elif time.monotonic() > min(moved_at_s + STALL_S, give_up_s):
                raise RuntimeError(f"Only {seen.total} requests came.\n{self.crew.last_words()}")
            self.crew.check()
        return seen

    def check_counts(self, before: Seen, orders: int) -> None:
        """Raises ``RuntimeError`` where an account got more or less than each order once since ``before``."""
        got = dict(zip(ACCOUNTS, self.tally.read().since(before), strict=True))
        if any(got[name] != orders for name in self.accounts.in_flight):
            raise RuntimeError(f"Of {orders} orders the accounts got {got}.")


@contextmanager
def staged(
    contestant: Contestant, directory: Path, accounts: Accounts = ALL, *, is_noted: bool = False
) -> Iterator[Stage]:
    """A fresh stage with warm workers at rest. With ``is_noted`` the stub keeps a journal. All is gone afterwards."""
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-", dir=directory)))
        tally = stack.enter_context(Tally(scratch / "tally", create=True))
        manners = stack.enter_context(Manners(scratch / "manners", create=True))
        if is_noted:
            (scratch / "journal").touch()
        stub, port = stack.enter_context(_stub(scratch))
        write_config(scratch / "ordercast.toml", port, scratch / "store", accounts)
        scene = Scene(scratch, scratch / "ordercast.toml", stack.enter_context(hold(scratch / "store")))
        members = stack.enter_context(crew(contestant.commands(scene), contestant.environ(scene), scratch))
        stack.callback(manners.keep_back, 0)  # nobody is to wait for a vendor that hangs when all is over
        stage = Stage(contestant, scene, accounts, tally, manners, scratch / "journal", stub.pid, port, members)
        contestant.hand_over(scene, raw_events(WARM_ORDERS, "warm"))
        stage.wait_for(WARM_ORDERS * len(accounts))
        time.sleep(QUIET_S)
        yield stage


@contextmanager
def _stub(scratch: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    command = [sys.executable, "-m", "benchmarks.stub", str(scratch)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as stub:
        try:
            assert stub.stdout is not None
            yield stub, int(stub.stdout.readline())
        finally:
            stub.terminate()
