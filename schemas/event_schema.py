"""What a producer may write in an event, by its type. Source: canonical event, "The event"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from schemas.amounts import Amount
from schemas.event import EventType
from schemas.fields import MISSING, Flag, Instant, Matching, OneOf, Text, Whole
from schemas.order_schema import ORDER_NUMBER_CHARS, NoteSchema, OrderSchema
from schemas.parts import Part, PartSchema, Rows

SPECVERSION = "1.0"

_REFUND_DECIMALS = 4
_QUANTITY_DECIMALS = 6


class CancellationSchema(PartSchema):
    reason = Text()
    restock = Flag()


class DeletionSchema(PartSchema):
    reason = Text()


class InvoiceSchema(PartSchema):
    number = Text()
    issued_at = Instant()
    notify = Flag()


class RefundLineSchema(PartSchema):
    item_id = Text(required=True)
    quantity = Amount(decimals=_QUANTITY_DECIMALS, positive=True)
    amount = Amount(decimals=_REFUND_DECIMALS, positive=True)


class RefundSchema(PartSchema):
    id = Text()
    reason = Text()
    restock = Flag()
    whole = Flag()
    amount = Amount(decimals=_REFUND_DECIMALS, positive=True)
    lines = Rows(Part(RefundLineSchema), at_least=1)

    @validates_schema
    def _exactly_one(self, refund: dict[str, Any], **_: Any) -> None:
        if [bool(refund.get("whole")), "amount" in refund, "lines" in refund].count(True) != 1:
            raise ValidationError("needs exactly one of whole: true, amount and lines; none never means everything")

    json_rule = {  # noqa: RUF012
        "oneOf": [
            {"required": ["whole"], "properties": {"whole": {"const": True}}},
            {"required": ["amount"], "properties": {"amount": {"not": {"type": "null"}}}},
            {"required": ["lines"], "properties": {"lines": {"not": {"type": "null"}}}},
        ]
    }


class SnapshotSchema(PartSchema):
    order = Part(OrderSchema, required=True)


class CancelledSchema(PartSchema):
    cancellation = Part(CancellationSchema, required=True)
    order = Part(OrderSchema)


class DeletedSchema(PartSchema):
    deletion = Part(DeletionSchema, required=True)


class InvoicedSchema(PartSchema):
    invoice = Part(InvoiceSchema, required=True)


class RefundedSchema(PartSchema):
    refund = Part(RefundSchema, required=True)


class NotedSchema(PartSchema):
    note = Part(NoteSchema, required=True)


class AnyTypeSchema(PartSchema):
    """What is looked at where the type is wrong, so that the other faults are told too."""

    order = Part(OrderSchema)
    cancellation = Part(CancellationSchema)
    deletion = Part(DeletionSchema)
    invoice = Part(InvoiceSchema)
    refund = Part(RefundSchema)
    note = Part(NoteSchema)


_SNAPSHOT = SnapshotSchema()
BY_TYPE: dict[str, PartSchema] = {
    EventType.CREATED: _SNAPSHOT,
    EventType.UPDATED: _SNAPSHOT,
    EventType.CANCELLED: CancelledSchema(),
    EventType.DELETED: DeletedSchema(),
    EventType.INVOICED: InvoicedSchema(),
    EventType.REFUNDED: RefundedSchema(),
    EventType.NOTED: NotedSchema(),
}
_ANY_TYPE = AnyTypeSchema()


class Payload(fields.Field[dict[str, Any]]):
    """What the event tells, read by the schema of its type."""

    default_error_messages = MISSING

    def _deserialize(
        self,
        value: Any,
        attr: str | None,  # noqa: ARG002  marshmallow's signature
        data: Mapping[str, Any] | None,
        **kwargs: Any,  # noqa: ARG002  marshmallow's signature
    ) -> dict[str, Any]:
        event_type = (data or {}).get("type")
        schema = BY_TYPE.get(event_type, _ANY_TYPE) if isinstance(event_type, str) else _ANY_TYPE
        return schema.read(value)


class EventSchema(PartSchema):
    """The attributes that have a rule of their own; extension attributes are read apart (``loading``)."""

    specversion = OneOf([SPECVERSION], f'"{SPECVERSION}"', required=True)
    id = Matching("[!-~]{1,128}", "1 to 128 characters of printable ASCII without spaces", required=True)
    source = Matching("[A-Za-z0-9:/._~-]{1,128}", "1 to 128 characters of A-Z a-z 0-9 : / . _ ~ -", required=True)
    type = OneOf(list(EventType), required=True)
    subject = Text(required=True, max_chars=ORDER_NUMBER_CHARS, printable=True)
    time = Instant(required=True)
    revision = Whole()
    test = Flag()
    data = Payload(required=True)
