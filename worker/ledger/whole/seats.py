"""The reader's place in the further shards: each of them refuses what an old reader brings."""

from __future__ import annotations

from functools import partial

from worker.ledger.store.client import Store
from worker.ledger.store.shards import at_once, hurried


class FurtherSeats:
    """Held by whoever has the first shard's, which goes first. Nothing where there are no further shards.

    A shard that is away takes nothing from anybody, so that its seat is not needed; when it is back, only who has
    taken it there may bring anything.
    """

    def __init__(self, ledger: Store, queue: str, token: str) -> None:
        self.shards = hurried(ledger)[1:]
        self.queue = queue
        self.token = token

    def hold(self, lease_ms: int) -> bool:
        """False where another holds one of them."""
        return not self.shards or 0 not in self._each(lease_ms)

    def let_go(self) -> None:
        if self.shards:
            self._each(0)

    def _each(self, lease_ms: int) -> list[object]:
        calls = {
            shard.number: partial(shard.run, "reader_lease", self.queue, self.token, lease_ms) for shard in self.shards
        }
        return list(at_once(calls).values())
