"""What a view works with, by the application that serves the request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app

from worker.ops.desk.access import Access
from worker.ops.desk.desk import Desk

if TYPE_CHECKING:
    from worker.ops.web.app import Web  # the application imports its views


def web() -> Web:
    found: Web = current_app.extensions["ordercast"]
    return found


def desk() -> Desk:
    return web().desk


def access() -> Access:
    return web().access
