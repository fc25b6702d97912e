"""The API does what ``/openapi.json`` says, whatever it is sent: asked of it by schemathesis."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from schemas.principal import Role
from tests.fakes.examples import IS_FULL
from tests.fakes.ledger import BURY, REJECTED, Ledger, snapshot
from tests.fakes.site import Site

EXAMPLES_ASKED = 200 if IS_FULL else 15
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    unsupported_method,
]


@pytest.fixture
def furnished(ledger: Ledger) -> Site:
    """With an order that was delivered, and one that is dead."""
    ledger.accept(snapshot("e1"), snapshot("f1", "1002"))
    ledger.finish(ledger.claim("desk"), REJECTED, BURY, "desk")
    ledger.deliver("ads")
    site = Site(ledger)
    site.token(Role.ADMIN)
    return site


def test_whatever_is_sent_is_answered_as_the_document_says(furnished: Site) -> None:
    schema = schemathesis.openapi.from_wsgi("/openapi.json", furnished.app)
    headers = {"Authorization": f"Bearer {furnished.token(Role.ADMIN)}"}
    asked = 0
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(max_examples=EXAMPLES_ASKED, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @_given(operation)
        def try_it(case: schemathesis.Case) -> None:
            response = case.call(headers=headers)
            case.validate_response(response, checks=CHECKS)

        try_it()
        asked += 1
    paths = schema.raw_schema["paths"].values()
    assert asked == sum(1 for path in paths for method in path if method != "parameters")


def _given(operation: object) -> object:
    from hypothesis import given  # noqa: PLC0415

    return given(case=operation.as_strategy())


def test_the_document_is_openapi_3_1_and_every_operation_says_what_it_does(furnished: Site) -> None:
    document = furnished.app.test_client().get("/openapi.json").json
    assert document["openapi"] == "3.1.0"
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method == "parameters":
                continue
            assert operation["summary"], (method, path)
            assert {"401", "403", "503"} <= operation["responses"].keys()
