"""Whether an id token is to be believed: Authlib and joserfc check it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import JWKRegistry, KeySet
from joserfc.jws import JWSRegistry

from schemas.config import OidcConfig
from worker.ops.web.identity_provider import LoginNotTrusted

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519")
"""Of public keys alone: ``none`` proves nothing, and for HMAC anybody's public key would be the secret."""
USUAL = ("RS256",)
KINDS_OF_KEY = ("RSA", "EC", "OKP")
LEEWAY_S = 60


def checked(
    oidc: OidcConfig,
    tokens: dict[str, Any],
    keys: Callable[[bool], dict[str, Any]],
    *,
    supported: Any,
    nonce: str,
    now: datetime,
) -> dict[str, Any]:
    """The claims of the id token among these tokens. ``keys`` gives the JWK Set, fetched again for True; ``supported``
    are the algorithms of the discovery document. Raises ``LoginNotTrusted``."""
    names = supported if isinstance(supported, list) else USUAL
    allowed = [name for name in ALGORITHMS if name in names]
    if not allowed:  # joserfc would take none of ours for all of its own, HMAC among them
        raise LoginNotTrusted("It signs with no algorithm that is believed here.")
    registry = JWSRegistry(algorithms=allowed, strict_check_header=False)
    text = tokens.get("id_token")
    if not isinstance(text, str):
        raise LoginNotTrusted("It sent no id token.")
    try:
        try:
            found = jwt.decode(text, _key_set(keys(False)), registry=registry)
        except InvalidKeyIdError:
            found = jwt.decode(text, _key_set(keys(True)), registry=registry)
        options = {
            "iss": {"essential": True, "value": oidc.issuer},
            "aud": {"essential": True, "value": oidc.client_id},
        }
        told = {"nonce": nonce, "client_id": oidc.client_id, "access_token": tokens.get("access_token")}
        claims = CodeIDToken(found.claims, found.header, options, told)
        claims.validate(now=int(now.timestamp()), leeway=LEEWAY_S)
    except (JoseError, ValueError, TypeError, LookupError, AttributeError) as fault:
        raise LoginNotTrusted(f"Its id token is not to be believed ({_why(fault)}).") from fault
    return dict(claims)


def _key_set(keys: dict[str, Any]) -> KeySet:
    """The keys that may have signed: joserfc takes a set's only key for whatever names none."""
    usable = [one for one in keys["keys"] if isinstance(one, dict) and one.get("kty") in KINDS_OF_KEY]
    found = []
    for one in (one for one in usable if one.get("use", "sig") == "sig"):
        with suppress(JoseError, ValueError, TypeError, LookupError, AttributeError):  # RFC 7517, 5: pass over those
            found.append(JWKRegistry.import_key(one))
    if not found:
        raise LoginNotTrusted("It has no key that is believed here.")
    return KeySet(found)


def _why(fault: Exception) -> str:
    """In the library's word for it, without what the token says."""
    word = getattr(fault, "error", "") or type(fault).__name__
    of = getattr(fault, "claim", "") or ""
    return f"{word}: {of}" if of else str(word)
