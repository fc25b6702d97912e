"""What the server says of its own time: how long steps take, and which took too long."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis

from tests.fakes.examples import IS_FULL
from tests.fakes.ledger import Ledger
from tests.fakes.waiting import wait_until

WRITES = 1_000
YARDSTICK = f"""#!lua name=yardstick
redis.register_function('yardstick', function(keys)
  for n = 1, {WRITES} do redis.call('ZADD', keys[1], n, 'm' .. n % 100) end
  redis.call('DEL', keys[1])
end)
"""
"""What a step's time is compared with: so many single writes, in the same server and the same minute."""

only_in_full = pytest.mark.skipif(not IS_FULL, reason="compares times: make bounds")


@contextmanager
def no_step_over(ledger: Ledger, most_writes: int) -> Iterator[None]:
    """Fails where a step of the ledger held the server for longer than so many single writes, as its slow log has it;
    in ``make bounds`` only: times are nothing for a machine that does other things.

    What the server waited for a processor meanwhile is no step's: on a busy machine it is added to what a step may take.
    """
    if not IS_FULL:
        yield
        return
    client = ledger.store.client
    _let_rest(client)
    most_ms = most_writes * write_us(client) / 1000
    usual = client.config_get("slowlog-log-slower-than")["slowlog-log-slower-than"]
    client.config_set("slowlog-log-slower-than", round(most_ms * 1000))
    client.slowlog_reset()
    waited_ms = _waited_ms(client)
    try:
        yield
        waited_ms = _waited_ms(client) - waited_ms
        found = [(one["duration"] / 1000, one["command"]) for one in client.slowlog_get(20)]
        slow = [f"{_step(command)} {ms:.1f} ms" for ms, command in found if _step(command) and ms > most_ms + waited_ms]
        assert not slow, (
            f"steps that held the server for longer than {most_writes:,} writes, which take {most_ms:.1f} ms here:"
            f" {', '.join(slow)}. Meanwhile it waited {waited_ms:.1f} ms for a processor; {busy()}"
        )
    finally:
        client.config_set("slowlog-log-slower-than", usual)


def write_us(client: Redis, rounds: int = 20) -> float:
    """Microseconds of the server for a single write from a script, on average of the quickest round."""
    client.function_load(YARDSTICK)
    found = []
    for _ in range(rounds):
        client.config_resetstat()
        client.fcall("yardstick", 1, "yardstick")
        found.append(float(client.info("commandstats")["cmdstat_fcall"]["usec_per_call"]) / WRITES)
    client.function_delete("yardstick")
    return min(found)


def step_us(ledger: Ledger, work: Callable[[], object], rounds: int = 5, wanted_us: float | None = None) -> float:
    """Microseconds of the server for a step of the ledger, on average of the quickest round.

    Where that is over ``wanted_us`` there are up to five times as many rounds: other work on the machine slows down most
    of them, growth slows down all.
    """
    _let_rest(ledger.store.client)
    found: list[float] = []
    while len(found) < rounds or (wanted_us is not None and min(found) > wanted_us and len(found) < 5 * rounds):
        ledger.store.client.config_resetstat()
        work()
        found.append(float(ledger.store.client.info("commandstats")["cmdstat_fcall"]["usec_per_call"]))
    return min(found)


def busy() -> str:
    """How busy this machine is, for whoever reads why a test of times failed."""
    load, cores = os.getloadavg()[0], os.cpu_count()
    return f"the load is {load:.1f} on {cores} processors. These tests want a quiet machine: run it again alone."


def _step(command: bytes) -> str:
    """The step of the ledger that this command of the slow log is a call of, empty where it is none."""
    called = re.match(rb"FCALL ordercast_[0-9a-f]+_(\w+)", command)
    return called[1].decode() if called else ""


def _waited_ms(client: Redis) -> float:
    """For how long the server has been ready to run and was not, since its start; 0 where the kernel does not tell."""
    try:
        told = Path(f"/proc/{client.info('server')['process_id']}/schedstat").read_text()
    except OSError:
        return 0.0
    return int(told.split()[1]) / 1_000_000


def _let_rest(client: Redis) -> None:
    """Until nothing goes on beside the steps: what a test before this one kept is still given back after it, and while
    the file is written anew each first write to a page of memory is dear."""
    busy = ("lazyfree_pending_objects", "aof_rewrite_in_progress", "aof_rewrite_scheduled", "rdb_bgsave_in_progress")

    def is_at_rest() -> bool:
        now = client.info("everything")
        return not any(now[name] for name in busy)

    wait_until(is_at_rest, 300)
