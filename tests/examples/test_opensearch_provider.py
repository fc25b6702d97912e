"""A kind from outside: the example package, installed as any package is, found by its entry point and delivered to."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.bodies import event_body
from tests.fakes.opensearch import OpenSearch
from tests.fakes.program import Program, document
from worker.ops.local.supervisor import ROOT

PACKAGE = ROOT / "examples" / "opensearch-provider"
ACCOUNT = """[providers.search]
kind = "opensearch"
base_url = "{url}"
username = "ordercast"
password = {{ env = "OPENSEARCH_PASSWORD" }}
{more}
"""
pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the package is installed. Nothing is fetched: its build tool is a development dependency."""
    target = tmp_path_factory.mktemp("site")
    quiet = ("--quiet", "--disable-pip-version-check", "--no-input", "--no-index", "--no-deps", "--no-build-isolation")
    subprocess.run(
        [sys.executable, "-m", "pip", "install", *quiet, "--target", target, PACKAGE], check=True, timeout=120
    )
    return target


@pytest.fixture
def cluster() -> Iterator[OpenSearch]:
    with OpenSearch() as started:
        yield started


@pytest.fixture
def program(tmp_path: Path, site: Path, cluster: OpenSearch) -> Iterator[Program]:
    made = Program(tmp_path)
    made.environ |= {"PYTHONPATH": f"{ROOT}{os.pathsep}{site}", "OPENSEARCH_PASSWORD": "search-secret"}
    configure(made, cluster)
    yield made
    for pid in made.processes():
        os.kill(pid, signal.SIGKILL)


def configure(program: Program, cluster: OpenSearch, more: str = "") -> None:
    (program.directory / "ordercast.toml").write_text(ACCOUNT.format(url=cluster.url, more=more))


def events(program: Program) -> str:
    """An order that is created and changed, one that is deleted, and a cancellation."""
    deleted = {"type": "order.deleted", "id": "e4", "subject": "1002", "data": {"deletion": {}}}
    cancelled = {"type": "order.cancelled", "id": "e5", "subject": "1001", "data": {"cancellation": {}}}
    told = [
        event_body(changes={"id": "e1", "revision": 1}),
        event_body(changes={"id": "e2", "revision": 2, "type": "order.updated", "data.order.comment": "Ring twice"}),
        event_body(changes={"id": "e3", "subject": "1002", "data.order.number": "1002"}),
        event_body(changes=deleted),
        event_body(changes=cancelled),
    ]
    path = program.directory / "events.json"
    path.write_text(json.dumps(told))
    return str(path)


def test_orders_are_delivered_to_a_kind_that_came_as_a_package(program: Program, cluster: OpenSearch) -> None:
    with program.started("up", "--json", "--workers", "1") as up:
        document(up.stdout)
        cast = program.json("enqueue", events(program), "--wait", "--timeout", "60")
        up.send_signal(signal.SIGTERM)
        up.communicate(timeout=60)
    assert (cast["accepted"], cast["dead"], cast["unfinished"], cast["skipped"]) == (5, 0, 0, 1)
    assert list(cluster.documents) == ["1001"]
    assert cluster.documents["1001"]["comment"] == "Ring twice"
    [skipped] = program.json("deliveries", "--state", "skipped")
    assert (skipped["event_type"], skipped["reason"]) == ("order.cancelled", "unsupported")


def test_people_can_ask_a_kind_from_outside(program: Program, cluster: OpenSearch) -> None:
    cluster.put("1001", 1, {"number": "1001"})
    assert program.json("vendor", "search", "order", "1001")["_source"] == {"number": "1001"}
    program.ran("vendor", "search", "test")
    rows = {(row["kind"], row["event_type"]): row for row in program.json("providers", "--matrix")}
    assert rows["opensearch", "order.created"]["calls"] == ["_doc/put"]
    assert rows["opensearch", "order.noted"]["because"]


def test_its_settings_are_checked_as_any_kinds_are(program: Program, cluster: OpenSearch) -> None:
    configure(program, cluster, more='index = "_Orders"\nshards = 3')
    _, said = program.ran("check", code=78)
    assert "providers.search.index" in said
    assert "providers.search.shards" in said
    assert "search-secret" not in said
