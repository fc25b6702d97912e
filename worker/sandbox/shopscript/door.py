"""Who is let in to a played shop, and what is said to those who are not.

Source: waAPIController and waAPIException of webasyst-framework 3.8.4, shopApiMethod of shop 12.4.0 (2026-11).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from worker.sandbox.base import VendorAnswer, VendorCall
from worker.sandbox.shopscript.settings import EXPIRED, Settings

NO_COURIERS = "Access denied for the limited courier token."


class ApiFault(Exception):
    """An answer that is an error: its HTTP status, its code, and what else stands in it."""

    def __init__(self, status: int, code: str, text: str | None = None, **more: str) -> None:
        super().__init__(code)
        self.status = status
        self.answer = {"error": code, **more} | ({"error_description": text} if text else {})


class Wordless(Exception):
    """An answer that is neither JSON nor XML, whatever was asked for."""

    def __init__(self, answer: VendorAnswer) -> None:
        super().__init__(answer.status)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who calls. ``courier_id`` is a courier's, who may touch no order but his own."""

    courier_id: str | None = None
    may_act: bool = True
    may_search: bool = True


def open_for(settings: Settings, call: VendorCall, query: Mapping[str, str]) -> tuple[str, str]:
    """The app and the method that are called. Raises ``ApiFault`` and ``Wordless`` where the shop is shut."""
    if not settings.is_enabled:
        raise ApiFault(404, "disabled", "API is disabled")
    if settings.forces_tls:
        asked = f"?{call.query}" if call.query else ""
        place = f"https://{call.headers.get('host', 'localhost')}/shopscript{call.path}{asked}"
        raise Wordless(VendorAnswer(301, b"", {"Location": place, "Content-Type": "text/html"}))
    return _addressed(call.path, query)


def let_in(
    settings: Settings, app: str, form: Mapping[str, Any], query: Mapping[str, str], headers: Mapping[str, str]
) -> Visitor:
    """Who the token's user is. The token of the form or the query comes first, then the header's; a courier is known
    as one by the former alone. Raises ``ApiFault``, and ``Wordless`` where there is no database to know a token by."""
    asked = form.get("access_token") or query.get("access_token") or ("Array" if "access_token[]" in query else "")
    token = asked or (_token(headers.get("authorization", "")) if settings.reads_header else "")
    if not token:
        raise ApiFault(400, "token_required", "Access token is missing")
    if not settings.has_database:
        raise Wordless(VendorAnswer(500, b"", {"Content-Type": "text/html"}))
    named = token if isinstance(token, str) else "Array"  # PHP's word for a map that is made a text
    scope = settings.scopes.get(named)
    if scope is None:
        raise ApiFault(401, "invalid_token", "Invalid access token", sha256=sha256(named.encode()).hexdigest())
    if scope == EXPIRED:
        raise ApiFault(401, "invalid_token", "Access token has expired")
    if app != "shop":
        raise ApiFault(400, "app_not_installed", f"App is not installed ({app})", app=app)
    if app not in scope.split(","):
        raise ApiFault(403, "access_denied")
    if not settings.is_licensed:
        raise ApiFault(402, "payment_required", "License not activated")
    courier_id = settings.couriers.get(asked) if isinstance(asked, str) else None
    return Visitor(courier_id, named not in settings.onlookers, named not in settings.blind)


def _addressed(path: str, query: Mapping[str, str]) -> tuple[str, str]:
    """App and method, from any of the three spellings."""
    match path.strip("/").split("/"):
        case ["api.php"]:
            return query.get("app", ""), query.get("method", "")
        case ["api.php", app, method]:
            return app, method
        case ["api.php", both] if "." in both:
            app, _, method = both.partition(".")
            return app, method
    raise ApiFault(400, "invalid_request", "Malformed request or server misconfiguration.")


def _token(header: str) -> str:
    """The token of a header, ``Bearer`` or not; any other scheme is part of the token."""
    scheme, _, rest = header.strip().partition(" ")
    return rest.strip() if scheme.lower() == "bearer" else header.strip()
