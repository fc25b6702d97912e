"""People who may log in, and how they get in: an invitation, a password, a session. All of it is in the first shard.

What gives access is kept as a digest, or as a hash that the caller makes: reading the store opens no door.
"""

from __future__ import annotations

import secrets
from hashlib import sha256

from schemas.access import User
from schemas.principal import Role
from worker.ledger.store.client import Store, text
from worker.ledger.store.instants import instant
from worker.ledger.store.shards import Shards

INVITED_S = 24 * 3600
SESSION_S = 12 * 3600
"""A session ends when nothing was asked in it for so long, or at the end of ``LONGEST_S``."""
LONGEST_S = 7 * 86_400
COUNTED_S = 900
"""Failed log-ins are counted for so long."""


class Users:
    """Everybody who may log in. Every method raises ``StoreUnreachable``, those that write also ``StoreFull``."""

    def __init__(self, store: Store) -> None:
        self.shards = Shards(store)

    @property
    def _first(self) -> Store:
        return self.shards.first

    def add(self, name: str, role: Role, *, by: str) -> bool:
        """A person without a password yet. False where there is one of that name."""
        first = self._first
        at_ms = first.now_ms()
        with first.errors():
            if not first.client.hsetnx(first.keys.key("user", user=name), "role", role.value):
                return False
            told: dict[str, str | int] = {"at": at_ms, "by": by, "gen": secrets.token_hex(8)}
            first.client.hset(first.keys.key("user", user=name), mapping=told)
            first.client.sadd(first.keys.key("users"), name)
        return True

    def admit(self, name: str, role: Role, subject: str, *, by: str) -> bool:
        """Somebody whom an identity provider knows, with the role of this log-in. False where the name is that of
        another ``subject`` there."""
        first = self._first
        at_ms, key = first.now_ms(), first.keys.key("user", user=name)
        with first.errors():
            first.client.hsetnx(key, "sub", digest_of(subject))
            if text(first.client.hget(key, "sub")) != digest_of(subject):
                return False
            told: dict[str, str | int] = {"at": at_ms, "by": by, "gen": secrets.token_hex(8)}
            with first.client.pipeline() as pipe:
                for field, value in told.items():
                    pipe.hsetnx(key, field, value)
                pipe.hset(key, "role", role.value)
                pipe.sadd(first.keys.key("users"), name)
                pipe.execute()
        return True

    def remove(self, name: str) -> bool:
        """Nobody logs in by that name any more, and whoever has is out. False where there was none."""
        first = self._first
        with first.errors():
            first.client.srem(first.keys.key("users"), name)
            return bool(first.client.delete(first.keys.key("user", user=name)))

    def set_role(self, name: str, role: Role) -> bool:
        """False where there is nobody of that name."""
        return self._set(name, role=role.value)

    def set_password(self, name: str, hashed: str) -> bool:
        """Whoever is logged in by that name is out. False where there is nobody of that name."""
        return self._set(name, pw=hashed, gen=secrets.token_hex(8))

    def log_out_everywhere(self, name: str) -> bool:
        """False where there is nobody of that name."""
        return self._set(name, gen=secrets.token_hex(8))

    def get(self, name: str) -> User | None:
        return self._user(name, self._fields(name))

    def password(self, name: str) -> str | None:
        """What ``set_password`` was given last; ``None`` where there is none."""
        return self._fields(name).get("pw")

    def listed(self) -> list[User]:
        """Everybody, by name."""
        first = self._first
        with first.errors():
            names = sorted(text(name) for name in first.client.smembers(first.keys.key("users")))
        return [user for name in names if (user := self.get(name))]

    def are_any(self) -> bool:
        first = self._first
        with first.errors():
            return bool(first.client.exists(first.keys.key("users")))

    def invite(self, name: str) -> str:
        """A code by which this person may set a password, once, within a day."""
        code = secrets.token_urlsafe(24)
        first = self._first
        with first.errors():
            first.client.set(first.keys.key("invitation", digest=digest_of(code)), name, ex=INVITED_S)
        return code

    def invited(self, code: str) -> str | None:
        """Whose invitation this is, which stays good."""
        first = self._first
        with first.errors():
            return text(first.client.get(first.keys.key("invitation", digest=digest_of(code)))) or None

    def redeem(self, code: str) -> str | None:
        """Whose invitation this was: of two who come with it at once one gets the name."""
        first = self._first
        with first.errors():
            return text(first.client.getdel(first.keys.key("invitation", digest=digest_of(code)))) or None

    def begin_session(self, name: str, role: Role | None = None) -> str:
        """A secret that stands for this person until the session ends; with a ``role`` of its own, which ends with
        it."""
        secret, first = secrets.token_urlsafe(32), self._first
        key = first.keys.key("session", digest=digest_of(secret))
        told = {"user": name, "gen": self._fields(name).get("gen", ""), "at": first.now_ms()}
        told |= {"role": role.value} if role else {}
        with first.errors(), first.client.pipeline() as pipe:
            pipe.hset(key, mapping=told)
            pipe.expire(key, SESSION_S)
            pipe.execute()
        return secret

    def of_session(self, secret: str) -> User | None:
        """Who the session stands for, ``None`` where it has ended; it goes on for as long again."""
        first = self._first
        key = first.keys.key("session", digest=digest_of(secret))
        with first.errors():
            kept = {text(field): text(value) for field, value in first.client.hgetall(key).items()}
        if not kept:
            return None
        fields, age_ms = self._fields(kept["user"]), first.now_ms() - int(kept["at"])
        if fields.get("gen") != kept["gen"] or age_ms > LONGEST_S * 1000:
            return None
        with first.errors():
            first.client.expire(key, SESSION_S)
        return self._user(kept["user"], fields | {"role": kept.get("role") or fields["role"]})

    def end_session(self, secret: str) -> None:
        first = self._first
        with first.errors():
            first.client.delete(first.keys.key("session", digest=digest_of(secret)))

    def count_failure(self, who: str) -> int:
        """How many log-ins have failed of late for ``who``, with this one: a name, or an address."""
        first = self._first
        key = first.keys.key("login_failures", digest=digest_of(who))
        with first.errors(), first.client.pipeline() as pipe:
            pipe.incr(key)
            pipe.expire(key, COUNTED_S, nx=True)
            return int(pipe.execute()[0])

    def failures(self, who: str) -> int:
        first = self._first
        with first.errors():
            return int(first.client.get(first.keys.key("login_failures", digest=digest_of(who))) or 0)

    def forget_failures(self, who: str) -> None:
        first = self._first
        with first.errors():
            first.client.delete(first.keys.key("login_failures", digest=digest_of(who)))

    def signing_key(self) -> bytes:
        """A secret that all web processes of this ledger sign their forms with; made by the first that asks."""
        first = self._first
        key = first.keys.key("web_key")
        with first.errors():
            first.client.set(key, secrets.token_bytes(32), nx=True)
            return bytes(first.client.get(key))

    def _set(self, name: str, **fields: str) -> bool:
        first = self._first
        with first.errors():
            if not first.client.exists(first.keys.key("user", user=name)):
                return False
            first.client.hset(first.keys.key("user", user=name), mapping=fields)
            return True

    def _fields(self, name: str) -> dict[str, str]:
        first = self._first
        with first.errors():
            kept = first.client.hgetall(first.keys.key("user", user=name))
        return {text(field): text(value) for field, value in kept.items()}

    @staticmethod
    def _user(name: str, fields: dict[str, str]) -> User | None:
        if "gen" not in fields:
            return None
        return User(
            name=name,
            role=Role(fields["role"]),
            has_password="pw" in fields,
            made_at=instant(int(fields["at"])),
            made_by=fields["by"],
        )


def digest_of(secret: str) -> str:
    """The name that a secret of ours is kept under: it is random and long, so that this tells nothing of it."""
    return sha256(secret.encode()).hexdigest()[:40]
