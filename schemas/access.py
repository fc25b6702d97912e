"""Who may come to the web: people with a password, programs with a token."""

from __future__ import annotations

import re

import msgspec

from schemas.principal import Role

NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
HOW_NAMED = "1 to 64 of a-z, 0-9, dot, dash, underscore and @, first a letter or a digit"


OUTSIDE = "oidc:"
"""Before the name of whoever comes by OpenID Connect: no name of ours has a colon."""


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A person who logs in. ``has_password`` is False until the invitation is used; ``made_at`` is RFC 3339 in UTC."""

    name: str
    role: Role
    has_password: bool
    made_at: str
    made_by: str

    @property
    def is_outside(self) -> bool:
        """Whether the identity provider knows this person, and says the role."""
        return self.name.startswith(OUTSIDE)


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A program's key to the API, without the key itself. A producer's brings events of its ``sources`` alone."""

    name: str
    role: Role
    made_at: str
    made_by: str
    sources: tuple[str, ...] = ("*",)
    used_at: str | None = None
