"""An identity provider that is away, hangs, or does not answer as it should: that is told, and bounded."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes import identity as fake
from tests.fakes.identity import Identity, query
from tests.fakes.ledger import Ledger
from tests.fakes.oidc_desk import come, desk_of, refused
from tests.fakes.site import Site
from worker.ops.web import identity_provider
from worker.ops.web.identity_provider import FAILED_S, IdentityProvider


@pytest.fixture
def site(ledger: Ledger, identity: Identity) -> Site:
    return desk_of(ledger, identity)


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
