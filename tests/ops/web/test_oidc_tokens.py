"""What an identity provider, or somebody in its name, sends that is not for this log-in: nobody comes in by it."""

from __future__ import annotations

import time
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.fakes.identity import CLIENT, OTHER_KEY, SECRET, Identity, query
from tests.fakes.ledger import Ledger
from tests.fakes.oidc_desk import begun, come, desk_of, refused
from tests.fakes.site import Site
from worker.log import get as get_logger
from worker.ops.web.console import oidc
from worker.ops.web.identity_provider import KEPT_S, KEYS_AGAIN_S, IdentityProvider


@pytest.fixture
def site(ledger: Ledger, identity: Identity) -> Site:
    return desk_of(ledger, identity)


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


def test_neither_secret_nor_code_nor_person_is_in_the_log(
    site: Site, identity: Identity, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A logger that another test has used keeps that one's stream.
    monkeypatch.setattr(oidc, "log", get_logger("ordercast.web"))
    identity.spoil = {"nonce": "other"}
    browser = site.stranger()
    with capture_logs() as events:
        brought = identity.authorize(begun(browser))
        page = browser.get(f"/login/oidc/back?{query(brought)}").get_data(as_text=True)
    said = f"{events}{caplog.text}"
    assert "login.refused" in said
    assert "invalid_claim: nonce" in said
    for word in (SECRET, brought["code"], "mia", "Mia", "s-1", "an-access-token"):
        assert word not in said
        assert word not in page
    assert SECRET not in repr(site.config)
