"""The append-only file of one shard, written anew by its server: until then it holds what was erased."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from worker.errors import StoreUnreachable
from worker.ledger.store.client import Store, text

MOST_S = 600
_KEPT_S = 86_400
_NOT_OURS = frozenset({"NOPERM", "ERR"})
"""What a server says who does not let us ask it for that, or whose administrator has renamed the command."""


class Rewritten(StrEnum):
    """What came of it, as a sentence for people."""

    DONE = "The append-only file was rewritten."
    NO_FILE = "The store keeps no append-only file."
    NOT_ALLOWED = "The store's user may not ask for it: have its administrator type BGREWRITEAOF."
    FAILED = "The server could not rewrite its append-only file: read its log, and type BGREWRITEAOF."
    TOO_LONG = "It is still being rewritten after ten minutes: INFO persistence says when that is over."


def rewrite_file(shard: Store, job: int) -> Rewritten | None:
    """What came of the rewriting that a job has asked for: asks for it at the first call, and gives ``None`` as long as
    it goes on. Safe to call again, whoever asked. Raises ``StoreUnreachable``."""
    told = _persistence(shard)
    if not told["aof_enabled"]:
        return Rewritten.NO_FILE
    goes_on = bool(told["aof_rewrite_in_progress"] or told["aof_rewrite_scheduled"])
    key = shard.keys.key("job_rewrite", job=job)
    with shard.errors():
        asked, left_s = text(shard.client.get(key)), shard.client.ttl(key)
    server, _, before = asked.partition(" ")
    if server != told["run_id"]:
        return None if goes_on else _ask(shard, key, f"{told['run_id']} {told['aof_rewrites']}")
    if left_s < _KEPT_S - MOST_S:
        return Rewritten.TOO_LONG
    if goes_on:
        return None
    is_done = told["aof_rewrites"] > int(before) and told["aof_last_bgrewrite_status"] == "ok"
    return Rewritten.DONE if is_done else Rewritten.FAILED


def _persistence(shard: Store) -> dict[str, Any]:
    with shard.errors():
        return {**shard.client.info("persistence"), "run_id": shard.client.info("server")["run_id"]}


def _ask(shard: Store, key: str, mark: str) -> Rewritten | None:
    """One that goes on already was begun before all was erased: it is let end first."""
    try:
        with shard.errors():
            shard.client.bgrewriteaof()
    except StoreUnreachable as error:
        if error.word in _NOT_OURS:
            return Rewritten.NOT_ALLOWED
        raise
    with shard.errors():
        shard.client.set(key, mark, ex=_KEPT_S)
    return None
