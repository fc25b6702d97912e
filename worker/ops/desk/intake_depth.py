"""What waits in the intake queue, as the broker has it."""

from __future__ import annotations

from time import monotonic

from schemas.address import read_address
from schemas.config import Config
from worker.ledger.queue_lists import Depth, IntakeLists
from worker.ledger.store.client import Store
from worker.messages import INTAKE_QUEUE

ANSWER_S = 1.0
STATUS_S = 0.05


class IntakeLook:
    """Looks at the broker's side of the intake. ``ledger`` is the store, which is the broker where no other is set."""

    def __init__(self, config: Config, ledger: Store) -> None:
        self.config = config.store
        self.ledger = ledger
        self.broker_url = config.store.broker_url or ledger.url
        self.lists = self._lists()

    def close(self) -> None:
        """Close the connection to a broker of its own, where there is one."""
        if self.lists is not None and self.lists.broker is not self.ledger:
            self.lists.broker.close()

    def depth(self, look_s: float = STATUS_S) -> Depth:
        """What waits, and what nobody reads, after a look of so many seconds at most through the broker's names; the
        next one goes on from there. Raises ``StoreUnreachable``."""
        if self.lists is None:
            from worker.ops.desk.check_broker import rabbit_depth  # noqa: PLC0415  brings kombu along, for the few who need it

            return rabbit_depth(read_address(self.broker_url), ANSWER_S)
        until_s = monotonic() + look_s
        self.lists.recall()
        while not self.lists.look() and monotonic() < until_s:
            pass
        return self.lists.depth()

    def _lists(self) -> IntakeLists | None:
        """Those of a broker that is a Redis; ``None`` for another. What one look has found the next one knows."""
        url = self.config.broker_url
        if url and not read_address(url).is_redis:
            return None
        broker = Store(url, is_ledger=False, answer_s=ANSWER_S) if url else self.ledger
        return IntakeLists(broker, INTAKE_QUEUE, self.config.intake_prefix)
