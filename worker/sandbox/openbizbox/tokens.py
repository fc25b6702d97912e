"""The tokens of a played OpenBizBox shop: given for client credentials, good for an hour, never renewed by themselves.

Sources: README and ``get_token_guzzle.php`` of goldenplanetdk/api-example: a form or the same as JSON;
``order_capture.md`` there: ``order_write`` is what writing to v3 needs. The error objects are OAuth 2.0's (RFC 6749
5.2, RFC 6750 3.1); the vendor's pages show none.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl

from worker.sandbox.base import VendorCall

CLIENT_ID = "test-client"
CLIENT_SECRET = "test-openbizbox-secret"  # noqa: S105  a played shop's
WRITING = frozenset({"write", "order_write"})


class Tokens:
    """Which tokens there are, and until when each is good. Instants are the sandbox's seconds."""

    def __init__(self, client_id: str, client_secret: str, expires_in: int, scope: str) -> None:
        self.expires_in = expires_in
        self.scope = scope
        self._client = (client_id, client_secret)
        self._good_until: dict[str, float] = {}

    def give(self, call: VendorCall) -> tuple[int, dict[str, Any]]:
        """Status and body of an answer to a request for a token."""
        asked = _read(call)
        if asked.get("grant_type") != "client_credentials":
            return 400, {"error": "unsupported_grant_type", "error_description": "Grant type is not supported."}
        if (asked.get("client_id"), asked.get("client_secret")) != self._client:
            return 400, {"error": "invalid_client", "error_description": "The client credentials are invalid"}
        token = sha256(f"{self._client[1]} {len(self._good_until)}".encode()).hexdigest()
        self._good_until[token] = call.at + self.expires_in
        return 200, {
            "access_token": token,
            "expires_in": self.expires_in,
            "token_type": "bearer",
            "scope": self.scope,
        }

    def take(self, call: VendorCall) -> bool:
        """Whether this call carries a token that is still good: in its header, or in its query."""
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            token = dict(parse_qsl(call.query)).get("access_token", "")
        return self._good_until.get(token, 0.0) > call.at

    @property
    def may_write(self) -> bool:
        return not WRITING.isdisjoint(self.scope.split())

    def expire(self) -> None:
        """From now on no token given so far is good."""
        self._good_until = dict.fromkeys(self._good_until, 0.0)


def _read(call: VendorCall) -> dict[str, Any]:
    if "json" not in call.headers.get("content-type", ""):
        return dict(parse_qsl(call.body.decode("utf-8", "replace")))
    try:
        asked = json.loads(call.body)
    except ValueError:
        return {}
    return asked if isinstance(asked, dict) else {}
