"""How a provider's gate is divided over the shards of a ledger: places, share of the rate, and who probes.

Only who is to have what. That never more is lent than there is, is the lender's own business (scripts/lend.lua).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

FRESH_MS = 5_000
SURE_MS = 1_000
"""By how much one instant must be before another to count so: a success after a closing (its attempt may have begun
before), another shard's probe before the one that is given."""


@dataclass(frozen=True, slots=True)
class GateReport:
    """How a gate stands in one shard, as it was heard ``heard_ms`` ago.

    ``due_ms`` is there where it is closed: how long until it may be probed. ``closed_ms`` ago it was closed, ``ok_ms``
    ago the provider last gave a readable answer, ``wait_ms`` is how long it asked to be left alone; ``limit`` is what
    the gate itself lets through, if less than all, and ``lent`` what it was lent last.
    """

    ready: int
    in_flight: int
    limit: int | None = None
    due_ms: int | None = None
    closed_ms: int | None = None
    ok_ms: int | None = None
    wait_ms: int = 0
    lent: int = 0
    heard_ms: int = 0

    @property
    def is_closed(self) -> bool:
        return self.due_ms is not None

    @property
    def wants(self) -> int:
        wanted = self.ready + self.in_flight
        return wanted if self.limit is None else min(wanted, self.limit)


@dataclass(frozen=True, slots=True)
class Quota:
    """What one shard is to have: places, and of the rate one of so many parts, 0 for none. ``opens`` a gate that is
    closed though the provider has been found well elsewhere since; ``wait_ms`` is what it asked for elsewhere."""

    places: int = 0
    one_of: int = 0
    opens: bool = False
    wait_ms: int = 0


def divide(reports: Mapping[int, GateReport], most: int, at_once: int, turn: int) -> dict[int, Quota]:
    """Each shard's quota. ``at_once`` is how many shards may have any at a time, ``turn`` a number that goes on.

    Where the gate of a shard is closed one shard alone has one place, until it is open again everywhere.
    """
    fresh = {shard: one for shard, one in sorted(reports.items()) if one.heard_ms < FRESH_MS}
    closed = [shard for shard, one in fresh.items() if one.is_closed]
    places = {_prober(fresh, closed, turn): 1} if closed else _places(fresh, most, at_once, turn)
    return {
        shard: Quota(
            places.get(shard, 0),
            len(places) if shard in places else 0,
            shard in closed and _is_well_since(one, fresh),
            max((other.wait_ms - other.heard_ms for other in fresh.values() if other is not one), default=0),
        )
        for shard, one in fresh.items()
    }


def _prober(fresh: Mapping[int, GateReport], closed: list[int], turn: int) -> int:
    """Of the closed ones that have something to try it with, the one that may soonest, and who has the probe keeps it
    for a second more; else any that has something, in turn."""

    def due_ms(shard: int) -> int:
        one = fresh[shard]
        return max(0, (one.due_ms or 0) - one.heard_ms) - (SURE_MS if one.lent else 0)

    if able := [shard for shard in closed if fresh[shard].ready or fresh[shard].in_flight]:
        return min(able, key=lambda shard: (due_ms(shard), shard))
    others = [shard for shard, one in fresh.items() if one.wants] or closed
    return others[turn % len(others)]


def _is_well_since(one: GateReport, fresh: Mapping[int, GateReport]) -> bool:
    """Whether the provider gave another shard, whose gate is open, a readable answer since this one was closed."""
    closed_ms = (one.closed_ms or 0) + one.heard_ms
    return any(
        other.ok_ms is not None and other.ok_ms + other.heard_ms + SURE_MS <= closed_ms
        for other in fresh.values()
        if not other.is_closed
    )


def _places(fresh: Mapping[int, GateReport], most: int, at_once: int, turn: int) -> dict[int, int]:
    """As even as can be; what a shard has no use for goes to those that want more, but for one place, so that what
    comes there need not wait. Where not all can have one, those that want take turns."""
    served = _served(fresh, min(most, at_once), turn)
    even = {shard: most // len(served) + (nth < most % len(served)) for nth, shard in enumerate(served)}
    if all(fresh[shard].wants <= places for shard, places in even.items()):
        return even
    places = dict.fromkeys(served, 1)
    for _ in range(most - len(served)):
        hungry = [shard for shard in served if fresh[shard].wants > places[shard]]
        places[min(hungry or served, key=lambda shard: places[shard])] += 1
    return places


def _served(fresh: Mapping[int, GateReport], count: int, turn: int) -> list[int]:
    wanting = [shard for shard, one in fresh.items() if one.wants]
    if len(wanting) > count:
        first = turn % len(wanting)
        return [*wanting[first:], *wanting[:first]][:count]
    idle = [shard for shard in fresh if shard not in wanting]
    return [*wanting, *idle][:count]
