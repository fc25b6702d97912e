"""The shape of ordercast.toml, as it is after validation."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from schemas.principal import Role

SETTLE_S = 60.0
"""How long an *absent* look-up is not believed, where the configuration says nothing (design 7)."""


class Secret:
    """A secret that shows itself only when asked: ``reveal()``. Its repr, its text and its JSON are stars.

    ``origin`` is where it came from (``file /run/secrets/desk``, ``variable DESK_KEY``), ``path`` the file that holds
    it, ``read_at`` when it was last read; all are unknown of one that was made of a text. ``missing`` says why one that
    is configured cannot be read, or is none: then there is nothing to reveal.
    """

    __slots__ = ("_value", "missing", "origin", "path", "read_at")

    def __init__(
        self, value: str, origin: str = "", path: str = "", read_at: datetime | None = None, *, missing: str = ""
    ) -> None:
        self._value = value
        self.missing = missing
        self.origin = origin
        self.path = path
        self.read_at = read_at

    def reveal(self) -> str:
        return self._value

    @property
    def told(self) -> str:
        """Where it came from, for people: when it was read, or what to do where it cannot be read again."""
        if not self.origin or self.read_at is None:
            return ""
        if not self.path:
            return f"{self.origin}: restart the workers after changing it"
        return f"{self.origin}, read {self.read_at:%d %b %H:%M:%S} UTC"

    def __repr__(self) -> str:
        return "Secret('***')"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


def secrets_in(value: object) -> list[Secret]:
    """The secrets that a setting's value is, or is made of."""
    parts = value if isinstance(value, list | tuple) else (value,)
    return [part for part in parts if isinstance(part, Secret)]


class Origin(msgspec.Struct, frozen=True):
    """Where a setting was said. ``by`` is file, variable or flag; ``name`` is the file's path, or what the variable or
    the flag is called; ``through`` is what a reference points to: ``$NAME``, or ``file PATH``."""

    by: Literal["file", "variable", "flag"]
    name: str
    line: int | None = None
    through: str = ""


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


class ReconcileConfig(_Table, frozen=True):
    """How often a worker begins a reconciliation by itself, and of what: ``sample`` orders at random of those that had
    an event in the last ``since_days``."""

    every_h: float
    sample: int = 50
    since_days: int = 7
    heal: bool = False


class Unread(_Table, frozen=True):
    """In place of the options of a provider whose kind cannot be loaded: ``why`` not, in a sentence."""

    why: str


class ProviderConfig(_Table, frozen=True):
    """One ``[providers.NAME]`` table. ``options`` is the kind's own Struct (``schemas/providers/<kind>.py``), or
    ``Unread``: then the kind's defaults are not in it either, and ``base_url`` may be empty.

    ``supersede``: a newer snapshot stands for those before it. Where the file is silent a kind that is a log has False.
    ``placeholder_name`` is the customer's last name of an order that names nobody, at a vendor that wants a name.
    ``reconcile`` is unset where nobody wants one on a schedule: then the settings' digest is as it was without the key.
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
    placeholder_name: str | None = None
    test_events: bool = False
    allow_http: bool = False
    settle_s: float = SETTLE_S
    reconcile: ReconcileConfig | msgspec.UnsetType = msgspec.UNSET

    @property
    def broken(self) -> str | None:
        """Why its kind cannot be loaded, ``None`` where it is."""
        return self.options.why if isinstance(self.options, Unread) else None

    @property
    def locked(self) -> str | None:
        """Which of its secrets cannot be read, and why; ``None`` where all are there."""
        told = [
            f"providers.{self.name}.{setting}: {secret.missing}"
            for setting in getattr(self.options, "__struct_fields__", ())
            for secret in secrets_in(getattr(self.options, setting))
            if secret.missing
        ]
        return "; ".join(told) or None

    @property
    def can_be_unlocked(self) -> bool:
        """Whether a process can still come by the secrets that are missing: they stand in files, not in variables."""
        settings = [getattr(self.options, name) for name in getattr(self.options, "__struct_fields__", ())]
        return all(secret.path for value in settings for secret in secrets_in(value) if secret.missing)


class StoreConfig(_Table, frozen=True):
    """``shards`` are the stores that the ledger is split over beside the first, which is ``url``. ``intake_prefix`` are
    what producers put before the names of their lists on Redis (kombu's ``global_keyprefix``); ``intake_queue_type`` is
    the intake queue's on RabbitMQ. ``listen`` is where the embedded one listens under ``up``, beside its socket:
    ``host:port``, or ``off``."""

    url: str | None = None
    shards: tuple[str, ...] = ()
    broker_url: str | None = None
    durability: Literal["disk", "memory"] = "disk"
    dir: str = "var"
    intake_prefix: tuple[str, ...] = ()
    intake_queue_type: Literal["quorum", "classic"] = "quorum"
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
    """``strict`` refuses what is else repaired with a remark: for a producer's own tests."""

    body_bytes: int = 262_144
    max_pending: int = 1_000_000
    totals: Literal["check", "off"] = "check"
    strict: bool = False


class SourceConfig(_Table, frozen=True):
    """One ``[sources."shop/x"]`` table. ``timezone`` is that of its instants which have none."""

    timezone: str | None = None


OFF = "off"


class OidcConfig(_Table, frozen=True):
    """The identity provider at which people may log in to the desk. ``roles`` has the role of each word that may stand
    in ``role_claim``: who has several gets the highest, who has none ``default_role``. ``scopes`` are asked for beside
    openid."""

    issuer: str
    client_id: str
    client_secret: Secret
    label: str = "Log in with single sign-on"
    name_claim: Literal["preferred_username", "sub"] = "preferred_username"
    role_claim: str = "groups"
    roles: dict[str, Role] = {}
    default_role: Role | None = None
    scopes: tuple[str, ...] = ("profile",)
    ca_file: str | None = None


class WebConfig(_Table, frozen=True):
    """``listen`` is where ``up`` and ``web`` serve the desk, ``off`` where ``up`` does not. ``url`` is the address by
    which people reach it, where a proxy stands before it: then what the proxy says of the client's address and scheme
    is taken. Without ``passwords`` people log in at the identity provider alone."""

    listen: str = "127.0.0.1:8720"
    url: str | None = None
    threads: int = 16
    max_body_bytes: int = 1_048_576
    passwords: bool = True
    oidc: OidcConfig | None = None


class Config(_Table, frozen=True):
    """``origins`` has where each setting was said, by its key with the tables around it; what is not in it is a
    default."""

    store: StoreConfig = StoreConfig()
    retention: RetentionConfig = RetentionConfig()
    limits: LimitsConfig = LimitsConfig()
    web: WebConfig = WebConfig()
    providers: dict[str, ProviderConfig] = {}
    sources: dict[str, SourceConfig] = {}
    origins: dict[tuple[str, ...], Origin] = {}

    @property
    def zones(self) -> dict[str, tzinfo]:
        """The time zones of the sources that have one."""
        return {name: ZoneInfo(one.timezone) for name, one in self.sources.items() if one.timezone}
