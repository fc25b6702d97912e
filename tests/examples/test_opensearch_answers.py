"""The example adapter by itself: what each answer of the cluster comes to."""

from __future__ import annotations

import sys
from importlib import import_module

import pytest

from schemas.config import Secret
from schemas.outcome import OutcomeKind, Reason
from tests.fakes.snapshots import job, order, snapshot
from tests.fakes.wire import converse, open_account, reply
from worker.ops.local.supervisor import ROOT

CONFLICT = {
    "error": {"type": "version_conflict_engine_exception", "reason": "current version is higher"},
    "status": 409,
}
MAPPING = {"error": {"type": "mapper_parsing_exception", "reason": "failed to parse ada@example.com"}, "status": 400}


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(ROOT / "examples" / "opensearch-provider"))
    package, options = (import_module(f"ordercast_opensearch{part}") for part in ("", ".options"))
    secret = Secret("search-secret")
    yield open_account(package.OpenSearch, options.OpenSearchOptions(username="ordercast", password=secret))
    for name in [name for name in sys.modules if name.startswith("ordercast_opensearch")]:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("answer", "kind", "reason"),
    [
        (reply(201, {"result": "created"}), OutcomeKind.ACCEPTED, Reason.SAVED),
        (reply(200, {"result": "updated"}), OutcomeKind.ACCEPTED, Reason.SAVED),
        (reply(409, CONFLICT), OutcomeKind.ACCEPTED, Reason.EXISTS),
        (reply(400, MAPPING), OutcomeKind.REJECTED, Reason.REJECTED),
        (reply(401, "no"), OutcomeKind.UNAUTHORIZED, Reason.CREDENTIALS),
        (reply(429, {"error": {"type": "es_rejected_execution_exception"}}), OutcomeKind.THROTTLED, Reason.THROTTLED),
        (reply(503, "no"), OutcomeKind.UNKNOWN, Reason.SERVER_ERROR),
        (reply(200, "<html>"), OutcomeKind.UNREADABLE, Reason.UNREADABLE),
        (reply(200, {"result": "created"}, cut=True), OutcomeKind.UNREADABLE, Reason.UNREADABLE),
    ],
)
def test_each_answer_to_a_save_means_one_thing(account, answer, kind, reason) -> None:
    [request], outcome = converse(account.operation(job(snapshot())).converse(), answer)
    assert (request.method, request.path, request.mutating) == ("PUT", "/orders/_doc/1001", True)
    assert (outcome.kind, outcome.reason) == (kind, reason)
    assert "ada@example.com" not in outcome.message


def test_a_revision_goes_along_so_that_an_older_one_never_wins(account) -> None:
    told = snapshot(order(number="A/1"), subject="A/1", revision=7)
    [request], _ = converse(account.operation(job(told, key="A/1")).converse(), reply(201, {"result": "created"}))
    assert request.path == "/orders/_doc/A%2F1?version=7&version_type=external_gte"
