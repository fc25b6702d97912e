"""Lists as files: what a page shows, all of it, as JSON lines or CSV."""

from __future__ import annotations

from flask import Blueprint, Response, request

from schemas.principal import Role
from worker.ops.desk.exporting import FILTERS, Export, Exported, FileForm
from worker.ops.web.api.exports import NAMES, ExportSchema
from worker.ops.web.console.reading import filled, read, why
from worker.ops.web.downloads import download
from worker.ops.web.identity import needs, whoever

blp = Blueprint("exports_pages", __name__)


@blp.get(f"/export/<any({NAMES}):what>")
@needs(Role.VIEWER)
def export(what: str) -> Response:
    """All that agree with the address, without bodies."""
    said = {name: value for name, value in request.args.items() if value.strip()}
    query, form = read(ExportSchema(), said)
    return download(Export(Exported(what), query, whoever()), form or FileForm.JSON_LINES)


@blp.post(f"/export/<any({NAMES}):what>")
@needs(Role.OPERATOR)
def export_bodies(what: str) -> Response:
    """The same with bodies: who took them, and why, goes on record."""
    query, form = read(ExportSchema(), filled(*FILTERS[Exported(what)], "format"))
    wanted = Export(Exported(what), query, whoever(), with_bodies=True, why=why())
    return download(wanted, form or FileForm.JSON_LINES)
