"""Exports: whole lists, a row at a time, as JSON lines or CSV."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Response
from flask_smorest import Blueprint
from marshmallow import RAISE, Schema, fields, post_load, validate

from schemas.principal import Role
from worker.ops.desk.exporting import Export, Exported, FileForm
from worker.ops.desk.query import DeliveryQuery
from worker.ops.web.api.shapes import REASON_CHARS, FilterSchema, gives_text
from worker.ops.web.downloads import TYPES, download, preferred
from worker.ops.web.identity import needs, whoever

NAMES = ", ".join(one.value for one in Exported)
FORMAT = {"description": "Without it: by Accept, JSON lines where that does not say."}
MOST_ROWS = 10**9
LIMIT = {"description": "At most so many; without it all."}


class ExportSchema(FilterSchema):
    """Which of them, how many at most, and how they are written. Orders have source, since and until alone."""

    class Meta:
        unknown = RAISE

    limit = fields.Integer(validate=validate.Range(min=1, max=MOST_ROWS), metadata=LIMIT)
    format = fields.Enum(FileForm, by_value=True, metadata=FORMAT)

    @post_load
    def _query(self, told: dict[str, Any], **_: Any) -> Any:
        form = told.pop("format", None)
        return DeliveryQuery(**told), form


class ExportBodiesSchema(Schema):
    """The same with bodies, and why: that goes on record."""

    class Meta:
        unknown = RAISE

    filter = fields.Nested(FilterSchema)
    limit = fields.Integer(strict=True, validate=validate.Range(min=1, max=MOST_ROWS), metadata=LIMIT)
    format = fields.Enum(FileForm, by_value=True, metadata=FORMAT)
    why = fields.String(required=True, validate=validate.Length(min=1, max=REASON_CHARS))

    @post_load
    def _query(self, told: dict[str, Any], **_: Any) -> dict[str, Any]:
        query = told.pop("filter", DeliveryQuery())
        return {**told, "query": replace(query, limit=told.get("limit"))}


blp = Blueprint("exports", __name__, url_prefix="/v1", description="Lists that are taken elsewhere, whole.")


@blp.get(f"/export/<any({NAMES}):what>")
@needs(Role.VIEWER)
@blp.arguments(ExportSchema, location="query", unknown=RAISE)
@gives_text(blp, TYPES.values())
def export(asked: tuple[DeliveryQuery, FileForm | None], what: str) -> Response:
    """All deliveries, orders or refusals that agree, newest first, as a file. A connection that is cut before the last
    chunk means that rows are missing: ask again."""
    query, form = asked
    return download(Export(Exported(what), query, whoever()), form or preferred())


@blp.post(f"/export/<any({NAMES}):what>")
@needs(Role.OPERATOR)
@blp.arguments(ExportBodiesSchema)
@gives_text(blp, TYPES.values())
def export_bodies(asked: dict[str, Any], what: str) -> Response:
    """The same, each with its body as it was sent. It names customers: who took it, and why, goes on record."""
    wanted = Export(Exported(what), asked["query"], whoever(), with_bodies=True, why=asked["why"])
    return download(wanted, asked.get("format") or preferred())
