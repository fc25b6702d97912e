"""The HTTP API under ``/v1``, for programs: a token, JSON, problem documents. ``/openapi.json`` describes it."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from flask import Flask
from flask_smorest import Api
from flask_wtf.csrf import CSRFProtect

from worker.ops.web.api import deliveries, exports, health, jobs, orders, providers, records
from worker.ops.web.api.job_shapes import describe_jobs
from worker.ops.web.api.shapes import describe
from worker.ops.web.identity import Open, needs

BLUEPRINTS = (deliveries.blp, orders.blp, jobs.blp, exports.blp, providers.blp, records.blp)
ABOUT = """Everything the desk can do, for programs.

Send `Authorization: Bearer TOKEN`; `ordercast token create NAME --role viewer|operator|admin` makes one. Errors are
problem documents (RFC 9457) with a `reason`. Lists are `{items, next}`: ask again with `cursor` set to `next`."""


def register(app: Flask, protect: CSRFProtect) -> None:
    """Adds the API to the application. No cookie opens it, so its forms need no token against forgery."""
    app.config.update(
        API_TITLE="Ordercast",
        API_VERSION=version("ordercast"),
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={
            "info": {"description": ABOUT},
            "components": {
                "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
                "responses": {
                    "Problem": {
                        "description": "It was not done: `reason` and `detail` say why.",
                        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
                    }
                },
            },
            "security": [{"token": []}],
        },
    )
    api = Api(app)
    describe(api)
    describe_jobs(api)
    for blueprint in BLUEPRINTS:
        protect.exempt(blueprint)
        api.register_blueprint(blueprint)
    app.register_blueprint(health.blp)
    document = app.view_functions["api-docs.openapi_json"]

    @needs(Open)
    def openapi_json() -> Any:
        return document()

    app.view_functions["api-docs.openapi_json"] = openapi_json
