"""A call of every method of users and tokens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from schemas.principal import Role
from worker.ledger.store.client import Store
from worker.ledger.tokens import AccessTokens
from worker.ledger.users import Users

OF_ACCESS: dict[str, Callable[[Store], Any]] = {
    "AccessTokens.create": lambda s: AccessTokens(s).create("t", Role.VIEWER, by="x"),
    "AccessTokens.listed": lambda s: AccessTokens(s).listed(),
    "AccessTokens.of": lambda s: AccessTokens(s).of("oc_x"),
    "AccessTokens.revoke": lambda s: AccessTokens(s).revoke("t"),
    **{
        f"Users.{name}": lambda s, name=name, given=given: getattr(Users(s), name)(*given)
        for name, given in {
            "are_any": (),
            "begin_session": ("x",),
            "count_failure": ("x",),
            "end_session": ("x",),
            "failures": ("x",),
            "forget_failures": ("x",),
            "get": ("x",),
            "invite": ("x",),
            "invited": ("x",),
            "listed": (),
            "log_out_everywhere": ("x",),
            "of_session": ("x",),
            "password": ("x",),
            "redeem": ("x",),
            "remove": ("x",),
            "set_password": ("x", "y"),
            "set_role": ("x", Role.ADMIN),
            "signing_key": (),
        }.items()
    },
    "Users.admit": lambda s: Users(s).admit("oidc:x", Role.ADMIN, "s-1", by="y"),
    "Users.add": lambda s: Users(s).add("x", Role.ADMIN, by="y"),
}
