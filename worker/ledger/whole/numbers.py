"""Numbers of arrivals over several shards: each shard counts its own, and people see one number that tells both."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Numbers:
    """Of so many shards. Within a shard a later arrival has the higher number."""

    shards: int

    def of(self, shard: int, seq: int) -> int:
        return seq * self.shards + shard

    def read(self, number: int) -> tuple[int, int]:
        """The shard, and the number there."""
        return number % self.shards, number // self.shards
