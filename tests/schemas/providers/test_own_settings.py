"""The kinds' own settings: retargeting and webhook."""

import pytest
from marshmallow import ValidationError

from schemas.config import Secret
from schemas.providers.retargeting import RetargetingOptions, RetargetingOptionsSchema
from schemas.providers.webhook import WebhookOptions, WebhookOptionsSchema, signing_key

WEBHOOK_SECRET = "whsec_dGVzdC13ZWJob29rLXNlY3JldC0wMDAx"


def test_a_retargeting_account_needs_its_key_alone():
    assert RetargetingOptionsSchema().load({"api_key": "K"}) == RetargetingOptions(api_key=Secret("K"))


def test_every_setting_of_a_retargeting_account_is_read():
    settings = {
        "api_key": Secret("K"),
        "format": "serial",
        "placeholder": "n/a",
        "require_consent": True,
        "max_input_vars": 5000,
        "retry_errors": ["Busy"],
    }
    assert RetargetingOptionsSchema().load(settings) == RetargetingOptions(**{**settings, "retry_errors": ("Busy",)})


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({}, "api_key"),
        ({"api_key": " "}, "api_key"),
        ({"api_key": 7}, "api_key"),
        ({"api_key": "K", "format": "xml"}, "format"),
        ({"api_key": "K", "require_consent": "yes"}, "require_consent"),
        ({"api_key": "K", "max_input_vars": 10}, "max_input_vars"),
        ({"api_key": "K", "max_input_vars": 1000.5}, "max_input_vars"),
        ({"api_key": "K", "placeholder": ""}, "placeholder"),
        ({"api_key": "K", "apikey": "K"}, "apikey"),
    ],
)
def test_a_setting_that_is_wrong_is_named_and_no_secret_shown(settings, field):
    with pytest.raises(ValidationError) as refused:
        RetargetingOptionsSchema().load(settings)
    assert list(refused.value.messages) == [field]
    assert "'K'" not in str(refused.value)


@pytest.mark.parametrize("secret", [WEBHOOK_SECRET, Secret(WEBHOOK_SECRET), [WEBHOOK_SECRET], [Secret(WEBHOOK_SECRET)]])
def test_one_secret_of_a_webhook_may_stand_alone_or_in_a_list(secret):
    assert WebhookOptionsSchema().load({"secret": secret}) == WebhookOptions(secret=(Secret(WEBHOOK_SECRET),))


def test_a_webhook_may_have_several_secrets():
    options = WebhookOptionsSchema().load({"secret": [WEBHOOK_SECRET, "b3RoZXI="], "allow_private": True})
    assert [signing_key(secret) for secret in options.secret] == [b"test-webhook-secret-0001", b"other"]
    assert options.allow_private


@pytest.mark.parametrize("secret", [None, "", [], "whsec_", "not base64!", [WEBHOOK_SECRET, "???"], {"env": "X"}])
def test_a_webhook_secret_that_signs_nothing_is_refused_and_not_shown(secret):
    with pytest.raises(ValidationError) as refused:
        WebhookOptionsSchema().load({"secret": secret})
    assert list(refused.value.messages) == ["secret"]
    assert "not base64!" not in str(refused.value)
    assert "???" not in str(refused.value)
