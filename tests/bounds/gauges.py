"""What the server says of its own time: how long steps take, and which took too long."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from redis import Redis

from tests.fakes.ledger import Ledger
from tests.fakes.waiting import wait_until


@contextmanager
def no_step_over(ledger: Ledger, most_ms: float) -> Iterator[None]:
    """Fails where a step of the ledger held the server for longer, as its slow log has it."""
    client = ledger.store.client
    _let_rest(client)
    usual = client.config_get("slowlog-log-slower-than")["slowlog-log-slower-than"]
    client.config_set("slowlog-log-slower-than", round(most_ms * 1000))
    client.slowlog_reset()
    try:
        yield
        slow = [(one["duration"], one["command"][:80]) for one in client.slowlog_get(20) if b"FCALL" in one["command"]]
        assert not slow
    finally:
        client.config_set("slowlog-log-slower-than", usual)


def step_us(ledger: Ledger, work: Callable[[], object], rounds: int = 5) -> float:
    """Microseconds of the server for a step of the ledger, on average of the quickest round."""
    _let_rest(ledger.store.client)
    found = []
    for _ in range(rounds):
        ledger.store.client.config_resetstat()
        work()
        found.append(float(ledger.store.client.info("commandstats")["cmdstat_fcall"]["usec_per_call"]))
    return min(found)


def _let_rest(client: Redis) -> None:
    """Until nothing goes on beside the steps: what a test before this one kept is still given back after it, and while
    the file is written anew each first write to a page of memory is dear."""
    busy = ("lazyfree_pending_objects", "aof_rewrite_in_progress", "aof_rewrite_scheduled", "rdb_bgsave_in_progress")

    def is_at_rest() -> bool:
        now = client.info("everything")
        return not any(now[name] for name in busy)

    wait_until(is_at_rest, 300)
