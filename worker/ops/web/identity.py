"""Who is asking, and whether they may: every view says what it needs, and one that says nothing is closed.

People come with the cookie of a session, programs with a token. A cookie opens no part of the API, so that no other
site can use it there; a token opens no page.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from flask import Flask, current_app, g, redirect, request, url_for
from werkzeug.exceptions import BadRequest, Forbidden, NotFound, Unauthorized
from werkzeug.wrappers import Response

from schemas.principal import PERSONAL, Face, Principal, Role
from worker.ops.desk.access import Access
from worker.ops.web.current import web

API = "/v1/"
COOKIE = "ordercast"
BEARER = "Bearer "
NEEDS = "needs"

View = TypeVar("View", bound=Callable[..., Any])

LADDER = PERSONAL
"""A producer stands beside it: it brings events, and sees nothing."""


class Open:
    """What anybody may see: the log-in, what pages are drawn with, how the API is to be used."""


def needs(role: Role | type[Open]) -> Callable[[View], View]:
    """Marks a view with the least that somebody has to be."""

    def mark(view: View) -> View:
        setattr(view, NEEDS, role)
        return view

    return mark


def needed(app: Flask, endpoint: str) -> Role | type[Open] | None:
    """What a view needs, ``None`` where nobody has said so: then it is closed."""
    return getattr(app.view_functions.get(endpoint), NEEDS, None)


def may(role: Role, wanted: Role) -> bool:
    """Whether somebody of this role may do what ``wanted`` is needed for."""
    if Role.PRODUCER in (role, wanted):
        return role is wanted
    return LADDER.index(role) >= LADDER.index(wanted)


def guard(access: Access) -> Callable[[], Response | None]:
    """What runs before every request: finds out who asks, and turns away who may not."""

    def check() -> Response | None:
        g.who = None
        if request.endpoint is None:  # there is no such page; that may be said to anybody
            g.who = None if request.path.startswith(API) else _person(access)
            return None
        wanted = needed(current_app, request.endpoint)
        if wanted is None:
            raise NotFound
        if isinstance(wanted, type):
            return None
        is_api = request.path.startswith(API)
        g.who = _program(access) if is_api else _person(access)
        if g.who is None:
            if is_api:
                raise Unauthorized("Send a token: Authorization: Bearer TOKEN.")
            return redirect(
                url_for("session.log_in", to=request.full_path.rstrip("?") if request.method == "GET" else "")
            )
        check_may(wanted)
        return None

    return check


def check_may(wanted: Role) -> None:
    """Raises ``Forbidden`` where whoever asks is less than that."""
    if not may(g.who.role, wanted):
        raise Forbidden(f"This needs the role {wanted}, and {g.who.name} is {g.who.role}.")


def check_json() -> None:
    """Turns away a body that JSON's readers take and nothing behind them does: half a character, a number of thousands
    of digits, brackets in brackets without end."""
    if request.method == "GET" or not request.path.startswith(API) or not request.is_json:
        return
    try:
        msgspec.json.decode(request.get_data(cache=True))
    except (msgspec.MsgspecError, ValueError, RecursionError) as fault:
        raise BadRequest("The body cannot be read as JSON.") from fault


def whoever() -> Principal:
    """Who asks; there is somebody wherever a view needs a role."""
    who: Principal = g.who
    return who


def _person(access: Access) -> Principal | None:
    secret = request.cookies.get(cookie_name())
    user = access.of_session(secret) if secret else None
    if user is None or not (user.is_outside or web().config.web.passwords):
        return None
    return Principal(user.name, user.role, Face.WEB, g.request_id)


def _program(access: Access) -> Principal | None:
    said = request.headers.get("Authorization", "")
    token = access.of_token(said.removeprefix(BEARER).strip()) if said.startswith(BEARER) else None
    return Principal(token.name, token.role, Face.WEB, g.request_id) if token else None


def cookie_name() -> str:
    """Over TLS with the prefix by which browsers let no other host, path or plain page set it."""
    return f"__Host-{COOKIE}" if current_app.config["SESSION_COOKIE_SECURE"] else COOKIE
