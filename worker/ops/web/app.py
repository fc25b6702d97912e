"""The web application: one desk for all threads of a process, guarded, and the same rules for every answer."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Flask, Response, g, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from schemas.config import Config, WebConfig
from worker.ops.desk.access import Access
from worker.ops.desk.desk import Desk
from worker.ops.web import api, console
from worker.ops.web.board import Board
from worker.ops.web.identity import Open, check_json, guard, needs
from worker.ops.web.identity_provider import IdentityProvider
from worker.ops.web.problems import tell_errors

POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
"""No script, style or frame from elsewhere, and none written into a page. Pico's icons are images of its own."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
EXPORTS_SHARE = 4
"""Exports take one thread in so many."""
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
FILES_KEPT_S = 3600


@dataclass(frozen=True)
class Web:
    """What the views work with."""

    desk: Desk
    access: Access
    board: Board
    config: Config
    exports: threading.BoundedSemaphore
    """A place for each export that may run at a time: one that is read slowly holds a thread for as long."""


def create_app(desk: Desk, config: Config) -> Flask:
    """The application on this desk. Connects to nothing but by the desk."""
    app = Flask("worker.ops.web", static_url_path="/static")
    web = config.web
    access = Access(desk.store)
    app.extensions["ordercast"] = Web(desk, access, Board(desk), config, _places(web))
    if web.oidc:
        app.extensions["oidc"] = IdentityProvider(web.oidc)
    is_secure = bool(web.url and web.url.startswith("https:"))
    app.config.update(
        MAX_CONTENT_LENGTH=web.max_body_bytes,
        MAX_FORM_MEMORY_SIZE=web.max_body_bytes,
        SECRET_KEY=access.users.signing_key(),
        SEND_FILE_MAX_AGE_DEFAULT=FILES_KEPT_S,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_NAME="ordercast_form",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=is_secure,
        TRUSTED_HOSTS=hosts(web),
        WTF_CSRF_TIME_LIMIT=None,
    )
    if web.url:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=0)  # type: ignore[method-assign]
    app.before_request(_number)
    app.before_request(guard(access))
    app.before_request(check_json)
    app.after_request(_seal)
    needs(Open)(app.view_functions["static"])
    protect = CSRFProtect(app)
    console.register(app)
    api.register(app, protect)
    tell_errors(app, desk.wording)  # after flask-smorest, whose own would drop headers such as Allow
    return app


def hosts(web: WebConfig) -> list[str] | None:
    """The names by which a browser may call this. Another site's name that was pointed at this machine is none."""
    host, _, _ = web.listen.rpartition(":")
    if web.url:
        return [urlsplit(web.url).hostname or "", *LOOPBACK]
    return list(LOOPBACK) if host in LOOPBACK else None


def _places(web: WebConfig) -> threading.BoundedSemaphore:
    return threading.BoundedSemaphore(max(1, web.threads // EXPORTS_SHARE))


def _number() -> None:
    g.request_id = secrets.token_hex(8)


def _seal(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["X-Request-Id"] = g.get("request_id", "")
    if not request.path.startswith("/static/"):
        response.headers.setdefault("Cache-Control", "no-store")
    return response
