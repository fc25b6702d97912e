"""What ``check`` finds: the shape of a finding, and those about a server."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

import msgspec

from schemas.config import Config
from worker.ledger.store.fitness import LEAST, Fitness


class Level(StrEnum):
    """How it stands: well, worth a thought, or not so that it can run."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at, and how it is; where it is not well, what to do."""

    level: Level
    what: str
    message: str


def place_findings(found: Fitness, what: str, setting: str) -> Iterator[Finding]:
    """A server that is only a part of something: a node of a cluster, or a replica."""
    if found.is_cluster:
        message = (
            "It is a node of a cluster (cluster-enabled yes): keys would be at other nodes, or move there. Name a"
            f" server with cluster-enabled no in {setting}."
        )
        yield Finding(Level.FAIL, what, message)
    if found.is_replica:
        message = f"It is a replica, which takes no writes: name its master, or the Sentinels, in {setting}."
        yield Finding(Level.FAIL, what, message)


def store_findings(found: Fitness, config: Config, setting: str = "[store] url") -> Iterator[Finding]:
    """Version, place, durability and eviction of a store that ``setting`` names."""
    least = ".".join(map(str, LEAST[found.server]))
    version = f"{found.server.capitalize()} {found.version}"
    if found.is_recent:
        yield Finding(Level.OK, "store", f"{version} answers.")
    else:
        yield Finding(Level.FAIL, "store", f"{version} is too old: {least} or later is needed.")
    yield from place_findings(found, "store", setting)
    if not found.settings:
        message = "It does not show its settings: make sure of AOF, appendfsync always and maxmemory-policy noeviction."
        yield Finding(Level.WARN, "durability", message)
        return
    yield _durability(found, config)
    policy = found.settings.get("maxmemory-policy")
    if policy == "noeviction":
        yield Finding(Level.OK, "eviction", "Nothing is ever evicted.")
    else:
        message = f"maxmemory-policy is {policy}: a full store would drop orders. Set it to noeviction."
        yield Finding(Level.FAIL, "eviction", message)


def _durability(found: Fitness, config: Config) -> Finding:
    if found.is_on_disk:
        return Finding(Level.OK, "durability", "What is accepted is on disk.")
    if config.store.durability == "memory" and not found.keeps_nothing:
        return Finding(Level.WARN, "durability", f"memory, as configured: a crash loses {found.lost}.")
    otherwise = "" if found.keeps_nothing else ", or say [store] durability = memory"
    return Finding(Level.FAIL, "durability", f"A crash of the store loses {found.lost}: {found.cure} there{otherwise}.")
