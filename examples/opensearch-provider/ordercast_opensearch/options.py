"""OpenSearch: an account's settings."""

from __future__ import annotations

from typing import Any

import msgspec
from marshmallow import RAISE, Schema, fields, post_load, validate

from schemas.config import Secret
from schemas.providers.secret import SecretText

INDEX_NAME = r"^[a-z0-9][a-z0-9_.-]{0,200}$"
"""Source: OpenSearch documentation, "Create index", naming restrictions (3.1): lower case, no leading _ or -."""


class OpenSearchOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The kind's own settings: whose documents, and who we are there."""

    username: str
    password: Secret
    index: str = "orders"


class OpenSearchOptionsSchema(Schema):
    """Reads the kind's own settings; the result is ``OpenSearchOptions``."""

    class Meta:
        unknown = RAISE

    username = fields.String(required=True, validate=validate.Length(min=1))
    password = SecretText(required=True)
    index = fields.String(validate=validate.Regexp(INDEX_NAME))

    @post_load
    def _options(self, settings: dict[str, Any], **_: Any) -> OpenSearchOptions:
        return OpenSearchOptions(**settings)
