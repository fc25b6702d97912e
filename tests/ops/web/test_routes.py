"""Every address × every role × nobody: what docs/desk.md says is what happens."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.principal import Role
from tests.fakes.house import ROOT
from tests.fakes.ledger import Ledger
from tests.fakes.site import Site
from worker.ops.web.identity import API, may
from worker.ops.web.routes import ROLES, routes, with_table

FILLED = {
    "<delivery_id>": "daaaaaaaaaaaaaaaaaaaaaaaaa",
    "<refusal_id>": "r1",
    "<job_id>": "j1",
    "<provider>": "desk",
    "<fingerprint>": "f1",
    "<any(note, take, release, ignore, reopen):deed>": "take",
    "<code>": "nobody",
    "<name>": "desk",
    "<path:filename>": "desk.css",
    "<any(pause, resume, cancel):deed>": "pause",
    "<any(replay, discard):deed>": "replay",
    "<any(deliveries, orders, refusals):what>": "orders",
}
TURNED_AWAY = {401, 403}


def filled(address: str) -> str:
    for part, value in FILLED.items():
        address = address.replace(part, value)
    assert "<" not in address, address
    return address


def test_the_page_has_every_address_with_who_may_ask_for_it(site: Site) -> None:
    page = (ROOT / "docs" / "desk.md").read_text()
    assert with_table(page, site.app) == page, "renew it: python -m worker.ops.web.routes docs/desk.md"


def test_nothing_is_open_but_what_must_be(site: Site) -> None:
    is_open = {address for _, address, wanted in routes(site.app) if wanted is None}
    assert is_open == {
        "/login", "/login/oidc", "/login/oidc/back", "/welcome/<code>", "/static/<path:filename>", "/openapi.json",
        "/healthz", "/readyz",
    }  # fmt: skip


def test_a_view_that_says_nothing_of_who_may_see_it_is_closed(site: Site) -> None:
    site.app.view_functions["overview.overview"] = lambda: "seen"
    assert site.browser(Role.ADMIN).get("/").status_code == 404


@pytest.mark.parametrize("role", ROLES)
def test_each_address_opens_to_those_who_may_and_to_nobody_else(site: Site, role: Role) -> None:
    browser = site.browser(role) if role is not Role.PRODUCER else None
    for method, address, wanted in routes(site.app):
        if wanted is None or address == "/logout":
            continue
        path, ok = filled(address), may(role, wanted)
        if address.startswith(API):
            body = {"json": {"why": "x", "matched": 0, "kind": "replay", "ids": ["x"]}} if method == "POST" else {}
            status = site.ask(role, method, path, **body).status_code
            assert (status not in TURNED_AWAY) is ok, (role, method, path, status)
        elif browser is not None:
            # A form without the token that it has on its page, so that nothing is done: it comes past the role first.
            status = (browser.get(path) if method == "GET" else browser.client.post(path)).status_code
            assert (status != 403) is ok, (role, method, path, status)


def test_nobody_comes_in_without_a_session_or_a_token(site: Site) -> None:
    client = site.app.test_client()
    for method, address, wanted in routes(site.app):
        if wanted is None:
            continue
        answer = client.open(filled(address), method=method)
        if address.startswith(API):
            assert answer.status_code == 401, address
            assert answer.json["reason"] == "unauthorized"
        else:
            assert answer.status_code in (302, 400), (method, address)
            assert answer.status_code == 400 or answer.headers["Location"].startswith("/login")


def test_a_session_opens_no_part_of_the_api_and_a_token_no_page(site: Site, ledger: Ledger) -> None:
    browser = site.browser(Role.ADMIN)
    assert browser.get("/v1/status").status_code == 401
    assert site.ask(Role.ADMIN, "GET", "/").status_code == 302


def test_a_producer_s_token_sees_nothing(site: Site) -> None:
    for path in ("/v1/status", "/v1/deliveries", "/v1/audit"):
        refused = site.ask(Role.PRODUCER, "GET", path)
        assert refused.status_code == 403
        assert "needs the role viewer" in refused.json["detail"]


def test_every_page_is_sealed_and_kept_by_nobody(site: Site) -> None:
    page = site.browser(Role.VIEWER).get("/")
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert len(page.headers["X-Request-Id"]) == 16


def test_what_others_made_is_what_they_published() -> None:
    """The sums of static/CHECKSUMS are those of the packages that it names."""
    import hashlib  # noqa: PLC0415

    static = Path(ROOT / "worker/ops/web/static")
    sums = dict(
        reversed(line.split()[:2]) for line in (static / "CHECKSUMS").read_text().splitlines() if line[:1] != "#"
    )
    assert set(sums) == {"htmx.min.js", "pico.min.css", "uplot.min.css", "uplot.min.js"}
    for name, digest in sums.items():
        assert hashlib.sha256((static / name).read_bytes()).hexdigest() == digest
