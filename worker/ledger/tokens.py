"""The tokens of programs: each is shown once, kept as a digest, and may be revoked at any time."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import msgspec

from schemas.access import Token
from schemas.principal import Role
from worker.ledger.store.client import Store, text
from worker.ledger.store.instants import instant
from worker.ledger.store.shards import Shards
from worker.ledger.users import digest_of

BEGINS = "oc_"
"""How every token begins: scanners of leaked secrets, and people, know it by that."""
NOTED_MS = 60_000
"""A use is noted when the one before is so long ago."""

_write = msgspec.json.Encoder().encode
_read = msgspec.json.Decoder(Token).decode


class AccessTokens:
    """All tokens, in the first shard. Every method raises ``StoreUnreachable``, those that write also ``StoreFull``."""

    def __init__(self, store: Store) -> None:
        self.shards = Shards(store)

    def create(self, name: str, role: Role, *, by: str, sources: Sequence[str] = ("*",)) -> str | None:
        """A new token: this answer is the only place where it can be read. ``None`` where there is one of that name."""
        if any(token.name == name for token in self.listed()):
            return None
        first, secret = self.shards.first, BEGINS + secrets.token_urlsafe(32)
        token = Token(name=name, role=role, made_at=instant(first.now_ms()), made_by=by, sources=tuple(sources))
        with first.errors():
            first.client.hset(first.keys.key("tokens"), digest_of(secret), _write(token))
        return secret

    def of(self, secret: str) -> Token | None:
        """The token that this is, ``None`` where it is none, or none any more."""
        first, digest = self.shards.first, digest_of(secret)
        with first.errors():
            kept, used = first.client.hmget(first.keys.key("tokens"), digest, f"used:{digest}")
        if kept is None:
            return None
        now_ms = first.now_ms()
        if now_ms - int(used or 0) > NOTED_MS and first.refusal() is None:
            with first.errors():
                first.client.hset(first.keys.key("tokens"), f"used:{digest}", now_ms)
        return _read(kept)

    def listed(self) -> list[Token]:
        """Every token by name, without what opens a door."""
        first = self.shards.first
        with first.errors():
            kept = first.client.hgetall(first.keys.key("tokens"))
        used = {text(field)[5:]: int(value) for field, value in kept.items() if field.startswith(b"used:")}
        found = {text(field): _read(value) for field, value in kept.items() if not field.startswith(b"used:")}
        told = [
            msgspec.structs.replace(token, used_at=instant(used[digest]) if digest in used else None)
            for digest, token in found.items()
        ]
        return sorted(told, key=lambda token: token.name)

    def revoke(self, name: str) -> bool:
        """Nobody comes in by this token any more. False where there was none of that name."""
        first = self.shards.first
        with first.errors():
            kept = first.client.hgetall(first.keys.key("tokens"))
            gone = [field for field, value in kept.items() if value[:1] == b"{" and _read(value).name == name]
            if gone:
                first.client.hdel(first.keys.key("tokens"), *gone, *(b"used:" + field for field in gone))
        return bool(gone)
