"""What is sent to begin a job: a shape for each kind, told apart by ``kind``."""

from __future__ import annotations

from typing import Any

from flask import Request
from flask_smorest import Api
from marshmallow import EXCLUDE, RAISE, Schema, fields, validate

from schemas.bulk_job import JobKind
from worker.ops.web.api.shapes import REASON_CHARS, WORD, FilterSchema, MomentField

CUSTOMER_CHARS = 254
MOMENT = {"type": "string", "description": "RFC 3339, a date, or a span back from now: 2h."}
WHY = validate.Length(min=1, max=REASON_CHARS)
DRY = {"description": "Only count. The job is done then, and cannot be confirmed."}
RATE = {"description": "At most so many a second."}


def _kind(*kinds: JobKind) -> fields.String:
    return fields.String(required=True, validate=validate.OneOf([kind.value for kind in kinds]))


class JobSchema(Schema):
    """What every kind has: a reason, which goes on record, and whether it only counts."""

    class Meta:
        unknown = RAISE

    kind = _kind(*JobKind)
    dry_run = fields.Boolean(load_default=False, metadata=DRY)
    why = fields.String(required=True, validate=WHY, metadata={"description": "Goes on record: leave names out."})


class PacedSchema(JobSchema):
    """A kind that may be slowed down."""

    rate_per_second = fields.Float(validate=validate.Range(min=0, min_inclusive=False), metadata=RATE)


class UndoSchema(PacedSchema):
    """To which deliveries: either ``ids`` or ``filter``. A filter without a state means dead letters."""

    ids = fields.List(fields.String(validate=WORD), validate=validate.Length(min=1, max=200))
    filter = fields.Nested(FilterSchema)
    force = fields.Boolean(load_default=False)


class ReplayJobSchema(UndoSchema):
    """Send deliveries again."""

    kind = _kind(JobKind.REPLAY)


class DiscardJobSchema(UndoSchema):
    """Give deliveries up."""

    kind = _kind(JobKind.DISCARD)


class RehearseJobSchema(UndoSchema):
    """Find out what would be sent, and whether it would be refused. Nothing is sent."""

    kind = _kind(JobKind.REHEARSE)


class BackfillFilterSchema(FilterSchema):
    """Which orders: every part that is given must agree."""

    class Meta:
        unknown = RAISE
        fields = ("source", "order", "since")


class BackfillJobSchema(PacedSchema):
    """Send a provider the newest snapshot of each order that it has no delivery of. Without a rate: 50 a second."""

    kind = _kind(JobKind.BACKFILL)
    provider = fields.String(required=True, validate=WORD)
    filter = fields.Nested(BackfillFilterSchema)


class ReconcileJobSchema(PacedSchema):
    """Ask a provider's vendor for each order that it was sent since then, and tell what is missing, different or extra
    there. ``heal`` sends the first two again, and needs ``why``. Without a rate: two orders a second; never more than
    half of the account's rate."""

    kind = _kind(JobKind.RECONCILE)
    provider = fields.String(required=True, validate=WORD)
    since = MomentField(required=True, metadata=MOMENT)
    source = fields.String(validate=WORD)
    sample = fields.Integer(
        strict=True,
        validate=validate.Range(min=1),
        metadata={"description": "So many of them at random, and no extra ones."},
    )
    heal = fields.Boolean(load_default=False)
    why = fields.String(load_default="", validate=validate.Length(max=REASON_CHARS))


class EraseJobSchema(JobSchema):
    """Take a customer out of the ledger for ever, found by e-mail. The e-mail goes no further than this request."""

    kind = _kind(JobKind.ERASE)
    customer = fields.String(
        required=True,
        validate=validate.Length(min=3, max=CUSTOMER_CHARS),
        load_only=True,
        metadata={"description": "The customer's e-mail, in any case."},
    )


SCHEMAS: dict[JobKind, type[JobSchema]] = {
    JobKind.REPLAY: ReplayJobSchema,
    JobKind.DISCARD: DiscardJobSchema,
    JobKind.REHEARSE: RehearseJobSchema,
    JobKind.BACKFILL: BackfillJobSchema,
    JobKind.RECONCILE: ReconcileJobSchema,
    JobKind.ERASE: EraseJobSchema,
}
_NAMES = {kind: f"{kind.value.capitalize()}Job" for kind in SCHEMAS}

JOB_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in _NAMES.values()],
                "discriminator": {
                    "propertyName": "kind",
                    "mapping": {kind.value: f"#/components/schemas/{name}" for kind, name in _NAMES.items()},
                },
            }
        }
    },
}


class _NoKindSchema(Schema):
    """What is said of a request that names no kind that there is: nothing else of it can be judged."""

    class Meta:
        unknown = EXCLUDE

    kind = _kind(*JobKind)


def schema_of(request: Request) -> Schema:
    """The shape that a request has to have, by the kind that it names."""
    told = request.get_json(silent=True)
    said = told.get("kind") if isinstance(told, dict) else None
    known = {kind.value: schema for kind, schema in SCHEMAS.items()}
    return known[said]() if isinstance(said, str) and said in known else _NoKindSchema()


def describe_jobs(api: Api) -> None:
    """Puts the shapes into the document of the API."""
    for kind, schema in SCHEMAS.items():
        api.spec.components.schema(_NAMES[kind], schema=schema)
