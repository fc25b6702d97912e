"""For load balancers and orchestrators: is this process alive, and can it serve?"""

from __future__ import annotations

from flask import Blueprint, Response

from worker.ops.web.current import desk
from worker.ops.web.identity import Open, needs

blp = Blueprint("health", __name__)


@blp.get("/healthz")
@needs(Open)
def alive() -> Response:
    """The process answers."""
    return Response("ok\n", mimetype="text/plain")


@blp.get("/readyz")
@needs(Open)
def ready() -> Response:
    """The store answers too; else 503, by the same words as everywhere."""
    desk().store.now_ms()
    return Response("ok\n", mimetype="text/plain")
