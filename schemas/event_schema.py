"""What a producer may write in an event, by its type. Source: canonical event, "The event"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields
from marshmallow.exceptions import SCHEMA

from schemas.amounts import Amount
from schemas.event import EventType
from schemas.fields import MISSING, EventId, Flag, Id, Matching, OneOf, OrderNumber, Text, Whole, ended
from schemas.instants import Instant
from schemas.order_schema import NoteSchema, OrderSchema
from schemas.parts import Part, PartSchema, Rows
from schemas.repairs import only_remarks

SPECVERSION = "1.0"
SOURCE_PATTERN = "[A-Za-z0-9:/._~-]{1,128}"

_REFUND_DECIMALS = 4
_QUANTITY_DECIMALS = 6
_NOT_ZERO = {
    "anyOf": [
        {"type": "string", "pattern": f"^(?!{ended('0+(?:[.]0+)?$')})"},
        {"type": "number", "exclusiveMinimum": 0},
        {"type": "null"},
    ]
}
_LINES = {"type": "array", "items": {"$ref": "#/$defs/RefundLine"}}


class CancellationSchema(PartSchema):
    reason = Text()
    restock = Flag()


class DeletionSchema(PartSchema):
    reason = Text()


class InvoiceSchema(PartSchema):
    number = Id()
    issued_at = Instant()
    notify = Flag()


class RuledSchema(PartSchema):
    """An object with a rule between its fields, for those that are right each by itself."""

    def settle(self, found: dict[str, Any]) -> dict[str | int, Any]:
        """What is wrong between the fields, by name; what is to be made of them is made in place."""
        raise NotImplementedError

    def read(self, given: Any) -> dict[str, Any]:
        told: dict[Any, Any] = {}
        try:
            found = super().read(given)
        except ValidationError as error:
            if not only_remarks(error.messages):
                raise
            found, told = dict(error.valid_data or {}), dict(error.messages_dict)
        told |= self.settle(found)
        if told:
            raise ValidationError(told, valid_data=found)
        return found


class RefundLineSchema(RuledSchema):
    """A quantity of 0 beside an amount, which shops write for a refund of money alone, is as if it were left out."""

    item_id = Id(required=True)
    quantity = Amount(decimals=_QUANTITY_DECIMALS, rounds="nothing")
    amount = Amount(decimals=_REFUND_DECIMALS, rounds="nothing", positive=True)

    def settle(self, found: dict[str, Any]) -> dict[str | int, Any]:
        if found.get("quantity") != 0:
            return {}
        del found["quantity"]
        return {} if "amount" in found else {"quantity": ["must be more than 0, or have an amount beside it"]}

    json_rule = {  # noqa: RUF012
        "anyOf": [
            {"type": "object", "properties": {"quantity": _NOT_ZERO}},
            {"type": "object", "required": ["amount"], "properties": {"amount": amount.json_schema()}},
        ]
    }


class RefundSchema(RuledSchema):
    id = Id()
    reason = Text()
    restock = Flag()
    whole = Flag()
    amount = Amount(decimals=_REFUND_DECIMALS, rounds="nothing", positive=True)
    lines = Rows(Part(RefundLineSchema), at_least=1)

    def settle(self, found: dict[str, Any]) -> dict[str | int, Any]:
        if [bool(found.get("whole")), "amount" in found, "lines" in found].count(True) == 1:
            return {}
        return {SCHEMA: ["needs exactly one of whole: true, amount and lines; none never means everything"]}

    json_rule = {  # noqa: RUF012
        "oneOf": [
            {"type": "object", "required": ["whole"], "properties": {"whole": {"const": True}}},
            {"type": "object", "required": ["amount"], "properties": {"amount": amount.json_schema()}},
            {"type": "object", "required": ["lines"], "properties": {"lines": _LINES}},
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
    id = EventId(required=True)
    source = Matching(SOURCE_PATTERN, "1 to 128 characters of A-Z a-z 0-9 : / . _ ~ -", required=True)
    type = OneOf(list(EventType), required=True)
    subject = OrderNumber(required=True)
    time = Instant(required=True)
    revision = Whole()
    test = Flag()
    data = Payload(required=True)
