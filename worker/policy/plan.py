"""A provider's numbers, as the deciding and the gate need them."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.config import ProviderConfig

LEASE_MARGIN_S = 5.0


@dataclass(frozen=True, slots=True)
class Plan:
    """All durations in seconds. ``lease_s`` outlasts one call with a margin; a longer conversation renews it.

    ``shares_keys``: the provider is sent an order's key, and that does not name its source.
    """

    provider: str
    max_in_flight: int
    calls_per_second: float
    burst: float
    trip_after: int
    cool_down_s: float
    cool_down_cap_s: float
    probe_s: float
    first_s: float
    factor: float
    cap_s: float
    give_up_after_s: float
    settle_s: float
    total_s: float
    recheck_s: float
    blocks: bool
    has_test: bool
    shares_keys: bool

    @property
    def lease_s(self) -> float:
        return self.total_s + LEASE_MARGIN_S


def shares_keys(config: ProviderConfig, *, sends_key: bool) -> bool:
    """Whether the provider is sent an order's key, and that does not name its source: two sources may meet in one."""
    return sends_key and "{source}" not in config.order_key


def plan_of(config: ProviderConfig, *, has_test: bool = False, sends_key: bool = True, recheck_s: float = 3600) -> Plan:
    """The plan of a configured provider. ``has_test`` and ``sends_key`` are what its adapter says of itself."""
    rate = config.rate
    return Plan(
        provider=config.name,
        max_in_flight=config.max_in_flight,
        calls_per_second=rate.per_second if rate else 0.0,
        burst=rate.burst if rate else 0.0,
        trip_after=config.gate.trip_after,
        cool_down_s=config.gate.cool_down_s,
        cool_down_cap_s=config.gate.cool_down_cap_s,
        probe_s=config.gate.probe_s,
        first_s=config.retry.first_s,
        factor=config.retry.factor,
        cap_s=config.retry.cap_s,
        give_up_after_s=config.retry.give_up_after_s,
        settle_s=config.settle_s,
        total_s=config.timeout.total_s,
        recheck_s=recheck_s,
        blocks=config.after_dead == "block",
        has_test=has_test,
        shares_keys=shares_keys(config, sends_key=sends_key),
    )
