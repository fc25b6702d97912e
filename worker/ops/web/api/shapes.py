"""What the API takes and gives, as OpenAPI 3.1 has it: answers by the structs themselves, requests by Marshmallow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any, TypeVar

import msgspec
from flask import Response
from flask_smorest import Api, Blueprint
from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, post_load, validate

from schemas.bulk_job import BulkJob
from schemas.cause import DeadGroup
from schemas.delivery import Delivery, State
from worker.ledger.audit import Deed
from worker.ledger.queries.activity import Minute
from worker.ledger.queries.orders import OrderStory
from worker.ledger.queries.refusals import Refusal
from worker.ledger.queries.status import GateView, Status
from worker.ops.desk.bulk import BulkItem
from worker.ops.desk.desk import Account
from worker.ops.desk.erasing import EraseReport
from worker.ops.desk.query import DeliveryQuery, read_moment

PAGE, MOST = 50, 500
REASON_CHARS = 2_000
WORD = validate.Length(max=200)

ANSWERS: tuple[Any, ...] = (
    Account, BulkItem, BulkJob, DeadGroup, Deed, Delivery, EraseReport, GateView, Minute, OrderStory, Refusal, Status,
)  # fmt: skip

PROBLEM = {
    "type": "object",
    "description": "What went wrong (RFC 9457). `reason` is a short word for programs, `detail` a sentence.",
    "required": ["type", "title", "status", "detail", "reason", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "reason": {"type": "string"},
        "request_id": {"type": "string"},
        "field": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["path", "message"],
                "properties": {"path": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}

FAILURES = {
    str(code): {"$ref": "#/components/responses/Problem"}
    for code in (400, 401, 403, 404, 409, 422, 429, 500, 503, 505, 507)
}
"""What any view may give instead."""

View = TypeVar("View", bound=Callable[..., Any])


class MomentField(fields.Field[Any]):
    """RFC 3339, a date, or a span back from now such as ``2h``."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        try:
            return read_moment(str(value))
        except (ValueError, OverflowError) as fault:
            raise ValidationError(str(fault)) from fault


class FilterSchema(Schema):
    """Which deliveries: every part that is given must agree."""

    class Meta:
        unknown = RAISE

    provider = fields.String(validate=WORD)
    state = fields.Enum(State, by_value=True)
    reason = fields.String(validate=WORD)
    type = fields.String(validate=WORD)
    source = fields.String(validate=WORD)
    order = fields.String(validate=WORD)
    since = MomentField(metadata={"type": "string", "description": "RFC 3339, a date, or a span back from now: 2h."})
    until = MomentField(metadata={"type": "string", "description": "RFC 3339, a date, or a span back from now: 2h."})
    fingerprint = fields.String(validate=WORD)

    @post_load
    def _query(self, told: dict[str, Any], **_: Any) -> DeliveryQuery:
        return DeliveryQuery(**told)


class ListSchema(FilterSchema):
    """The same, a page of it."""

    class Meta:
        unknown = EXCLUDE

    cursor = fields.String(validate=validate.Length(max=4_000))
    limit = fields.Integer(validate=validate.Range(min=1, max=MOST), load_default=PAGE)

    @post_load
    def _query(self, told: dict[str, Any], **_: Any) -> Any:
        cursor = told.pop("cursor", None)
        return DeliveryQuery(**told), cursor


class PageSchema(Schema):
    """So many of a list."""

    class Meta:
        unknown = EXCLUDE

    limit = fields.Integer(validate=validate.Range(min=1, max=MOST), load_default=PAGE)


class SliceSchema(PageSchema):
    """So many of a list, from behind those that were shown."""

    cursor = fields.Integer(validate=validate.Range(min=0, max=10**9), load_default=0)


def sliced(found: Iterable[Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    """The page of a list that was asked for. What is new at the top moves the rest on: then some is told twice."""
    begin, most = asked["cursor"], asked["limit"]
    page = list(islice(found, begin, begin + most + 1))
    return {"items": page[:most], "next": str(begin + most) if len(page) > most else None}


class WhySchema(Schema):
    """Why: it goes on record."""

    class Meta:
        unknown = RAISE

    why = fields.String(required=True, validate=validate.Length(min=1, max=REASON_CHARS))


class ResultsSchema(SliceSchema):
    """What came of which, a page of it."""

    result = fields.List(
        fields.String(validate=WORD), metadata={"description": "Only these words: missing, different."}
    )


class ConfirmSchema(Schema):
    """How many the job has counted: what is confirmed is that count, and no other."""

    class Meta:
        unknown = RAISE

    matched = fields.Integer(required=True, strict=True, validate=validate.Range(min=0))


def describe(api: Api) -> None:
    """Puts the shapes of all answers into the document of the API."""
    _, named = msgspec.json.schema_components(ANSWERS, ref_template="#/components/schemas/{name}")
    for name, shape in named.items():
        api.spec.components.schema(name, shape)
    api.spec.components.schema("Problem", PROBLEM)


def ref(struct: Any) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{struct.__name__}"}


def listed(struct: Any) -> dict[str, Any]:
    """A page of a list: ``next`` is the cursor of the page after it, null at the end."""
    return {
        "type": "object",
        "required": ["items", "next"],
        "properties": {"items": {"type": "array", "items": ref(struct)}, "next": {"type": ["string", "null"]}},
    }


def gives(blueprint: Blueprint, shape: dict[str, Any], status: int = 200, about: str = "") -> Callable[[View], View]:
    """Documents the answer of a view, and those that any view may give instead."""

    def mark(view: View) -> View:
        documented = blueprint.alt_response(status, schema=shape, description=about or "Done.", success=True)(view)
        return blueprint.doc(responses=FAILURES)(documented)  # type: ignore[no-any-return]

    return mark


def gives_text(blueprint: Blueprint, mimetypes: Iterable[str]) -> Callable[[View], View]:
    """The same of an answer that is a file of one of these types."""
    content = {mimetype: {"schema": {"type": "string"}} for mimetype in mimetypes}
    done = {"200": {"description": "A row after the other.", "content": content}}
    return blueprint.doc(responses=FAILURES | done)  # type: ignore[no-any-return]


def answer(document: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(document), status, headers, mimetype="application/json")
