"""What goes wrong, as it is told: to programs as a problem document (RFC 9457), to people as a page."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import msgspec
from flask import Flask, Response, g, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, SecurityError

from worker.errors import NothingMatched, OrdercastError, StoreUnreachable
from worker.log import get as get_logger
from worker.log import trace_of
from worker.ops.desk.advice import BadRequest, Wording
from worker.ops.web.identity import API

RETRY_S = 5
RETRY_AFTER_S = {"too_many_logins": 900, "too_many_exports": 60}
STATUSES = {
    "usage": HTTPStatus.BAD_REQUEST,
    "bad_cursor": HTTPStatus.BAD_REQUEST,
    "no_job": HTTPStatus.NOT_FOUND,
    "config": HTTPStatus.INTERNAL_SERVER_ERROR,
    "login_refused": HTTPStatus.FORBIDDEN,
    "no_invitation": HTTPStatus.GONE,
    "too_many_exports": HTTPStatus.TOO_MANY_REQUESTS,
    "identity_away": HTTPStatus.BAD_GATEWAY,
    "login_expired": HTTPStatus.BAD_REQUEST,
    "login_not_trusted": HTTPStatus.FORBIDDEN,
    "name_taken": HTTPStatus.FORBIDDEN,
    "no_name": HTTPStatus.FORBIDDEN,
    "no_role": HTTPStatus.FORBIDDEN,
    "too_many_logins": HTTPStatus.TOO_MANY_REQUESTS,
    "store_full": HTTPStatus.INSUFFICIENT_STORAGE,
}
"""By the word of the error. What has none here cannot be done as it stands: a job is over, another has the cause."""

log = get_logger("ordercast.web")


def status_of(error: OrdercastError) -> int:
    """The HTTP status that an error of ours is told with."""
    if isinstance(error, StoreUnreachable):
        return HTTPStatus.SERVICE_UNAVAILABLE
    if isinstance(error, NothingMatched):
        return HTTPStatus.NOT_FOUND
    return STATUSES.get(error.reason, HTTPStatus.CONFLICT)


def problem(status: int, reason: str, detail: str, headers: dict[str, str] | None = None, **more: Any) -> Response:
    """A problem document. ``reason`` is a short word for programs, ``detail`` a sentence for people."""
    told = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    body = msgspec.json.encode({**told, "reason": reason, "request_id": g.get("request_id", ""), **more})
    return Response(body, status, headers, mimetype="application/problem+json")


def tell_errors(app: Flask, wording: Wording) -> None:
    """Have every error of this application told in its place."""

    def ours(error: OrdercastError) -> Response:
        status = status_of(error)
        wait_s = RETRY_S if status == HTTPStatus.SERVICE_UNAVAILABLE else RETRY_AFTER_S.get(error.reason)
        headers = {"Retry-After": str(wait_s)} if wait_s else {}
        more = {"field": error.field} if isinstance(error, BadRequest) and error.field else {}
        return _told(status, error.reason, wording.of(error) or (error.__doc__ or ""), headers, more)

    def plain(error: HTTPException) -> Response:
        if isinstance(error, SecurityError):  # of no page of ours, so none can be drawn
            return Response(_OTHER_HOST, error.code, mimetype="text/plain")
        status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
        headers = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
        more = {"errors": faults} if (faults := _faults(error)) else {}
        reason = "form_expired" if isinstance(error, CSRFError) else HTTPStatus(status).name.lower()
        return _told(status, reason, _sentence(error), headers, more)

    def defect(error: Exception) -> Response:
        told = {"request": g.get("request_id", ""), "endpoint": request.endpoint}
        log.error("web.defect", error=type(error).__name__, exception=trace_of(error), **told)
        return _told(HTTPStatus.INTERNAL_SERVER_ERROR, "defect", _DEFECT, {}, {})

    app.register_error_handler(OrdercastError, ours)
    app.register_error_handler(HTTPException, plain)
    app.register_error_handler(Exception, defect)


def _told(status: int, reason: str, detail: str, headers: dict[str, str], more: dict[str, Any]) -> Response:
    if request.path.startswith(API):
        return problem(status, reason, detail, headers, **more)
    page = render_template(
        "problem.html", status=status, title=HTTPStatus(status).phrase, detail=detail, reason=reason, **more
    )
    return Response(page, status, headers, mimetype="text/html")


def _faults(error: HTTPException) -> list[dict[str, str]]:
    """What webargs found wrong in a request: each with the place and the sentence."""
    found = (getattr(error, "data", None) or {}).get("messages") or {}
    return [fault for place in found.values() for fault in flat(place)]


def flat(told: Any, path: str = "") -> list[dict[str, str]]:
    """The faults that a schema found: each with its path and its sentence."""
    if isinstance(told, dict):
        return [fault for name, below in told.items() for fault in flat(below, f"{path}.{name}".strip("."))]
    if isinstance(told, list):
        return [{"path": path, "message": str(sentence)} for sentence in told]
    return [{"path": path, "message": str(told)}]


def _sentence(error: HTTPException) -> str:
    if isinstance(error, CSRFError):
        return "This form is too old, or comes from elsewhere. Go back, load the page again, and send it once more."
    if error.code == HTTPStatus.NOT_FOUND:
        return "There is nothing at this address."
    if error.code == HTTPStatus.UNPROCESSABLE_ENTITY:
        return "The request cannot be read: see errors."
    return error.description or ""


_OTHER_HOST = "The desk has another name: use the address that it prints, or set [web] url to this one.\n"
_DEFECT = (
    "This is a defect of Ordercast. Nothing is known to be lost; the log of the web process has more under this "
    "request's id."
)
