"""Exports over HTTP: the rows of the command line, streamed, safe in a spreadsheet, and never half a file that looks
whole."""

from __future__ import annotations

import csv
import http.client
import io
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from schemas.outcome import Reason
from schemas.principal import Role
from tests.fakes.house import ROOT
from tests.fakes.ledger import SOURCE, Ledger, snapshot
from tests.fakes.planted_customer import EMAIL, named, pack_json
from tests.fakes.ports import free_ports
from tests.fakes.servers import Server
from tests.fakes.site import Site
from tests.fakes.waiting import wait_until
from worker.ops.desk.exporting import Export, Exported, FileForm, exported, written
from worker.ops.desk.query import DeliveryQuery
from worker.ops.web import downloads
from worker.ops.web.identity import Principal

EVIL = '=HYPERLINK("http://x","y")'
MANY, LARGE = 600, 40_000
"""More than the sockets between a server and a client hold: 24 MB."""


def fill(ledger: Ledger) -> None:
    ledger.accept(named("e1"), named("e2"), named("e3", EVIL))
    ledger.intake.refuse(pack_json(named("e4", "9")), Reason.INVALID, [], source=SOURCE, order="9")


def test_an_order_of_one_event_has_the_ids_that_its_vendors_gave_it(site: Site, ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    ledger.deliver("desk")
    [row] = lines(site.ask(Role.VIEWER, "GET", "/v1/export/orders").get_data(as_text=True))
    assert row["links"] == {"desk": "77"}


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("what", list(Exported))
@pytest.mark.parametrize("form", list(FileForm))
def test_a_file_has_every_row_that_the_desk_exports(site: Site, ledger: Ledger, what: Exported, form: FileForm) -> None:
    fill(ledger)
    by = Principal("t-viewer", Role.VIEWER, "web")
    wanted = Export(what, DeliveryQuery(), by)
    right = b"".join(written(exported(ledger.store, wanted), wanted, form))
    got = site.ask(Role.VIEWER, "GET", f"/v1/export/{what}?format={form}")
    assert (got.status_code, got.get_data()) == (200, right)
    assert got.mimetype == {"jsonl": "application/x-ndjson", "csv": "text/csv"}[form]
    named_so = rf'attachment; filename="ordercast-{what}-\d{{8}}T\d{{6}}(\.\d+)?Z\.{form}"'
    assert re.fullmatch(named_so, got.headers["Content-Disposition"])
    assert "Content-Length" not in got.headers
    assert EMAIL not in got.get_data(as_text=True)
    assert [deed for deed in site.desk.deeds() if deed.verb == "read"] == []


@pytest.mark.parametrize(
    ("accept", "mimetype"),
    [
        ("text/csv", "text/csv"),
        ("application/x-ndjson", "application/x-ndjson"),
        ("text/csv;q=0.5, application/x-ndjson", "application/x-ndjson"),
        ("*/*", "application/x-ndjson"),
        ("image/png", "application/x-ndjson"),
    ],
)
def test_without_a_format_accept_says_it(site: Site, accept: str, mimetype: str) -> None:
    headers = {"Authorization": f"Bearer {site.token(Role.VIEWER)}", "Accept": accept}
    assert site.app.test_client().get("/v1/export/orders", headers=headers).mimetype == mimetype


def test_the_filters_are_those_of_each_list(site: Site, ledger: Ledger) -> None:
    fill(ledger)
    found = lines(site.ask(Role.VIEWER, "GET", "/v1/export/deliveries?order=1001&provider=ads&limit=1").text)
    assert [(one["order"], one["provider"]) for one in found] == [("1001", "ads")]
    refused = site.ask(Role.VIEWER, "GET", "/v1/export/orders?state=dead")
    assert (refused.status_code, refused.json["field"]) == (400, "state")
    assert (
        refused.json["detail"]
        == "An export of orders cannot be narrowed by state: there is source, since, until, limit."
    )
    for wrong in ("sourze=x", "format=xml", "limit=0", "since=soon"):
        told = site.ask(Role.VIEWER, "GET", f"/v1/export/orders?{wrong}")
        assert told.status_code == 422
        assert [one["path"] for one in told.json["errors"]] == [wrong.partition("=")[0]]
    assert site.ask(Role.VIEWER, "GET", "/v1/export/people").status_code == 404


def test_bodies_are_for_operators_with_a_reason_and_go_on_record(site: Site, ledger: Ledger) -> None:
    fill(ledger)
    wanted = {"why": "move", "filter": {"source": SOURCE}}
    assert site.ask(Role.VIEWER, "POST", "/v1/export/orders", json=wanted).status_code == 403
    assert site.ask(Role.OPERATOR, "POST", "/v1/export/orders", json={}).status_code == 422
    blank = site.ask(Role.OPERATOR, "POST", "/v1/export/orders", json={"why": "  "})
    assert (blank.status_code, blank.json["field"]) == (400, "why")
    got = site.ask(Role.OPERATOR, "POST", "/v1/export/orders", json=wanted)
    assert {one["body"]["data"]["order"]["customer"]["email"] for one in lines(got.text)} == {EMAIL}
    [deed] = [deed for deed in site.desk.deeds() if deed.verb == "read"]
    assert (deed.who, deed.what, deed.why) == (
        "t-operator via web",
        f"export orders with bodies source={SOURCE}",
        "move",
    )


def test_no_cell_begins_a_formula_whoever_writes_it(site: Site, ledger: Ledger) -> None:
    fill(ledger)
    for role, method, more in (
        (Role.VIEWER, "GET", {}),
        (Role.OPERATOR, "POST", {"json": {"why": "x", "format": "csv"}}),
    ):
        text = site.ask(
            role, method, "/v1/export/orders?format=csv" if method == "GET" else "/v1/export/orders", **more
        ).text
        [head, *rows] = csv.reader(io.StringIO(text, newline=""))
        told = [dict(zip(head, row, strict=True)) for row in rows]
        assert f"'{EVIL}" in [one["order"] for one in told]
        assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)


def test_over_http_1_0_nothing_is_exported_since_half_would_look_whole(site: Site) -> None:
    refused = site.ask(Role.VIEWER, "GET", "/v1/export/orders", environ_overrides={"SERVER_PROTOCOL": "HTTP/1.0"})
    assert refused.status_code == 505
    assert "proxy_http_version 1.1" in refused.json["detail"]


def test_no_more_exports_run_at_a_time_than_leave_threads_for_people(site: Site, ledger: Ledger) -> None:
    fill(ledger)
    slow = [site.ask(Role.VIEWER, "GET", "/v1/export/orders") for _ in range(4)]
    refused = site.ask(Role.VIEWER, "GET", "/v1/export/orders")
    assert (refused.status_code, refused.json["reason"], refused.headers["Retry-After"]) == (
        429,
        "too_many_exports",
        "60",
    )
    assert site.ask(Role.VIEWER, "GET", "/v1/status").status_code == 200
    slow[0].close()
    assert site.ask(Role.VIEWER, "GET", "/v1/export/orders").status_code == 200
    for one in slow:
        one.close()


@pytest.mark.parametrize(("method", "path"), [("HEAD", "orders"), ("GET", "orders?state=dead"), ("GET", "orders")])
def test_an_export_gives_its_place_back_whatever_becomes_of_it(site: Site, method: str, path: str) -> None:
    for _ in range(6):
        site.ask(Role.VIEWER, method, f"/v1/export/{path}").close()
    assert site.ask(Role.VIEWER, "GET", "/v1/export/orders").status_code == 200


def test_a_store_that_is_away_before_the_first_row_is_a_problem_and_no_file(tmp_path: Path) -> None:
    with Server(tmp_path / "store") as server:
        ledger = Ledger(server.url, "desk")
        site = Site(ledger)
        site.token(Role.VIEWER)
        browser = site.app.test_client()
        headers = {"Authorization": f"Bearer {site.token(Role.VIEWER)}"}
        assert browser.get("/v1/export/orders", headers=headers).status_code == 200
        server.kill()
        away = browser.get("/v1/export/orders", headers=headers)
        assert (away.status_code, away.mimetype) == (503, "application/problem+json")
        ledger.store.close()


@contextmanager
def served(server: Server, directory: Path) -> Iterator[int]:
    """The desk on a store, by gunicorn as it is shipped; its port."""
    [port] = free_ports(1)
    log = directory / "web.log"
    environ = {**os.environ, "ORDERCAST_STORE_URL": server.url, "ORDERCAST_WEB_LISTEN": f"127.0.0.1:{port}",
               "PYTHONPATH": str(ROOT)}  # fmt: skip
    with (
        log.open("wb") as out,
        subprocess.Popen(
            [sys.executable, "-m", "worker.ops.web"], env=environ, cwd=directory, stdout=out, stderr=out
        ) as process,
    ):
        try:
            wait_until(lambda: _is_ready(port), 30)
            yield port
        finally:
            process.terminate()
            process.wait(20)


def _is_ready(port: int) -> bool:
    try:
        with asked(port, "GET", "/readyz") as got:
            return got.status == 200
    except OSError:
        return False


@contextmanager
def asked(
    port: int, method: str, path: str, token: str = "", body: object = None
) -> Iterator[http.client.HTTPResponse]:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        with closing(connection.getresponse()) as got:
            yield got


@pytest.fixture
def stocked(tmp_path: Path) -> Iterator[tuple[Server, int, str]]:
    """A served desk with many large refusals: the server, the port, an operator's token."""
    with Server(tmp_path / "store") as server:
        ledger = Ledger(server.url, "desk")
        for _ in range(MANY):
            ledger.intake.refuse(b"x" * LARGE, Reason.INVALID, [], source=SOURCE)
        token = Site(ledger).token(Role.OPERATOR)
        with served(server, tmp_path) as port:
            yield server, port, token
        ledger.store.close()


def test_a_whole_file_ends_with_the_last_chunk_and_has_every_row(stocked: tuple[Server, int, str]) -> None:
    _, port, token = stocked
    with asked(port, "POST", "/v1/export/refusals", token, {"why": "move"}) as got:
        assert (got.status, got.headers["Transfer-Encoding"]) == (200, "chunked")
        told = [json.loads(line) for line in got.read().splitlines()]
    assert len(told) == len({one["id"] for one in told}) == MANY


def test_a_store_that_dies_in_mid_stream_cuts_the_connection_without_the_last_chunk(
    stocked: tuple[Server, int, str], tmp_path: Path
) -> None:
    server, port, token = stocked
    with asked(port, "POST", "/v1/export/refusals", token, {"why": "move"}) as got:
        assert got.status == 200
        assert len(got.read(LARGE)) == LARGE
        server.kill()
        with pytest.raises(http.client.IncompleteRead) as cut:
            got.read()
    assert len(cut.value.partial) < MANY * LARGE
    said = (tmp_path / "web.log").read_text()
    assert "web.export_cut" in said
    assert "Traceback" not in said
    server.start()
    with asked(port, "GET", "/v1/export/refusals?limit=3", token) as again:
        assert len(again.read().splitlines()) == 3


def test_gunicorn_says_that_a_request_is_of_http_1_0_so_no_half_is_sent(stocked: tuple[Server, int, str]) -> None:
    _, port, token = stocked
    with closing(socket.create_connection(("127.0.0.1", port), timeout=30)) as plain:
        plain.sendall(f"GET /v1/export/refusals HTTP/1.0\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
        with closing(http.client.HTTPResponse(plain)) as got:
            got.begin()
            assert (got.status, json.loads(got.read())["reason"]) == (505, "http_version_not_supported")


def test_a_defect_in_mid_stream_cuts_the_connection_too(
    site: Site, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Iterator[bytes]:
        yield b"{}\n"
        raise ValueError("an order's body")

    fill(ledger)
    monkeypatch.setattr(downloads, "written", broken)
    with pytest.raises(ConnectionResetError):
        site.ask(Role.VIEWER, "GET", "/v1/export/orders").get_data()


def test_json_lines_of_hostile_numbers_are_read_back_as_they_were(site: Site, ledger: Ledger) -> None:
    hostile = 'a "b", c\r\nd\u2028'
    ledger.accept(snapshot("h1", hostile))
    [one] = lines_of_json(site.ask(Role.VIEWER, "GET", "/v1/export/orders").get_data())
    assert one["order"] == hostile


def lines_of_json(data: bytes) -> list[dict[str, object]]:
    return [json.loads(line) for line in data.split(b"\n") if line]
