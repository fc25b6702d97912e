"""Who may come to the web, and as whom: people by password, programs by token. Every change goes on record."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from schemas.access import HOW_NAMED, NAME, Token, User
from schemas.principal import Face, Principal, Role
from worker.errors import OrdercastError
from worker.ledger.audit import Audit
from worker.ledger.store.client import Store
from worker.ledger.tokens import AccessTokens
from worker.ledger.users import Users
from worker.ops.desk.advice import Advice, BadRequest

if TYPE_CHECKING:
    from argon2 import PasswordHasher  # for who serves the web

LEAST_CHARS, MOST_CHARS = 12, 256
FAILURES_OF_NAME, FAILURES_OF_ADDRESS = 10, 50
"""So many failed log-ins within 15 minutes, and nobody comes in by that name, or from that address."""


class LoginRefused(OrdercastError):
    """This name and password do not belong together."""

    reason = "login_refused"


class TooManyLogins(OrdercastError):
    """Too many log-ins have failed. Wait a quarter of an hour."""

    reason = "too_many_logins"


class NoInvitation(OrdercastError):
    """This link was used already, or its day is over. Ask for another one."""

    reason = "no_invitation"


class NameTaken(OrdercastError):
    """Somebody else at the identity provider had this name here before."""

    reason = "name_taken"


class Access:
    """Users, tokens and sessions for both faces. Raises ``StoreUnreachable`` and ``StoreFull``."""

    def __init__(self, store: Store) -> None:
        self.users = Users(store)
        self.tokens = AccessTokens(store)
        self.audit = Audit(store)

    def log_in(self, name: str, password: str, address: str) -> str:
        """The secret of a new session. Raises ``LoginRefused``, ``TooManyLogins``. How long it takes tells nobody
        whether there is a user of that name."""
        users = self.users
        if users.failures(f"n {name}") >= FAILURES_OF_NAME or users.failures(f"a {address}") >= FAILURES_OF_ADDRESS:
            raise TooManyLogins
        hashed = users.password(name) if NAME.fullmatch(name) else None
        if not self._agrees(hashed, password):
            users.count_failure(f"n {name}")
            users.count_failure(f"a {address}")
            raise LoginRefused
        users.forget_failures(f"n {name}")
        if hashed and self._hasher.check_needs_rehash(hashed):
            users.set_password(name, self._hasher.hash(password))
        return users.begin_session(name)

    def admit(self, name: str, role: Role, subject: str, request: str = "") -> str:
        """The secret of a new session of somebody whom the identity provider knows as ``subject``: the role is that of
        this log-in. Raises ``NameTaken``."""
        before = self.users.get(name)
        if not self.users.admit(name, role, subject, by="OpenID Connect"):
            raise NameTaken(
                f"Somebody else at the identity provider came in as {name} before. If it is you with a new account,"
                f" an admin removes the user {name} first."
            )
        by = Principal(name, role, Face.WEB, request)
        if before is None:
            self._note(by, "join", f"user {name} as {role}", "by OpenID Connect")
        elif before.role is not role:
            self._note(by, "change", f"user {name} to {role}", "as the identity provider has it")
        return self.users.begin_session(name, role)

    def invited(self, code: str) -> str:
        """Whose invitation it is. Raises ``NoInvitation``."""
        name = self.users.invited(code)
        if name is None or self.users.get(name) is None:
            raise NoInvitation
        return name

    def join(self, code: str, password: str, request: str = "") -> str:
        """The secret of the first session of whoever was invited. Raises ``NoInvitation``, and ``BadRequest`` for a
        password that is too short: then the invitation is still good."""
        check_password(password)
        self.invited(code)
        hashed = self._hasher.hash(password)
        name = self.users.redeem(code)
        if name is None or not self.users.set_password(name, hashed):
            raise NoInvitation
        self._note(Principal(name, Role.VIEWER, Face.WEB, request), "join", f"user {name}", "")
        return self.users.begin_session(name)

    def add_user(self, name: str, role: Role, *, by: Principal, why: str = "") -> str:
        """A new user's invitation. Raises ``BadRequest`` where there is one of that name, or it is no name."""
        _check_name(name)
        if role is Role.PRODUCER:
            raise BadRequest("A producer is a program: give it a token.", field="role")
        if any(token.name == name for token in self.tokens.listed()):
            raise BadRequest(
                f"There is a token {name}. Give the user another name: the record could not tell the two apart.",
                field="name",
            )
        if not self.users.add(name, role, by=by.signed):
            raise BadRequest(f"There is a user {name} already.", field="name")
        self._note(by, "add", f"user {name} as {role}", why)
        return self.users.invite(name)

    def invite_again(self, name: str, *, by: Principal, why: str = "") -> str:
        """Another invitation: whoever uses it sets a new password. Raises ``BadRequest`` where nobody has that name, or
        it is somebody who comes by OpenID Connect."""
        self._know(name, is_ours=True)
        self._note(by, "invite", f"user {name}", why)
        return self.users.invite(name)

    def change_role(self, name: str, role: Role, *, by: Principal, why: str = "") -> None:
        """Raises ``BadRequest`` as ``invite_again`` does, and where no admin would be left."""
        self._know(name, is_ours=True)
        if role is not Role.ADMIN:
            self._keep_an_admin(name)
        self._note(by, "change", f"user {name} to {role}", why)
        self.users.set_role(name, role)

    def remove_user(self, name: str, *, by: Principal, why: str = "") -> None:
        """Raises ``BadRequest`` where nobody has that name, or no admin would be left."""
        self._know(name)
        self._keep_an_admin(name)
        self._note(by, "remove", f"user {name}", why)
        self.users.remove(name)

    def create_token(
        self, name: str, role: Role, *, by: Principal, why: str = "", sources: Sequence[str] = ("*",)
    ) -> str:
        """A new token, which can be read here only. Raises ``BadRequest`` where there is one of that name."""
        _check_name(name)
        if self.users.get(name) is not None:
            raise BadRequest(
                f"There is a user {name}. Give the token another name: the record could not tell the two apart.",
                field="name",
            )
        if any(token.name == name for token in self.tokens.listed()):
            raise BadRequest(f"There is a token {name} already: revoke it first, or take another name.", field="name")
        self._note(by, "create", f"token {name} as {role}", why)
        secret = self.tokens.create(name, role, by=by.signed, sources=sources)
        if secret is None:
            raise BadRequest(f"There is a token {name} already: revoke it first, or take another name.", field="name")
        return secret

    def revoke_token(self, name: str, *, by: Principal, why: str = "") -> None:
        """Raises ``BadRequest`` where there is none of that name."""
        if all(token.name != name for token in self.tokens.listed()):
            raise BadRequest(f"There is no token {name}.", Advice.SEE_TOKENS, field="name", name=name)
        self._note(by, "revoke", f"token {name}", why)
        self.tokens.revoke(name)

    def of_session(self, secret: str) -> User | None:
        return self.users.of_session(secret)

    def of_token(self, secret: str) -> Token | None:
        return self.tokens.of(secret)

    @cached_property
    def _hasher(self) -> PasswordHasher:
        from argon2 import PasswordHasher  # noqa: PLC0415  most commands check no password

        return PasswordHasher()

    @cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash("nobody has this password")

    def _agrees(self, hashed: str | None, password: str) -> bool:
        from argon2.exceptions import Argon2Error, InvalidHashError  # noqa: PLC0415

        try:
            self._hasher.verify(hashed or self._nobodys, password[:MOST_CHARS])
        except (Argon2Error, InvalidHashError):
            return False
        return hashed is not None

    def _know(self, name: str, *, is_ours: bool = False) -> None:
        user = self.users.get(name)
        if user is None:
            raise BadRequest(f"There is no user {name}.", Advice.SEE_USERS, field="name", name=name)
        if is_ours and user.is_outside:
            message = f"{name} comes by OpenID Connect: the identity provider keeps the password and says the role."
            raise BadRequest(message, field="name")

    def _keep_an_admin(self, name: str) -> None:
        others = [user for user in self.users.listed() if user.name != name and user.role is Role.ADMIN]
        user = self.users.get(name)
        if user and user.role is Role.ADMIN and not others:
            raise BadRequest(f"{name} is the only admin: make somebody else one first.", field="name")

    def _note(self, by: Principal, verb: str, what: str, why: str) -> None:
        self.audit.note(verb, what, why=why, by=by)


def check_password(password: str) -> None:
    """Raises ``BadRequest`` for one that is too short to be safe, or too long to be typed."""
    if not LEAST_CHARS <= len(password) <= MOST_CHARS:
        raise BadRequest(f"A password has {LEAST_CHARS} to {MOST_CHARS} characters.", field="password")


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise BadRequest(f"{name[:64]!r} is no name: write {HOW_NAMED}.", field="name")
