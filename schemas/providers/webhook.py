"""Webhook: an endpoint's settings."""

from __future__ import annotations

import base64
import binascii
from typing import Any
from urllib.parse import urlsplit

import msgspec
from marshmallow import RAISE, Schema, ValidationError, fields, post_load, pre_load, validate

from schemas.config import Secret
from schemas.config_fields import is_loopback
from schemas.fields import Flag
from schemas.hosts import is_public, literal
from schemas.providers.secret import SecretText

KEY_BYTES = range(24, 65)
"""How long a key should be. Source: Standard Webhooks specification 1.0.0, "Signature scheme"."""

SECRET_PREFIX = "whsec_"  # noqa: S105  the prefix of every secret, itself none


class WebhookOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The kind's own settings. ``secret`` holds one or more: each signs, the first one's signature comes first."""

    secret: tuple[Secret, ...]
    allow_private: bool = False

    def fault_in(self, base_url: str) -> str | None:
        """Why this endpoint cannot be one: its address is private, as far as its text tells. Names are checked at
        every connection."""
        host = urlsplit(base_url).hostname or ""
        address = literal(host)
        if self.allow_private or not (is_loopback(host) or (address is not None and not is_public(address))):
            return None
        return f"{host} is not a public address: a webhook goes there only with allow_private = true"


class WebhookOptionsSchema(Schema):
    """Reads the kind's own settings; the result is ``WebhookOptions``. One secret or a list of them is taken."""

    class Meta:
        unknown = RAISE

    secret = fields.List(SecretText(), required=True, validate=validate.Length(min=1, max=8))
    allow_private = Flag()

    @pre_load
    def _one_is_a_list(self, settings: dict[str, Any], **_: Any) -> dict[str, Any]:
        secret = settings.get("secret")
        return {**settings, "secret": [secret]} if isinstance(secret, str | Secret) else settings

    @post_load
    def _options(self, settings: dict[str, Any], **_: Any) -> WebhookOptions:
        for secret in settings["secret"]:
            _checked(secret)
        return WebhookOptions(**{**settings, "secret": tuple(settings["secret"])})


def signing_key(secret: Secret) -> bytes:
    """The bytes that sign: the secret without ``whsec_``, from base64. Raises ``ValueError`` where it is none.

    Source: Standard Webhooks specification 1.0.0, "Signature scheme".
    """
    key = base64.b64decode(_body(secret), validate=True)
    if not key:
        raise ValueError("an empty key signs nothing")
    return key


def _body(secret: Secret) -> str:
    return secret.reveal().strip().removeprefix(SECRET_PREFIX)


def _checked(secret: Secret) -> None:
    if secret.missing:
        return
    try:
        signing_key(secret)
    except (ValueError, binascii.Error):
        raise ValidationError(_fault(_body(secret)), "secret") from None


def _fault(body: str) -> str:
    """What is wrong with a text that is no base64."""
    lacks = "=" * (-len(body) % 4)
    try:
        is_cut = bool(lacks and base64.b64decode(body + lacks, validate=True))
    except (ValueError, binascii.Error):
        is_cut = False
    if is_cut:
        return f"The padding of this webhook secret is missing: append {lacks} to it (base64 comes in fours)."
    return "A webhook secret is base64, with or without whsec_ in front: `openssl rand -base64 32` makes one."
