"""Every call of the API in docs/desk.md is made as it stands there, and every table's words are those of the API."""

from __future__ import annotations

import json
import re
import shlex
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from msgspec.structs import replace

from schemas.bulk_job import JobKind
from schemas.principal import Role
from tests.conformance.account import Account
from tests.fakes.ledger import BURY, REJECTED, Ledger, snapshot
from tests.fakes.pages import blocks, page, section
from tests.fakes.planted_customer import other
from tests.fakes.site import Site
from worker.jobs.executor import JobExecutor
from worker.ops.web.api.job_shapes import SCHEMAS
from worker.providers.http import Driver
from worker.sandbox import load_vendors
from worker.sandbox.server import Sandbox

API = section(page("desk"), "The API")
CALLS = [
    line.split("   # ")[0].strip()
    for block in blocks(API, "sh")
    for line in block.text.replace("\\\n", " ").splitlines()
    if line.startswith("curl ")
]


@pytest.fixture
def furnished(ledger: Ledger) -> Iterator[Site]:
    """``desk`` can be asked for its orders; dead letters of the cause that the page names."""
    driver = Driver()
    with Sandbox(load_vendors(per_second=1e6, burst=1_000_000)) as sandbox:
        ledger.configs["desk"] = replace(Account("orderdesk", sandbox, driver).provider.config, name="desk")
        ledger.accept(snapshot("e1"), other())
        ledger.finish(ledger.claim("desk"), REJECTED, BURY, "desk", fingerprint="f1")
        yield Site(ledger)
    driver.close()


def worked(site: Site) -> str:
    """The job that was asked for last, once it has been worked at; the number of those that it has counted is known."""
    [last, *_] = site.desk.jobs.listed(1)
    return JobExecutor(site.desk.jobs.tools, threading.Event()).execute(last.id).id


def test_every_call_of_the_page_is_answered_well(furnished: Site) -> None:
    kinds = set()
    assert len(CALLS) >= 11
    for call in CALLS:
        words = shlex.split(call)
        [url] = [word for word in words if word.startswith("http://")]
        path = urlsplit(url)._replace(scheme="", netloc="").geturl()
        body = json.loads(words[words.index("-d") + 1]) if "-d" in words else None
        if "j12" in path:
            path = path.replace("j12", worked(furnished))
        if body and "matched" in body:
            body = {"matched": furnished.desk.jobs.listed(1)[0].matched}
        if body and "kind" in body:
            kinds.add(body["kind"])
        method = "POST" if body is not None else "GET"
        more = {"json": body} if body is not None else {}
        answer = furnished.ask(Role.ADMIN, method, path, **more)
        assert answer.status_code in (200, 202), (call, answer.get_data(as_text=True))
        if "report" in call:
            assert set(answer.json["report"]) > {"orders", "bytes", "failed"}
        answer.close()
    assert kinds == {"replay", "backfill", "reconcile", "erase"}


def test_the_page_s_table_of_kinds_has_the_fields_that_the_api_takes() -> None:
    rows = [line for line in API.splitlines() if re.match(r"\| `(?!kind`)[a-z]+`", line)]
    told = {}
    for row in rows:
        named, *cells = [cell.strip() for cell in row.strip("|").split(" | ")]
        told |= {kind: set(re.findall(r"`([a-z_]+)`", " ".join(cells))) for kind in re.findall(r"`(\w+)`", named)}
    assert set(told) == {kind.value for kind in JobKind}
    for kind, schema in SCHEMAS.items():
        fields = schema().fields
        inner = set(fields["filter"].schema.fields) if "filter" in fields else set()
        assert told[kind.value] == (set(fields) | inner) - {"kind", "why", "dry_run"} | (
            {"why"} if kind is JobKind.RECONCILE else set()
        )
