"""A customer as the ledger knows one without their name: the keyed hash of an e-mail, by which orders are found.

The key is random and stays in the ledger. Whoever has a hash and not the key cannot try e-mails on it.
"""

from __future__ import annotations

import hmac
import secrets

from schemas.event import Event
from worker.ledger.store.client import Store

KEY_BYTES = 32
HASH_BYTES = 12


def normalised(email: str) -> str:
    """An e-mail as it is compared: without blanks around it, and with case folded, also before the @."""
    return email.strip().casefold()


def email_of(event: Event) -> str | None:
    """The e-mail of the customer that an event names, ``None`` where it names none."""
    order = event.data.order
    return order.customer.email if order else None


class Customers:
    """Hashes e-mails with the ledger's key, which is read once, and made where there is none. Every method raises
    ``StoreUnreachable``."""

    def __init__(self, store: Store) -> None:
        self.first = store.shards[0]
        self._key = b""

    def hashed(self, email: str) -> bytes:
        """12 bytes that stand for an e-mail in this ledger. Raises ``StoreFull`` where the key cannot be made."""
        return _hash(self._known() or self._made(), email)

    def known(self, event: Event) -> bytes:
        """The hash by which an event is found, empty where it names no e-mail, or nothing has a hash yet."""
        email = email_of(event)
        return _hash(self._key, email) if email and self._known() else b""

    def _known(self) -> bytes:
        if not self._key:
            with self.first.errors():
                self._key = self.first.client.get(self.first.keys.key("customer_key")) or b""
        return self._key

    def _made(self) -> bytes:
        """The key of whoever was first: of two who make one at once, both get the same."""
        with self.first.errors():
            self.first.client.set(self.first.keys.key("customer_key"), secrets.token_bytes(KEY_BYTES), nx=True)
        return self._known()


def _hash(key: bytes, email: str) -> bytes:
    return hmac.digest(key, normalised(email).encode(), "sha256")[:HASH_BYTES]
