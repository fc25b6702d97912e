"""A log-in by OpenID Connect in a real browser: the policy of the pages, the cookies and the way back let it through."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.fakes.browsing import CHROMIUM, Walk, chromium, served
from tests.fakes.house import House
from tests.fakes.identity import CLIENT, SECRET, Identity

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None and "CI" not in os.environ, reason="needs Debian's chromium"),
    pytest.mark.timeout(300),
]
TABLE = """
[web.oidc]
issuer = "{issuer}"
client_id = "{client}"
client_secret = {{ file = "{secret}" }}
label = "Log in at the shop"
roles = {{ "the-ops" = "operator" }}
"""


def test_the_button_leads_there_and_back_and_who_has_no_role_is_told(tmp_path: Path) -> None:
    identity, secret = Identity(), tmp_path / "client-secret"
    secret.write_text(SECRET)
    with House(tmp_path, "orderdesk") as house:
        with (house.directory / "ordercast.toml").open("a") as file:
            file.write(TABLE.format(issuer=identity.issuer, client=CLIENT, secret=secret))
        with served(house) as link, chromium() as browser:
            url = link.partition("/welcome/")[0]
            walk = Walk(browser, url, browser.new_context().new_page())
            walk.page.on("console", lambda said: walk.complain(said.text) if said.type == "error" else None)
            walk.go("/providers", "login-oidc")
            walk.page.get_by_role("button", name="Log in at the shop").click()
            walk.reads("Log out oidc:mia")
            assert walk.page.url == f"{url}/providers"
            walk.go("/audit")
            assert walk.page.get_by_role("cell", name="user oidc:mia as operator").count()
            walk.page.get_by_role("button", name="Log out oidc:mia").click()
            walk.reads("Log in at the shop")
            assert walk.complaints == []
            identity.person["groups"] = []
            walk.page.get_by_role("button", name="Log in at the shop").click()
            walk.reads("there is no role for you here")
            walk.shoot("login-no-role")
    identity.close()
