"""Order Desk: an account's own settings, and what its answers look like.

Sources: the vendor's pages "Orders", "Order Items", "Shipments" and "Move Orders" (sparkweb/slate, 2018-04-30).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from marshmallow import Schema, fields, post_load, validate

from schemas.config import Secret
from schemas.fields import Matching
from schemas.order_schema import STATUSES
from schemas.providers.secret import SecretText

# What we write into the vendor's hidden metadata, to know our own again.
OUR_SOURCE = "ordercast_source"
OUR_NUMBER = "ordercast_number"
OUR_ITEM = "ordercast_item"
OUR_CURRENCY = "ordercast_currency"
OUR_MARKS = "ordercast_sent"
OUR_REFUNDS = "ordercast_refunds"
OUR_REFUND_IDS = "ordercast_refund_ids"

HIGHEST = Decimal(10) ** 15  # beyond it a number is no money


class OrderDeskOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What an Order Desk account needs beside what every provider has.

    ``store_id`` is no secret: it opens nothing without the key. ``source_name`` is one of the vendor's source names;
    without it the vendor writes "Order Desk". ``folders`` maps our order status to the id of the folder that such an
    order is put into.
    """

    store_id: str
    api_key: Secret
    source_name: str | None = None
    folders: dict[str, int] = {}


class OrderDeskOptionsSchema(Schema):
    """An Order Desk account's settings from plain values (design 9). Loads to ``OrderDeskOptions``."""

    store_id = Matching(r"[!-~]{1,64}", 'the store\'s id as text, such as "1001"', required=True)
    api_key = SecretText(required=True)
    source_name = fields.String(validate=validate.Length(min=1, max=100))
    folders = fields.Dict(
        keys=fields.String(validate=validate.OneOf(STATUSES)),
        values=fields.Integer(strict=True, validate=validate.Range(min=1)),
    )

    @post_load
    def _options(self, loaded: dict[str, Any], **kwargs: Any) -> OrderDeskOptions:
        del kwargs
        return OrderDeskOptions(**loaded)


@dataclass(frozen=True, slots=True)
class HeldLine:
    """One line as Order Desk holds it: ``fields`` as read, but for empty maps, which it writes as ``[]``."""

    fields: dict[str, Any]

    @property
    def id(self) -> str:
        return read_text(self.fields.get("id"))

    @property
    def code(self) -> str:
        return read_text(self.fields.get("code"))

    @property
    def metadata(self) -> dict[str, Any]:
        return read_map(self.fields.get("metadata"))

    @property
    def item_id(self) -> str | None:
        """Our line's name, where the line is ours."""
        return read_text(self.metadata.get(OUR_ITEM)) or None


@dataclass(frozen=True, slots=True)
class HeldOrder:
    """One order as Order Desk holds it: ``fields`` as read."""

    fields: dict[str, Any]

    @property
    def id(self) -> str:
        return read_text(self.fields.get("id"))

    @property
    def metadata(self) -> dict[str, Any]:
        return read_map(self.fields.get("order_metadata"))

    @property
    def lines(self) -> list[HeldLine]:
        return [HeldLine(line) for line in read_list(self.fields.get("order_items"))]

    @property
    def notes(self) -> list[dict[str, Any]]:
        return read_list(self.fields.get("order_notes"))

    @property
    def discounts(self) -> list[dict[str, Any]]:
        return read_list(self.fields.get("discount_list"))

    @property
    def shows_history(self) -> bool:
        """Whether the answer tells of the history at all; an empty one is told too."""
        return "order_history" in self.fields

    @property
    def history(self) -> list[str]:
        return [read_text(entry.get("note")) for entry in read_list(self.fields.get("order_history"))]

    @property
    def tracking_numbers(self) -> set[str]:
        return {read_text(part.get("tracking_number")) for part in read_list(self.fields.get("order_shipments"))}

    @property
    def source_id(self) -> str:
        return read_text(self.fields.get("source_id"))

    @property
    def folder_id(self) -> str:
        return read_text(self.fields.get("folder_id"))

    @property
    def total(self) -> Decimal | None:
        """What the vendor makes of it all, where it says so."""
        return read_amount(self.fields.get("order_total"))

    @property
    def refund_total(self) -> Decimal:
        """What has been given back, by whomever; 0 where the vendor says nothing of it."""
        return read_amount(self.fields.get("refund_total")) or Decimal(0)

    @property
    def refunds(self) -> dict[str, Decimal]:
        """Of our refunds those that are in ``refund_total``: their amounts by the id of their event."""
        read = parse_qsl(read_text(self.metadata.get(OUR_REFUNDS)))
        return {event_id: amount for event_id, text in read if (amount := read_amount(text)) is not None}

    @property
    def refund_ids(self) -> dict[str, str]:
        """Of our refunds those that have an id of their own: by it the id of the event that they were counted for."""
        return dict(parse_qsl(read_text(self.metadata.get(OUR_REFUND_IDS))))

    def is_ours(self, key: str, source: str, number: str) -> bool:
        """Whether it is the order that we sent: its ``source_id``, and our source and number in its metadata."""
        held = self.metadata
        return self.source_id == key and held.get(OUR_SOURCE) == source and read_text(held.get(OUR_NUMBER)) == number


def read_object(body: bytes) -> dict[str, Any] | None:
    """The JSON object of an answer, its numbers exact; ``None`` where it is anything else. Never raises."""
    try:
        found = json.loads(body, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def read_text(value: object) -> str:
    """A scalar as text: ids come as texts and as numbers (page "Move Orders"). What is no scalar is empty."""
    return str(value) if isinstance(value, str | int | Decimal) and not isinstance(value, bool) else ""


def read_amount(value: object) -> Decimal | None:
    """A number, or a text of one; ``None`` where it is no amount of money. Never raises."""
    try:
        number = value if type(value) is Decimal else Decimal(value if type(value) is int else read_text(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < HIGHEST else None


def read_map(value: object) -> dict[str, Any]:
    """A map that PHP writes as ``[]`` when it is empty (page "Orders": ``variation_list: []``)."""
    return value if isinstance(value, dict) else {}


def read_list(value: object) -> list[dict[str, Any]]:
    """A list of objects, or a map of them by id; what is no object is left out."""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [part for part in parts if isinstance(part, dict)]
