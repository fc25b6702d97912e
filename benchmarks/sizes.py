"""How much is measured. One figure, the orders of a run, scales all the others that are not said."""

from __future__ import annotations

from dataclasses import dataclass

ORDERS, PAIRS = 2_000, 5
"""What a whole run takes, and the least whose results are written down."""

SHORTEST_S = 3.0


@dataclass(frozen=True, slots=True)
class Sizes:
    """``orders`` of a timed run; ``drained``, ``parked`` and ``backfilled`` orders; ``records`` deliveries kept;
    ``window_s`` of load at a steady rate; ``pairs`` of interleaved runs."""

    orders: int
    pairs: int
    drained: int
    parked: int
    records: int
    window_s: float

    @property
    def is_whole(self) -> bool:
        """Large enough to be written down."""
        return self.orders >= ORDERS and self.pairs >= PAIRS

    @property
    def backfilled(self) -> int:
        return self.drained * 2

    @property
    def is_short(self) -> bool:
        """A try of the machinery: one way of each, the first, and only what a bar hangs on."""
        return self.pairs == 1


def sizes(
    orders: int = ORDERS,
    pairs: int = PAIRS,
    *,
    drained: int | None = None,
    parked: int | None = None,
    records: int | None = None,
    window_s: float | None = None,
) -> Sizes:
    """The sizes as asked for; what was not asked for follows from ``orders``."""
    return Sizes(
        orders=orders,
        pairs=pairs,
        drained=drained or orders * 5 // 2,
        parked=parked or orders * 10,
        records=records or orders * 50,
        window_s=window_s or max(SHORTEST_S, orders * 0.015),
    )
