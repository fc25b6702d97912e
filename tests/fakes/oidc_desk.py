"""A desk at which people log in by OpenID Connect, and how somebody comes in there."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse

from schemas.config import OidcConfig, Secret, WebConfig
from schemas.principal import Role
from tests.fakes.identity import CLIENT, SECRET, Identity, query
from tests.fakes.ledger import Ledger
from tests.fakes.site import Browser, Site

ROLES = {"the-ops": Role.OPERATOR, "it": Role.ADMIN, "staff": Role.VIEWER}


def desk_of(ledger: Ledger, identity: Identity, *, passwords: bool = True, **more: Any) -> Site:
    told = {"issuer": identity.issuer, "client_id": CLIENT, "client_secret": Secret(SECRET), "roles": ROLES} | more
    return Site(ledger, web=WebConfig(listen="127.0.0.1:8720", passwords=passwords, oidc=OidcConfig(**told)))


def begun(browser: Browser, to: str = "") -> str:
    """Where the log-in's button leads."""
    sent = browser.get(f"/login/oidc?to={to}")
    assert sent.status_code == 302, sent.get_data(as_text=True)
    return sent.headers["Location"]


def come(site: Site, identity: Identity, browser: Browser | None = None, **changed: str) -> TestResponse:
    browser = browser or site.stranger()
    return browser.get(f"/login/oidc/back?{query(identity.authorize(begun(browser)) | changed)}")


def refused(response: TestResponse, status: int, said: str) -> str:
    page = response.get_data(as_text=True)
    assert response.status_code == status, page[-400:]
    assert said in page
    assert "Set-Cookie" not in response.headers or "ordercast=" not in response.headers["Set-Cookie"]
    return page
