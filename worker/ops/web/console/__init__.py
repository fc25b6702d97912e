"""The pages for people: made on the server, readable without JavaScript, alive with a little of it."""

from __future__ import annotations

from typing import Any

from flask import Flask, g

from worker.ops.web.console import (
    dead_letters,
    deliveries,
    erasing,
    exports,
    formats,
    jobs,
    oidc,
    orders,
    overview,
    people,
    providers,
    record,
    refusals,
    session,
    settings,
)
from worker.ops.web.current import web
from worker.ops.web.identity import LADDER, may

ROOMS = (
    dead_letters, deliveries, erasing, exports, jobs, oidc, orders, overview, people, providers, record, refusals,
    session, settings,
)  # fmt: skip


def register(app: Flask) -> None:
    """Adds the pages to the application."""
    for room in ROOMS:
        app.register_blueprint(room.blp)
    app.jinja_env.filters.update(formats.FILTERS)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(_shared)


def _shared() -> dict[str, Any]:
    """What every page may use: who looks, and whether they may do something."""
    who = g.get("who")
    return {
        "who": who,
        "web": web().config.web,
        "can": {role.value: who is not None and may(who.role, role) for role in LADDER},
    }
