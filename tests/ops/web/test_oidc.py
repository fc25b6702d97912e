"""Coming in by OpenID Connect, at a real identity provider over HTTP: who may, who may not, and what does not pass."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import TestResponse

from schemas.config import OidcConfig, Secret, WebConfig
from schemas.principal import Role
from tests.fakes import identity as fake
from tests.fakes.identity import CLIENT, OTHER_KEY, SECRET, Identity, query
from tests.fakes.ledger import Ledger
from tests.fakes.site import PASSWORD, ROOT, Browser, Site
from worker.ledger.audit import Audit
from worker.ops.desk.advice import BadRequest
from worker.ops.web import identity_provider
from worker.ops.web.identity_provider import FAILED_S, KEPT_S, KEYS_AGAIN_S, IdentityProvider

ROLES = {"the-ops": Role.OPERATOR, "it": Role.ADMIN, "staff": Role.VIEWER}


@pytest.fixture
def identity() -> Iterator[Identity]:
    made = Identity()
    yield made
    made.close()


def desk_of(ledger: Ledger, identity: Identity, *, passwords: bool = True, **more: Any) -> Site:
    told = {"issuer": identity.issuer, "client_id": CLIENT, "client_secret": Secret(SECRET), "roles": ROLES} | more
    return Site(ledger, web=WebConfig(listen="127.0.0.1:8720", passwords=passwords, oidc=OidcConfig(**told)))


@pytest.fixture
def site(ledger: Ledger, identity: Identity) -> Site:
    return desk_of(ledger, identity)


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


SPOILT: dict[str, tuple[dict[str, Any], str]] = {
    "another nonce": ({"nonce": "of another log-in"}, "invalid_claim: nonce"),
    "no nonce": ({"nonce": None}, "missing_claim: nonce"),
    "another audience": ({"aud": "another-client"}, "invalid_claim: aud"),
    "several audiences and nobody named": ({"aud": [CLIENT, "another"]}, "missing_claim: azp"),
    "for another party": ({"aud": [CLIENT, "another"], "azp": "another"}, "invalid_claim: azp"),
    "another issuer": ({"iss": "https://elsewhere.example"}, "invalid_claim: iss"),
    "expired": ({"exp": 1_700_000_000}, "expired_token: exp"),
    "without an end": ({"exp": None}, "missing_claim: exp"),
    "an end that is no time": ({"exp": "tomorrow"}, "invalid_claim: exp"),
    "of the future": ({"iat": 99_999_999_999}, "invalid_claim: iat"),
    "without a subject": ({"sub": None}, "missing_claim: sub"),
    "of another access token": ({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, "invalid_claim: at_hash"),
}


@pytest.mark.parametrize("spoilt", SPOILT)
def test_an_id_token_that_is_not_for_this_log_in_lets_nobody_in(site: Site, identity: Identity, spoilt: str) -> None:
    identity.spoil, said = SPOILT[spoilt]
    page = refused(come(site, identity), 403, f"Its id token is not to be believed ({said})")
    assert "login_not_trusted" in page
    assert site.access.users.get("oidc:mia") is None


@pytest.mark.parametrize("signing", ["unsigned", "signed_with_the_public_key", "signed_by_another"])
def test_an_id_token_that_the_identity_provider_has_not_signed_lets_nobody_in(
    site: Site, identity: Identity, signing: str
) -> None:
    """Though its document says that it signs so."""
    identity.sign = getattr(identity, signing)
    refused(come(site, identity), 403, "Its id token is not to be believed")
    assert site.access.users.get("oidc:mia") is None


@pytest.mark.parametrize("names", [["HS256", "none"], []])
def test_where_only_weak_algorithms_are_said_nothing_is_believed(site: Site, identity: Identity, names: Any) -> None:
    identity.more = {"id_token_signing_alg_values_supported": names}
    identity.sign = identity.signed_with_the_public_key
    refused(come(site, identity), 403, "It signs with no algorithm that is believed here.")
    assert site.access.users.get("oidc:mia") is None


@pytest.mark.parametrize("text", ["", "a.b", "é.é.é", "x" * 200_000, None, 7])
def test_what_is_no_token_at_all_lets_nobody_in(site: Site, identity: Identity, text: Any) -> None:
    identity.sign = lambda _: text
    refused(come(site, identity), 403, "The identity provider&#39;s answer was not taken")


def test_keys_that_have_changed_are_fetched_again_at_most_once_a_minute(ledger: Ledger, identity: Identity) -> None:
    site, now_s = desk_of(ledger, identity), [0.0]
    site.app.extensions["oidc"] = IdentityProvider(site.config.web.oidc, lambda: now_s[0])
    assert come(site, identity).status_code == 302
    identity.key = OTHER_KEY
    now_s[0] += KEYS_AGAIN_S - 1
    refused(come(site, identity), 403, "Its id token is not to be believed")
    now_s[0] += 2
    assert come(site, identity).status_code == 302
    assert identity.asked.count("/keys") == 2
    now_s[0] += KEPT_S
    assert come(site, identity).status_code == 302
    assert identity.asked.count("/keys") == 3


def test_a_code_that_was_used_is_good_for_nothing(site: Site, identity: Identity) -> None:
    browser = site.stranger()
    place = begun(browser)
    brought = identity.authorize(place)
    assert browser.get(f"/login/oidc/back?{query(brought)}").status_code == 302
    refused(browser.get(f"/login/oidc/back?{query(brought)}"), 400, "Your log-in took too long")
    again = identity.authorize(begun(browser))
    page = browser.get(f"/login/oidc/back?{query({'code': brought['code'], 'state': again['state']})}")
    refused(page, 403, "It does not take the code: it was used already, or too old.")


def test_a_code_of_another_log_in_does_not_fit(site: Site, identity: Identity) -> None:
    """Somebody's code brought to another's browser: the verifier is not the one of its challenge."""
    theirs = identity.authorize(begun(site.stranger()))
    mine = site.stranger()
    state = identity.authorize(begun(mine))["state"]
    refused(
        mine.get(f"/login/oidc/back?{query({'code': theirs['code'], 'state': state})}"), 403, "does not take the code"
    )


@pytest.mark.parametrize("state", ["", "another", "é"])
def test_an_answer_with_another_state_is_not_taken_and_nothing_is_asked(
    site: Site, identity: Identity, state: str
) -> None:
    refused(come(site, identity, state=state), 403, "the answer to another log-in")
    assert "/token" not in identity.asked


def test_who_comes_back_without_having_begun_or_too_late_begins_again(
    site: Site, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused(site.stranger().get("/login/oidc/back?code=x&state=y"), 400, "Your log-in took too long")
    browser = site.stranger()
    brought = identity.authorize(begun(browser))
    late = time.time() + 601
    monkeypatch.setattr("worker.ops.web.console.oidc.time.time", lambda: late)
    refused(browser.get(f"/login/oidc/back?{query(brought)}"), 400, "Your log-in took too long")
    assert "/token" not in identity.asked


def test_that_the_identity_provider_says_no_is_told_without_its_words(site: Site, identity: Identity) -> None:
    refused(come(site, identity, error="access_denied"), 403, "It says no (access_denied)")
    page = refused(come(site, identity, error="<b>no</b>"), 403, "It says no (in words of its own)")
    assert "<b>no" not in page
    refused(come(site, identity, iss="https://elsewhere.example"), 403, "another identity provider")


@pytest.mark.parametrize("to", ["https://elsewhere.example", "//elsewhere.example"])
def test_the_way_back_leads_to_no_other_site(site: Site, identity: Identity, to: str) -> None:
    browser = site.stranger()
    came = browser.get(f"/login/oidc/back?{query(identity.authorize(begun(browser, to)))}")
    assert came.headers["Location"] == "/"


AWAY: dict[str, tuple[str, Any, str]] = {
    "a document that is a redirect": ("/.well-known/openid-configuration", fake.elsewhere, "with a redirect (302)"),
    "a document that is none": ("/.well-known/openid-configuration", fake.nonsense, "something that is no JSON object"),
    "keys without an end": ("/keys", fake.endless, "cut off"),
    "tokens by a redirect": ("/token", fake.elsewhere, "with a redirect (302)"),
    "no tokens": ("/token", lambda handler: fake.answer(handler, 500, {}), "with status 500"),
    "the desk refused": (
        "/token",
        lambda handler: fake.answer(handler, 401, {"error": "invalid_client"}),
        "refuses the desk",
    ),
}


@pytest.mark.parametrize("how", AWAY)
def test_an_identity_provider_that_does_not_answer_as_it_should_is_told(
    site: Site, identity: Identity, how: str
) -> None:
    place, answer, said = AWAY[how]
    identity.answers[place] = answer
    browser = site.stranger()
    sent = browser.get("/login/oidc")
    if sent.status_code == 302:
        sent = browser.get(f"/login/oidc/back?{query(identity.authorize(sent.headers['Location']))}")
    page = refused(sent, 502, "You cannot log in at the identity provider now.")
    assert said in page
    assert "identity_away" in page
    assert "Log in with single sign-on" in page


@pytest.mark.parametrize("place", ["/.well-known/openid-configuration", "/token", "/keys"])
def test_an_identity_provider_that_hangs_is_waited_for_no_longer_than_the_bound(
    ledger: Ledger, identity: Identity, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setattr(identity_provider, "ANSWER", identity_provider.Timeout(connect_s=2, read_s=2, total_s=2))
    identity.answers[place] = fake.hang
    site = desk_of(ledger, identity)
    browser = site.stranger()
    sent = browser.get("/login/oidc")
    if sent.status_code == 302:
        sent = browser.get(f"/login/oidc/back?{query(identity.authorize(sent.headers['Location']))}")
    refused(sent, 502, "It does not answer.")


def test_after_a_failure_nobody_waits_for_some_seconds_and_then_it_is_asked_again(
    ledger: Ledger, identity: Identity
) -> None:
    site, now_s = desk_of(ledger, identity), [0.0]
    site.app.extensions["oidc"] = IdentityProvider(site.config.web.oidc, lambda: now_s[0])
    identity.answers["/.well-known/openid-configuration"] = fake.nonsense
    for _ in range(3):
        assert site.stranger().get("/login/oidc").status_code == 502
    assert len(identity.asked) == 1
    identity.answers.clear()
    now_s[0] += FAILED_S + 1
    assert come(site, identity).status_code == 302


def test_who_finds_all_places_taken_is_told_and_does_not_wait(
    site: Site, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity_provider, "PLACE_S", 0.01)
    far = site.app.extensions["oidc"]
    while far._places.acquire(blocking=False):
        pass
    refused(site.stranger().get("/login/oidc"), 502, "others wait for it already")


@pytest.mark.parametrize(
    ("more", "said"),
    [({"issuer": "https://elsewhere.example"}, "of another issuer"),
     ({"authorization_endpoint": "http://elsewhere.example/"}, "without TLS"),
     ({"authorization_endpoint": "javascript:alert(1)"}, "no address as authorization_endpoint"),
     ({"authorization_endpoint": None}, "no address as authorization_endpoint")],
)  # fmt: skip
def test_a_document_that_leads_astray_is_not_followed(
    site: Site, identity: Identity, more: dict[str, Any], said: str
) -> None:
    identity.more = more
    refused(site.stranger().get("/login/oidc"), 502, said)


def test_a_desk_without_basic_authentication_sends_its_secret_in_the_form(site: Site, identity: Identity) -> None:
    identity.more = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    assert come(site, identity).status_code == 302


def test_neither_secret_nor_code_nor_person_is_in_the_log(
    site: Site, identity: Identity, capsys: pytest.CaptureFixture[str]
) -> None:
    identity.spoil = {"nonce": "other"}
    browser = site.stranger()
    brought = identity.authorize(begun(browser))
    page = browser.get(f"/login/oidc/back?{query(brought)}").get_data(as_text=True)
    said = "".join(capsys.readouterr())
    assert "login.refused" in said
    assert "invalid_claim: nonce" in said
    for word in (SECRET, brought["code"], "mia", "Mia", "s-1", "an-access-token"):
        assert word not in said
        assert word not in page
    assert SECRET not in repr(site.config)


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
