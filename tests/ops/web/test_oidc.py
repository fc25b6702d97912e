"""Coming in by OpenID Connect, at a real identity provider over HTTP: who may, as whom, and for how long."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from schemas.principal import Role
from tests.fakes.identity import Identity, query
from tests.fakes.ledger import Ledger
from tests.fakes.oidc_desk import begun, come, desk_of, refused
from tests.fakes.site import PASSWORD, ROOT, Site
from worker.ledger.audit import Audit
from worker.ops.desk.advice import BadRequest


@pytest.fixture
def site(ledger: Ledger, identity: Identity) -> Site:
    return desk_of(ledger, identity)


def test_whoever_the_identity_provider_knows_comes_in_with_the_highest_role_of_the_groups(
    site: Site, identity: Identity
) -> None:
    browser = site.stranger()
    assert "Log in with single sign-on" in browser.text("/login")
    place = begun(browser, "/deliveries?provider=desk")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(place).query).items()}
    assert asked["redirect_uri"] == "http://127.0.0.1:8720/login/oidc/back"
    assert asked["scope"] == "openid profile"
    came = browser.get(f"/login/oidc/back?{query(identity.authorize(place))}")
    assert (came.status_code, came.headers["Location"]) == (302, "/deliveries?provider=desk")
    assert "HttpOnly" in came.headers["Set-Cookie"]
    assert "oidc:mia is operator" in browser.text("/deliveries?provider=desk")
    paused = browser.post("/providers/desk/pause", page="/providers/desk", why="their release")
    assert paused.status_code == 302
    assert browser.get("/people").status_code == 403


def test_the_record_tells_who_came_in_and_what_they_did_with_the_provider_s_mark(
    site: Site, identity: Identity, ledger: Ledger
) -> None:
    site.access.add_user("mia", Role.VIEWER, by=ROOT)  # a user of ours is somebody else
    browser = site.stranger()
    came = come(site, identity, browser)
    browser.post("/providers/desk/pause", page="/providers/desk", why="w")
    pause, join, add = list(Audit(ledger.store).deeds())[:3]
    assert (pause.who, pause.verb) == ("oidc:mia via web", "pause")
    assert (join.who, join.what, join.request) == (
        "oidc:mia via web", "user oidc:mia as operator", came.headers["X-Request-Id"],
    )  # fmt: skip
    assert add.what == "user mia as viewer"
    assert [user.name for user in site.access.users.listed()] == ["mia", "oidc:mia"]


def test_the_role_is_that_of_the_log_in_and_another_one_comes_with_the_next(
    site: Site, identity: Identity, ledger: Ledger
) -> None:
    first, second = site.stranger(), site.stranger()
    identity.person["groups"] = ["it"]
    come(site, identity, first)
    identity.person["groups"] = ["staff"]
    come(site, identity, second)
    assert "oidc:mia is admin" in first.text("/")
    assert first.get("/people").status_code == 200
    assert "oidc:mia is viewer" in second.text("/")
    assert second.get("/people").status_code == 403
    assert next(Audit(ledger.store).deeds()).what == "user oidc:mia to viewer"
    identity.person["groups"] = []
    refused(come(site, identity), 403, "there is no role for you here")


def test_whoever_an_admin_removes_is_out_at_once(site: Site, identity: Identity) -> None:
    browser = site.stranger()
    come(site, identity, browser)
    admin = site.browser(Role.ADMIN)
    people = admin.text("/people")
    assert "by OpenID Connect" in people
    assert "/people/users/oidc:mia/invite" not in people
    assert admin.post("/people/users/oidc:mia/remove", page="/people").status_code == 302
    assert browser.get("/").headers["Location"].startswith("/login")
    come(site, identity, browser)
    assert "oidc:mia is operator" in browser.text("/")


@pytest.mark.parametrize("deed", ["invite_again", "change_role"])
def test_nobody_gives_a_password_or_a_role_to_whom_the_identity_provider_keeps(
    site: Site, identity: Identity, deed: str
) -> None:
    come(site, identity)
    more = (Role.ADMIN,) if deed == "change_role" else ()
    with pytest.raises(BadRequest, match="oidc:mia comes by OpenID Connect"):
        getattr(site.access, deed)("oidc:mia", *more, by=ROOT)


def test_a_name_stays_with_the_account_that_had_it_first(site: Site, identity: Identity) -> None:
    come(site, identity)
    identity.person["sub"] = "s-2"
    page = refused(come(site, identity), 403, "Somebody else at the identity provider came in as oidc:mia before")
    assert "name_taken" in page
    site.access.remove_user("oidc:mia", by=ROOT)
    assert come(site, identity).status_code == 302


@pytest.mark.parametrize("name", ["Mia Holm", "mía", "a/b", "", None, 7, "x" * 200, "<b>"])
def test_a_name_that_cannot_go_on_record_is_none(site: Site, identity: Identity, name: Any) -> None:
    identity.person["preferred_username"] = name
    page = refused(come(site, identity), 403, "gives no preferred_username for you that can go on record")
    assert "<b>" not in page


def test_people_can_be_named_by_what_never_changes(ledger: Ledger, identity: Identity) -> None:
    site = desk_of(ledger, identity, name_claim="sub")
    identity.person["sub"] = "auth0|5F7c"
    browser = site.stranger()
    come(site, identity, browser)
    assert "oidc:auth0|5F7c is operator" in browser.text("/")
    assert site.browser(Role.ADMIN).post("/people/users/oidc:auth0%7C5F7c/remove", page="/people").status_code == 302
    assert browser.get("/").status_code == 302


def test_who_has_no_role_may_not_come_in_but_where_there_is_a_default(ledger: Ledger, identity: Identity) -> None:
    identity.person["groups"] = ["others"]
    page = refused(come(desk_of(ledger, identity), identity), 403, "there is no role for you here")
    assert "Ask an admin of the desk" in page
    site = desk_of(ledger, identity, default_role=Role.VIEWER)
    browser = site.stranger()
    come(site, identity, browser)
    assert "oidc:mia is viewer" in browser.text("/")


@pytest.mark.parametrize(
    ("claim", "told"),
    [("roles", {"roles": "it"}), ("realm_access.roles", {"realm_access": {"roles": ["x", "it"]}}),
     ("https://shop.example/roles", {"https://shop.example/roles": ["it", 7]})],
)  # fmt: skip
def test_the_roles_may_stand_in_another_claim_and_within_one(
    ledger: Ledger, identity: Identity, claim: str, told: dict[str, Any]
) -> None:
    site = desk_of(ledger, identity, role_claim=claim)
    identity.person |= told
    browser = site.stranger()
    come(site, identity, browser)
    assert "oidc:mia is admin" in browser.text("/")


def test_what_the_id_token_does_not_say_is_asked_of_the_userinfo_endpoint(site: Site, identity: Identity) -> None:
    del identity.person["groups"]
    identity.userinfo = {"sub": "s-1", "groups": ["it"], "iss": "another"}
    browser = site.stranger()
    come(site, identity, browser)
    assert "oidc:mia is admin" in browser.text("/")
    identity.userinfo["sub"] = "s-2"
    refused(come(site, identity), 403, "tells of somebody else")


@pytest.mark.parametrize("to", ["https://elsewhere.example", "//elsewhere.example"])
def test_the_way_back_leads_to_no_other_site(site: Site, identity: Identity, to: str) -> None:
    browser = site.stranger()
    came = browser.get(f"/login/oidc/back?{query(identity.authorize(begun(browser, to)))}")
    assert came.headers["Location"] == "/"


def test_where_passwords_are_off_only_the_identity_provider_lets_in(ledger: Ledger, identity: Identity) -> None:
    before = desk_of(ledger, identity)
    inside = before.browser(Role.VIEWER)
    code = before.access.invite_again("a-viewer", by=ROOT)
    site = desk_of(ledger, identity, passwords=False)
    page = site.stranger().text("/login")
    assert 'name="password"' not in page
    assert "Log in with single sign-on" in page
    stranger = site.stranger()
    assert stranger.post("/login", page="/login", name="a-viewer", password=PASSWORD).status_code in (400, 403)
    assert stranger.get(f"/welcome/{code}").status_code == 403
    secret = before.access.users.begin_session("a-viewer")
    stranger.client.set_cookie("ordercast", secret)
    assert stranger.get("/").headers["Location"].startswith("/login")
    assert "a-viewer is viewer" in inside.text("/")
    browser = site.stranger()
    come(site, identity, browser)
    assert "oidc:mia is operator" in browser.text("/")


def test_without_the_table_there_is_no_such_log_in(ledger: Ledger) -> None:
    site = Site(ledger)
    assert "/login/oidc" not in site.stranger().text("/login")
    assert site.stranger().get("/login/oidc").status_code == 404
    assert site.stranger().get("/login/oidc/back").status_code == 404
