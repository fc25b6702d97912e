#!/usr/bin/env bash
# PyPI flask-smorest 0.47.0 on Flask 3.1.3: its Api takes Allow off every 405, and Retry-After off every 429 and 503.
#
# Expected: an Api only changes the body of an error to JSON. RFC 9110 (15.5.6): a 405 MUST have Allow; Flask alone sends it.
# Seen: with Api(app), for all addresses of the application and not only the Api's own, the 405 has no Allow; a 429 and a 503
# raised as werkzeug's exceptions with retry_after=7 have no Retry-After. Without Api(app) all three have their header.
# Who is hurt: clients that ask again when Retry-After says (urllib3's Retry, requests with it) come back at once or by their
# own guess, at a service that is full. Register a handler for HTTPException after Api(app): the last one counts.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check flask-smorest==0.47.0 flask==3.1.3 werkzeug==3.1.8 marshmallow==4.4.0 2>/dev/null
cat >show.py <<'PY'
from flask import Flask
from flask_smorest import Api
from werkzeug.exceptions import HTTPException, ServiceUnavailable, TooManyRequests


def application(*, with_api, with_handler=False):
    app = Flask("shop")
    if with_api:
        app.config |= {"API_TITLE": "shop", "API_VERSION": "1", "OPENAPI_VERSION": "3.1.0"}
        Api(app)
    if with_handler:
        app.register_error_handler(HTTPException, lambda error: error.get_response())

    @app.get("/orders")
    def orders():
        return "[]"

    @app.get("/busy")
    def busy():
        raise TooManyRequests(retry_after=7)

    @app.get("/away")
    def away():
        raise ServiceUnavailable(retry_after=7)

    return app.test_client()


def told(client):
    asked = (client.post("/orders"), "Allow"), (client.get("/busy"), "Retry-After"), (client.get("/away"), "Retry-After")
    return {answer.status_code: answer.headers.get(name) for answer, name in asked}


for what, client in {
    "Flask": application(with_api=False),
    "with Api(app)": application(with_api=True),
    "with Api(app) and a handler after it": application(with_api=True, with_handler=True),
}.items():
    seen = told(client)
    print(f"{what}: {seen}")
    allowed = seen.pop(405)
    if what == "with Api(app)":
        assert allowed is None and seen == {429: None, 503: None}
    else:
        assert set(allowed.split(", ")) == {"GET", "HEAD", "OPTIONS"} and seen == {429: "7", 503: "7"}
PY
venv/bin/python show.py
