"""What may stand in ordercast.toml. The defaults stand once, at the Structs of ``config``."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec
from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validates_schema

from schemas.config import (
    SETTLE_S,
    GateConfig,
    LimitsConfig,
    OidcConfig,
    Rate,
    ReconcileConfig,
    RetentionConfig,
    Retry,
    SourceConfig,
    StoreConfig,
    Timeout,
    WebConfig,
)
from schemas.config_fields import (
    BaseUrl,
    CountField,
    EventPatterns,
    ListenAt,
    Measure,
    OrderKey,
    Patterns,
    RoleField,
    ServerUrl,
    ServerUrls,
    TimeZone,
    WordsField,
    is_loopback,
    split_url,
)
from schemas.fields import CurrencyCode, Flag, Matching, OneOf
from schemas.providers.secret import SecretText

REDISES = ("redis", "rediss", "sentinel", "unix", "redis+socket")
PROVIDER_NAME = r"[a-z][a-z0-9_-]{0,31}"


class TableSchema(Schema):
    """A table that loads to a Struct. ``at_least`` are pairs of keys: the first is not below the second."""

    struct: ClassVar[type[msgspec.Struct]]
    at_least: ClassVar[tuple[tuple[str, str], ...]] = ()

    class Meta:
        unknown = RAISE

    @post_load
    def _table(self, loaded: dict[str, Any], **_: Any) -> msgspec.Struct:
        table = self.struct(**loaded)
        for upper, lower in self.at_least:
            if getattr(table, upper) < getattr(table, lower):
                raise ValidationError(f"must be at least {lower} ({getattr(table, lower):g})", upper)
        return table


class TimeoutSchema(TableSchema):
    struct = Timeout
    connect_s = Measure()
    read_s = Measure()
    total_s = Measure()


class GateSchema(TableSchema):
    struct = GateConfig
    at_least = (("cool_down_cap_s", "cool_down_s"),)
    trip_after = CountField()
    cool_down_s = Measure()
    cool_down_cap_s = Measure()
    probe_s = Measure()


class RetrySchema(TableSchema):
    struct = Retry
    at_least = (("cap_s", "first_s"), ("give_up_after_s", "first_s"))
    first_s = Measure()
    factor = Measure(least=1)
    cap_s = Measure()
    give_up_after_s = Measure()


class RateSchema(TableSchema):
    struct = Rate
    per_second = Measure(required=True)
    burst = Measure(least=1, required=True)


class ReconcileSchema(TableSchema):
    struct = ReconcileConfig
    every_h = Measure(least=1, required=True)
    sample = CountField()
    since_days = CountField()
    heal = Flag()


class StoreSchema(TableSchema):
    struct = StoreConfig
    url = ServerUrl(*REDISES)
    shards = ServerUrls(*REDISES)
    broker_url = ServerUrl("amqp", "amqps", *REDISES)
    durability = OneOf(("disk", "memory"))
    dir = Matching(r"\S(?:.*\S)?", "a path")
    intake_prefix = WordsField("shop-one:")
    intake_queue_type = OneOf(("quorum", "classic"))
    listen = ListenAt()

    @validates_schema
    def _the_first_shard_has_an_address(self, loaded: dict[str, Any], **_: Any) -> None:
        if loaded.get("shards") and not loaded.get("url"):
            raise ValidationError("go beside [store] url: the embedded Valkey has none", "shards")


class RetentionSchema(TableSchema):
    struct = RetentionConfig
    at_least = (("dedupe_days", "delivered_days"),)
    delivered_days = CountField()
    refusal_days = CountField()
    dedupe_days = CountField()


class LimitsSchema(TableSchema):
    struct = LimitsConfig
    body_bytes = CountField(least=1024)
    max_pending = CountField()
    totals = OneOf(("check", "off"))
    strict = Flag()


class SourceSchema(TableSchema):
    struct = SourceConfig
    timezone = TimeZone()


class OidcSchema(TableSchema):
    struct = OidcConfig
    issuer = BaseUrl(required=True)
    client_id = Matching(r"[!-~]{1,255}", "a text without blanks", required=True)
    client_secret = SecretText(required=True)
    label = Matching(r"\S(?:[^\x00-\x1f]{0,62}\S)?", "the words of a button, of 1 to 64 characters")
    name_claim = OneOf(("preferred_username", "sub"))
    role_claim = Matching(r"[!-~]{1,128}", "the name of a claim, such as groups")
    roles = fields.Dict(keys=fields.String(), values=RoleField())
    default_role = RoleField()
    scopes = WordsField("groups")
    ca_file = Matching(r"\S(?:.*\S)?", "a path")

    @validates_schema
    def _somebody_may_come_in(self, loaded: dict[str, Any], **_: Any) -> None:
        if not loaded.get("roles") and not loaded.get("default_role"):
            raise ValidationError(
                'or default_role must be set: else nobody may come in; { "the-ops" = "operator" }', "roles"
            )

    @validates_schema
    def _plain_http_is_for_this_machine(self, loaded: dict[str, Any], **_: Any) -> None:
        parts = split_url(loaded["issuer"])
        if parts is not None and parts.scheme != "https" and not is_loopback(parts.hostname or ""):
            raise ValidationError("must start with https://", "issuer")


class WebSchema(TableSchema):
    struct = WebConfig
    listen = Matching(
        r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]):[0-9]{1,5}|off", "host:port, such as 127.0.0.1:8720, or off"
    )
    url = Matching(
        r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?/?", "an address without a path, as https://desk.example.com"
    )
    threads = CountField()
    max_body_bytes = CountField(least=1024)
    passwords = Flag()
    oidc = fields.Nested(OidcSchema)

    @validates_schema
    def _the_port_is_one(self, loaded: dict[str, Any], **_: Any) -> None:
        if (url := loaded.get("url")) and split_url(url) is None:
            raise ValidationError("has a port above 65535", "url")

    @validates_schema
    def _somebody_can_come_in(self, loaded: dict[str, Any], **_: Any) -> None:
        if loaded.get("passwords") is False and not loaded.get("oidc"):
            raise ValidationError("may be false only beside [web.oidc]: else nobody could log in", "passwords")


class ProviderSchema(Schema):
    """The settings that every provider has, whatever its kind; those of the kind have a schema of their own."""

    class Meta:
        unknown = RAISE

    base_url = BaseUrl(required=True)
    sources = Patterns()
    events = EventPatterns()
    max_in_flight = CountField()
    rate = fields.Nested(RateSchema)
    timeout = fields.Nested(TimeoutSchema)
    gate = fields.Nested(GateSchema)
    retry = fields.Nested(RetrySchema)
    after_dead = OneOf(("block", "continue"))
    supersede = Flag()
    order_key = OrderKey()
    currency = CurrencyCode()
    placeholder_name = Matching(r"\S(?:[^\x00-\x1f]{0,62}\S)?", "a name of 1 to 64 characters, such as Customer")
    test_events = Flag()
    allow_http = Flag()
    settle_s = Measure(least=0)
    reconcile = fields.Nested(ReconcileSchema)

    @validates_schema
    def _plain_http_is_refused(self, loaded: dict[str, Any], **_: Any) -> None:
        parts = split_url(loaded["base_url"])
        if parts is None or parts.scheme == "https" or loaded.get("allow_http") or is_loopback(parts.hostname or ""):
            return
        raise ValidationError("must start with https://; plain http needs allow_http = true", "base_url")

    @validates_schema
    def _an_absence_outlasts_a_call(self, loaded: dict[str, Any], **_: Any) -> None:
        settle_s = loaded.get("settle_s", SETTLE_S)
        total_s = loaded.get("timeout", Timeout()).total_s
        if settle_s < total_s:
            message = f"must be at least timeout.total_s ({total_s:g}): until then a call may still be under way"
            raise ValidationError(message, "settle_s")


TABLES: dict[str, TableSchema] = {
    "store": StoreSchema(),
    "retention": RetentionSchema(),
    "limits": LimitsSchema(),
    "web": WebSchema(),
}
"""The tables beside the providers', built once."""

PROVIDER = ProviderSchema()
SOURCE = SourceSchema()
