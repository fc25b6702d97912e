"""Whom the identity provider's claims name, and what that person may do at the desk."""

from __future__ import annotations

import re
from typing import Any

from schemas.config import OidcConfig
from schemas.principal import PERSONAL, Role
from worker.errors import OrdercastError

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@|+=~-]{0,127}")


class NoRole(OrdercastError):
    """There is no role for you here."""

    reason = "no_role"


class NoName(OrdercastError):
    """The identity provider gives no name for you that can go on record."""

    reason = "no_name"


def role_of(oidc: OidcConfig, claims: dict[str, Any]) -> Role:
    """The highest role that the claim gives. Raises ``NoRole``."""
    said = claim(claims, oidc.role_claim)
    words = [said] if isinstance(said, str) else said if isinstance(said, list) else []
    roles = {oidc.roles[word] for word in words if isinstance(word, str) and word in oidc.roles}
    if oidc.default_role:
        roles.add(oidc.default_role)
    if not roles:
        raise NoRole(
            "You are who you say, but there is no role for you here. Ask an admin of the desk to put one of your"
            f" {oidc.role_claim} into [web.oidc] roles, or to put you into one that is there."
        )
    return max(roles, key=PERSONAL.index)


def name_of(oidc: OidcConfig, claims: dict[str, Any]) -> str:
    """What the person is called there. Raises ``NoName``."""
    said = claims.get(oidc.name_claim)
    if not isinstance(said, str) or not NAME.fullmatch(said):
        raise NoName(
            f"The identity provider gives no {oidc.name_claim} for you that can go on record: letters and digits of"
            ' ASCII, and . _ @ | + = ~ -, 128 at most. An admin can set [web.oidc] name_claim = "sub".'
        )
    return said if oidc.name_claim == "sub" else said.lower()


def claim(claims: dict[str, Any], name: str) -> Any:
    """A claim by its name, or by a path such as ``realm_access.roles``."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found
