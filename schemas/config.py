"""The shape of ordercast.toml, as it is after validation."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

SETTLE_S = 60.0
"""How long an *absent* look-up is not believed, where the configuration says nothing (design 7)."""


class Secret:
    """A secret that shows itself only when asked: ``reveal()``. Its repr, its text and its JSON are stars."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret('***')"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


class _Table(msgspec.Struct, frozen=True, kw_only=True):
    pass


class Timeout(_Table, frozen=True):
    """Seconds of one call: to connect, between two reads, and altogether."""

    connect_s: float = 3
    read_s: float = 20
    total_s: float = 45


class GateConfig(_Table, frozen=True):
    trip_after: int = 5
    cool_down_s: float = 5
    cool_down_cap_s: float = 300
    probe_s: float = 60


class Retry(_Table, frozen=True):
    first_s: float = 5
    factor: float = 3
    cap_s: float = 3600
    give_up_after_s: float = 259_200


class Rate(_Table, frozen=True):
    """Calls per second, and how many may come at once."""

    per_second: float
    burst: float


class ProviderConfig(_Table, frozen=True):
    """One ``[providers.NAME]`` table. ``options`` is the kind's own Struct (``schemas/providers/<kind>.py``).

    ``supersede``: a newer snapshot stands for those before it. Where the file is silent a kind that is a log has False.
    """

    name: str
    kind: str
    base_url: str
    options: Any
    sources: tuple[str, ...] = ("*",)
    events: tuple[str, ...] = ("*",)
    max_in_flight: int = 8
    rate: Rate | None = None
    timeout: Timeout = Timeout()
    gate: GateConfig = GateConfig()
    retry: Retry = Retry()
    after_dead: Literal["block", "continue"] = "block"
    supersede: bool = True
    order_key: str = "{number}"
    currency: str | None = None
    test_events: bool = False
    allow_http: bool = False
    settle_s: float = SETTLE_S


class StoreConfig(_Table, frozen=True):
    """``shards`` are the stores that the ledger is split over beside the first, which is ``url``. ``listen`` is where
    the embedded one listens under ``up``, beside its socket: ``host:port``, or ``off``."""

    url: str | None = None
    shards: tuple[str, ...] = ()
    broker_url: str | None = None
    durability: Literal["disk", "memory"] = "disk"
    dir: str = "var"
    listen: str = "127.0.0.1:0"

    @property
    def listen_at(self) -> tuple[str, int] | None:
        """The host and the port of ``listen``, None where it is off."""
        host, _, port = self.listen.rpartition(":")
        return (host.strip("[]"), int(port)) if host else None


class RetentionConfig(_Table, frozen=True):
    delivered_days: int = 14
    refusal_days: int = 30
    dedupe_days: int = 400


class LimitsConfig(_Table, frozen=True):
    body_bytes: int = 262_144
    max_pending: int = 1_000_000
    totals: Literal["check", "off"] = "check"


class WebConfig(_Table, frozen=True):
    listen: str = "127.0.0.1:8720"
    max_body_bytes: int = 1_048_576


class Config(_Table, frozen=True):
    store: StoreConfig = StoreConfig()
    retention: RetentionConfig = RetentionConfig()
    limits: LimitsConfig = LimitsConfig()
    web: WebConfig = WebConfig()
    providers: dict[str, ProviderConfig] = {}
