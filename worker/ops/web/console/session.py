"""Coming in and going out: the log-in, the invitation, the log-out."""

from __future__ import annotations

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response

from schemas.principal import Role
from worker.ledger.users import LONGEST_S
from worker.ops.desk.access import LEAST_CHARS, LoginRefused, TooManyLogins
from worker.ops.desk.advice import BadRequest
from worker.ops.web.current import access, web
from worker.ops.web.identity import Open, cookie_name, needs
from worker.ops.web.problems import status_of

blp = Blueprint("session", __name__)


@blp.get("/login")
@needs(Open)
def log_in() -> str:
    return render_template("login.html", to=inside(request.args.get("to", "")), least=LEAST_CHARS)


@blp.post("/login")
@needs(Open)
def come_in() -> tuple[str, int] | Response:
    _check_passwords()
    name, to = request.form.get("name", "").strip().lower(), inside(request.form.get("to", ""))
    try:
        secret = access().log_in(name, request.form.get("password", ""), request.remote_addr or "")
    except (LoginRefused, TooManyLogins) as error:
        return render_template("login.html", to=to, name=name, fault=str(error)), status_of(error)
    return with_session(secret, to)


@blp.post("/logout")
@needs(Role.VIEWER)
def log_out() -> Response:
    access().users.end_session(request.cookies.get(cookie_name(), ""))
    gone = redirect(url_for("session.log_in"))
    gone.delete_cookie(cookie_name(), secure=current_app.config["SESSION_COOKIE_SECURE"], httponly=True)
    return gone


@blp.get("/welcome/<code>")
@needs(Open)
def welcome(code: str) -> str:
    _check_passwords()
    return render_template("welcome.html", name=access().invited(code), code=code, least=LEAST_CHARS)


@blp.post("/welcome/<code>")
@needs(Open)
def join(code: str) -> tuple[str, int] | Response:
    _check_passwords()
    try:
        secret = access().join(code, _same_twice(), g.request_id)
    except BadRequest as error:
        page = render_template(
            "welcome.html", name=access().invited(code), code=code, fault=str(error), least=LEAST_CHARS
        )
        return page, status_of(error)
    return with_session(secret, "")


def _check_passwords() -> None:
    if not web().config.web.passwords:
        raise Forbidden("Passwords are off at this desk: log in at the identity provider.")


def _same_twice() -> str:
    password = request.form.get("password", "")
    if password != request.form.get("again", ""):
        raise BadRequest("The two passwords differ.")
    return password


def with_session(secret: str, to: str) -> Response:
    """On to the page that was asked for, with the cookie of a new session."""
    within = redirect(to or url_for("overview.overview"))
    within.set_cookie(
        cookie_name(),
        secret,
        max_age=LONGEST_S,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )
    return within


def inside(to: str) -> str:
    """Where to go on after the log-in, if that is one of our pages."""
    is_ours = to.startswith("/") and not to.startswith(("//", "/\\")) and "\\" not in to
    return to if is_ours and to.isprintable() else ""
