"""Coming in by OpenID Connect: to the identity provider, and back with a code. Authorization code with PKCE."""

from __future__ import annotations

import hmac
import re
import secrets
import time
from typing import Any

from flask import Blueprint, abort, current_app, g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from schemas.access import OUTSIDE
from schemas.config import OidcConfig
from worker.clock import utc_now
from worker.errors import OrdercastError
from worker.log import get as get_logger
from worker.ops.desk.access import LEAST_CHARS, NameTaken
from worker.ops.desk.addresses import web_address
from worker.ops.web.claims import NoName, NoRole, claim, name_of, role_of
from worker.ops.web.console.session import inside, with_session
from worker.ops.web.current import access, web
from worker.ops.web.identity import Open, needs
from worker.ops.web.identity_provider import IdentityAway, IdentityProvider, LoginNotTrusted
from worker.ops.web.problems import status_of

blp = Blueprint("oidc", __name__)

BEGUN = "oidc"
"""What was sent along is kept in the cookie of forms, which is signed: of this browser, for this log-in."""
WITHIN_S = 600
TOLD = re.compile(r"[a-z_]{1,64}")

log = get_logger("ordercast.web")


class LoginExpired(OrdercastError):
    """Your log-in took too long, or was begun in another browser or window. Begin it again."""

    reason = "login_expired"


@blp.get("/login/oidc")
@needs(Open)
def begin() -> tuple[str, int] | Response:
    """To the identity provider."""
    from authlib.common.urls import add_params_to_uri  # noqa: PLC0415  the extra is there where [web.oidc] is
    from authlib.oauth2.rfc7636 import create_s256_code_challenge  # noqa: PLC0415

    oidc, far = _configured()
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    asked = {
        "response_type": "code",
        "client_id": oidc.client_id,
        "redirect_uri": _back(),
        "scope": " ".join(dict.fromkeys(("openid", *oidc.scopes))),
        "state": state,
        "nonce": nonce,
        "code_challenge": create_s256_code_challenge(verifier),
        "code_challenge_method": "S256",
    }
    try:
        place = far.endpoint("authorization_endpoint")
    except IdentityAway as fault:
        return _refused(fault, "")
    to = inside(request.args.get("to", ""))
    session[BEGUN] = {"state": state, "nonce": nonce, "verifier": verifier, "at": int(time.time()), "to": to}
    return redirect(add_params_to_uri(place, asked.items()))


@blp.get("/login/oidc/back")
@needs(Open)
def back() -> tuple[str, int] | Response:
    """With a code, which is good once, and tells who it is."""
    oidc, far = _configured()
    begun = session.pop(BEGUN, None) or {}
    to = begun.get("to", "")
    try:
        claims = _claims(oidc, far, begun)
        secret = _admitted(oidc, claims)
    except (IdentityAway, LoginExpired, LoginNotTrusted, NameTaken, NoName, NoRole) as fault:
        return _refused(fault, to)
    return with_session(secret, to)


def _claims(oidc: OidcConfig, far: IdentityProvider, begun: dict[str, Any]) -> dict[str, Any]:
    """What is known of who comes back. The order matters: nothing is asked before the answer is known to be ours."""
    from worker.ops.web.id_tokens import checked  # noqa: PLC0415  the extra is there where [web.oidc] is

    if not begun or not 0 <= time.time() - begun["at"] <= WITHIN_S:
        raise LoginExpired
    if not hmac.compare_digest(request.args.get("state", "").encode(), begun["state"].encode()):
        raise LoginNotTrusted("This is the answer to another log-in than the one that was begun here.")
    if request.args.get("iss", oidc.issuer) != oidc.issuer:
        raise LoginNotTrusted("This is the answer of another identity provider.")
    if error := request.args.get("error", ""):
        raise LoginNotTrusted(f"It says no ({error if TOLD.fullmatch(error) else 'in words of its own'}).")
    tokens = far.tokens(request.args.get("code", ""), begun["verifier"], _back())
    supported = far.document().get("id_token_signing_alg_values_supported")
    found = checked(
        oidc, tokens, lambda again: far.keys(again=again), supported=supported, nonce=begun["nonce"], now=utc_now()
    )
    needed = claim(found, oidc.role_claim), found.get(oidc.name_claim)
    token = tokens.get("access_token")
    if None in needed and isinstance(token, str) and "userinfo_endpoint" in far.document():
        more = far.claims(token)
        if more.get("sub") != found["sub"]:
            raise LoginNotTrusted("Its userinfo endpoint tells of somebody else.")
        found = more | found
    return found


def _admitted(oidc: OidcConfig, claims: dict[str, Any]) -> str:
    role, name = role_of(oidc, claims), f"{OUTSIDE}{name_of(oidc, claims)}"
    return access().admit(name, role, f"{oidc.issuer} {claims['sub']}", g.request_id)


def _refused(fault: OrdercastError, to: str) -> tuple[str, int]:
    """The log-in's page with what went wrong. The log has it too, without whom it concerns."""
    said = str(fault)
    if isinstance(fault, IdentityAway):
        said = f"You cannot log in at the identity provider now. {said} Try again in a minute."
    elif isinstance(fault, LoginNotTrusted):
        said = f"The identity provider's answer was not taken. {said} Begin again."
    if not isinstance(fault, NameTaken):
        log.warning("login.refused", reason=fault.reason, message=str(fault), request=g.request_id)
    page = render_template("login.html", to=to, least=LEAST_CHARS, fault=said, reason=fault.reason)
    return page, status_of(fault)


def _configured() -> tuple[OidcConfig, IdentityProvider]:
    oidc, far = web().config.web.oidc, current_app.extensions.get("oidc")
    if oidc is None or far is None:
        abort(404)
    return oidc, far


def _back() -> str:
    return f"{web_address(web().config.web)}{url_for('oidc.back')}"
