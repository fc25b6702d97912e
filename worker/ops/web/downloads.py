"""Exports as answers of HTTP: a row at a time. One that breaks off can be told from one that is whole."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from itertools import chain

from flask import Response, g, request
from werkzeug.exceptions import HTTPVersionNotSupported

from worker.errors import OrdercastError
from worker.ledger.store.instants import instant
from worker.log import get as get_logger
from worker.log import trace_of
from worker.ops.desk.exporting import Export, FileForm, exported, written
from worker.ops.web.current import desk, web

TYPES = {FileForm.JSON_LINES: "application/x-ndjson", FileForm.CSV: "text/csv"}
NEEDS_1_1 = (
    "An export needs HTTP/1.1: over 1.0 one that breaks off looks as if it were whole. In nginx, say "
    "proxy_http_version 1.1."
)

log = get_logger("ordercast.web")


class TooManyExports(OrdercastError):
    """As many exports run as may at a time. Try again when one of them is over."""

    reason = "too_many_exports"


def preferred() -> FileForm:
    """How the answer is to be written, by the request's Accept: JSON lines where it does not say."""
    named = request.accept_mimetypes.best_match(TYPES.values(), default=TYPES[FileForm.JSON_LINES])
    return next(form for form, mimetype in TYPES.items() if mimetype == named)


def download(wanted: Export, form: FileForm) -> Response:
    """A file of all rows. What is wrong before the first of them is an answer of its own.

    Raises ``TooManyExports``, ``HTTPVersionNotSupported``, and what reading and the record raise.
    """
    if request.environ.get("SERVER_PROTOCOL") == "HTTP/1.0":
        raise HTTPVersionNotSupported(NEEDS_1_1)
    places = web().exports
    if not places.acquire(blocking=False):
        raise TooManyExports
    try:
        made_at = instant(desk().store.now_ms())
        lines = written(exported(desk().store, wanted), wanted, form)
        first = next(lines, b"")
    except BaseException:
        places.release()
        raise
    answer = Response(_or_cut(chain([first], lines), g.get("request_id", "")), mimetype=TYPES[form])
    answer.call_on_close(places.release)
    stamp = made_at.replace("-", "").replace(":", "")
    answer.headers["Content-Disposition"] = f'attachment; filename="ordercast-{wanted.what}-{stamp}.{form}"'
    return answer


def _or_cut(lines: Iterator[bytes], request_id: str) -> Iterator[bytes]:
    """The same; where they break off, so does the connection. The answer has begun with a good status, and it ends with
    an empty chunk where it is whole: without that one every client sees that it is not."""
    try:
        yield from lines
    except OrdercastError as error:
        log.warning("web.export_cut", request=request_id, reason=error.reason, message=str(error))
        raise ConnectionResetError(errno.ECONNRESET, "the export broke off") from error
    except Exception as error:
        log.exception("web.defect", request=request_id, error=type(error).__name__, exception=trace_of(error))
        raise ConnectionResetError(errno.ECONNRESET, "the export broke off") from error
