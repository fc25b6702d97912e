"""A secret among a provider's settings: read as a ``Secret``, whether it came resolved or as text."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields

from schemas.config import Secret


class SecretText(fields.Field[Secret]):
    """One secret: a ``Secret``, or text that becomes one. Blank ones are refused, but not one that is known to be
    missing; an error never shows the value."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Secret:  # noqa: ARG002  marshmallow's signature
        secret = Secret(value) if isinstance(value, str) else value
        if not isinstance(secret, Secret) or not (secret.missing or secret.reveal().strip()):
            raise ValidationError('A secret is { env = "NAME" } or { file = "PATH" }, and not blank.')
        return secret
