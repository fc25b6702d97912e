"""What each setting of ordercast.toml is for, in the words of ``docs/settings.md``: by table or kind, then by key.

A test holds that every key of the schemas is here, and no other.
"""

from __future__ import annotations

from collections.abc import Mapping

COMMON = "provider"
SOURCE = "sources"

MEANINGS: Mapping[str, Mapping[str, str]] = {
    "store": {
        "url": "address of the Valkey or Redis that keeps the ledger ([addresses](operations.md#addresses))",
        "shards": "more stores, over which the ledger is split by order. Their number and order can never change"
        " ([Shards](shards.md))",
        "broker_url": "address of the broker, where producers send",
        "durability": '`"disk"`: an accepted event is on disk. `"memory"`: allow `appendfsync everysec`; a second of'
        " accepted events may be lost",
        "dir": "folder of the embedded Valkey: its files, its socket, its password",
        "intake_prefix": "what producers on Redis put before their queue names (`global_keyprefix`); those queues are"
        " read too",
        "intake_queue_type": 'type of the intake queue on RabbitMQ; `"classic"` is for clients that cannot declare'
        " arguments ([clients](clients.md#which-queue-on-rabbitmq))",
        "listen": "where the embedded Valkey listens beside its socket; port 0 is any free one and is kept",
    },
    "retention": {
        "delivered_days": "how long an event is kept after its last delivery has ended",
        "refusal_days": "how long a refused event is kept",
        "dedupe_days": "how long an event that is sent again is recognized as a duplicate",
    },
    "limits": {
        "body_bytes": "the largest event that is accepted",
        "max_pending": "how many deliveries may wait in all. When there are more, the intake queue waits",
        "totals": '`"check"`: refuse an order whose totals do not add up. `"off"`: take them as they come',
        "strict": "`true`: refuse what is otherwise repaired with a remark. For the tests of a producer",
    },
    "web": {
        "listen": "where the desk is served; `off`: not beside the workers of this machine",
        "url": "the address by which people reach the desk, where a proxy stands before it",
        "threads": "so many requests at a time",
        "max_body_bytes": "the longest request that is read",
        "passwords": "`false`: nobody logs in with a password, only by `[web.oidc]`",
        "oidc.issuer": "address of the identity provider, as its discovery document has it"
        " ([log in by OpenID Connect](desk.md#log-in-by-openid-connect))",
        "oidc.client_id": "what the desk is called there",
        "oidc.client_secret": "the desk's secret there",
        "oidc.label": "the words on the log-in page's button",
        "oidc.name_claim": "the claim by which people are named on record, behind `oidc:`",
        "oidc.role_claim": "the claim that `roles` looks at",
        "oidc.roles": 'word in the claim → role at the desk: `{ "the-ops" = "operator" }`; the highest counts',
        "oidc.default_role": "the role of whoever has none by `roles`; without it they may not come in",
        "oidc.scopes": "what is asked for beside `openid`",
        "oidc.ca_file": "certificates to trust instead of the public ones, where the identity provider has its own",
    },
    SOURCE: {
        "timezone": "time zone of this source's times that have none, such as `2026-11-21 09:30:00`",
    },
    COMMON: {
        "base_url": "address of the vendor's API",
        "sources": "which sources' events this provider gets; `*` stands for any text",
        "events": "which types of event this provider gets; `*` stands for any text",
        "max_in_flight": "how many deliveries may be under way at a time",
        "rate.per_second": "calls a second, over all workers",
        "rate.burst": "how many calls may come at once",
        "timeout.connect_s": "seconds to connect",
        "timeout.read_s": "seconds between two reads of an answer",
        "timeout.total_s": "seconds of one call altogether",
        "gate.trip_after": "how many failures in a row trip the circuit breaker, if they are of three orders or more",
        "gate.cool_down_s": "seconds until a tripped provider is tried for the first time; the wait doubles each time",
        "gate.cool_down_cap_s": "the longest of these waits",
        "gate.probe_s": "seconds until a provider on hold is tried for the first time; the wait doubles, up to 15 min",
        "retry.first_s": "seconds until a failed delivery is tried again",
        "retry.factor": "each further wait is this many times as long",
        "retry.cap_s": "the longest of these waits",
        "retry.give_up_after_s": "a delivery that still fails after so many seconds becomes a dead letter; time in"
        " which the provider was tripped, on hold or paused does not count",
        "after_dead": '`"block"`: later events of an order wait behind its dead letter'
        ' ([which](lifecycle.md#what-a-dead-letter-holds-back)). `"continue"`: they do not wait',
        "supersede": "`true`: a newer order.created or order.updated replaces older ones that still wait. Only a"
        " webhook may have `false`",
        "order_key": "how the order is named at the vendor: `{number}`, or also `{source}`",
        "currency": "the only currency of this account; orders in another one are rejected",
        "placeholder_name": "last name of a customer who has none, where the vendor needs one",
        "test_events": "`true`: this provider also gets events with `test: true`",
        "allow_http": "`true`: allow an address that begins with `http://`",
        "settle_s": 'seconds until "not found" is believed after a call without an answer; at least `timeout.total_s`',
        "reconcile.every_h": "hours from one scheduled [reconciliation](operations.md#reconcile-on-a-schedule) to the"
        " next. Without it there is none",
        "reconcile.sample": "so many orders, at random, are asked for each time",
        "reconcile.since_days": "of the orders that had an event in the last so many days",
        "reconcile.heal": "`true`: send again what is missing or different. Otherwise it only tells",
    },
    "retargeting": {
        "api_key": "the account's REST API key",
        "format": "form of the vendor's answers",
        "placeholder": "what stands in a required field for which the order has nothing",
        "require_consent": "`true`: skip orders whose customer has not agreed to marketing",
        "max_input_vars": "`max_input_vars` of the vendor's PHP; longer orders are rejected before they are sent",
        "retry_errors": "error texts of the vendor that are worth a retry; every other one is a rejection",
    },
    "shopscript": {
        "access_token": "the token of the shop's API, of a user with full access to orders",
        "token_in": 'where the token is sent; `"form"` is for shops before version 12',
        "format": "form of the shop's answers; leave it at JSON",
        "max_input_vars": "`max_input_vars` of the shop's PHP; longer orders are rejected before they are sent",
        "calculate_discount": "`true`: let the shop's own rules calculate discounts",
        "fractions": "`true`: the shop's settings allow quantities such as 1.5",
        "customer_address": "`true`: also save addresses at the customer, so that the shop calculates taxes",
        "late_tracking": "`true`: tell the shop a tracking number that comes after shipping; it mails the buyer then",
        "workflow.cancelled": "actions of the shop's workflow that cancel an order, in the order in which to try them",
        "products": "our SKU → the shop's variant: `{ product_id = 1, sku_id = 2 }`",
    },
    "orderdesk": {
        "store_id": "the store's id",
        "api_key": "the store's API key",
        "source_name": 'what Order Desk shows as the order\'s source; without it, "Order Desk"',
        "folders": "our status → the id of Order Desk's folder",
    },
    "openbizbox": {
        "client_id": "the id of the API client",
        "client_secret": "the secret of the API client",
        "order_id_offset": "our orders get the id offset + number. Only if the shop keeps these ids free",
        "timezone": "the shop's time zone",
        "prices": "which prices the shop's API takes",
        "mark": 'where an order carries our source and number. With `"none"` every doubt needs a person',
        "quiet": "`true`: never let the shop mail an invoice to the buyer",
        "statuses": "our status → the shop's status id",
        "currencies": "currency → the code that the shop has for it",
        "customer_types": "our customer group → the shop's id",
    },
    "webhook": {
        "secret": "what signs each event (Standard Webhooks), or a list of several while you change it",
        "allow_private": "`true`: allow an address inside your network",
    },
}
