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
    """An e-mail as it is compared: without blanks around it, and with case folded, before the @ as well."""
    return email.strip().casefold()


def email_of(event: Event) -> str | None:
    """The e-mail of the customer that an event names, ``None`` where it names none."""
    order = event.data.order
    return order.customer.email if order else None


class Customers:
    """Hashes e-mails with the ledger's key, which is read once. Every method raises ``StoreUnreachable``."""

    def __init__(self, store: Store) -> None:
        self.ledger = store.shards[0]
        self._key = b""

    def hashed(self, email: str) -> bytes:
        """12 bytes that stand for an e-mail in this ledger. Makes the key where there is none: of two who do so at
        once, both get the same. Raises ``StoreFull`` where it cannot be made."""
        if not self._known():
            with self.ledger.errors():
                self.ledger.client.set(self.ledger.keys.key("customer_key"), secrets.token_bytes(KEY_BYTES), nx=True)
        return self.hash_of(email)

    def hash_of(self, email: str) -> bytes:
        """The same, and empty where no e-mail was ever hashed."""
        key = self._known()
        return hmac.digest(key, normalised(email).encode(), "sha256")[:HASH_BYTES] if key else b""

    def hash_in(self, event: Event) -> bytes:
        """The hash by which an event is found, empty where it names no e-mail."""
        email = email_of(event)
        return self.hash_of(email) if email else b""

    def _known(self) -> bytes:
        if not self._key:
            with self.ledger.errors():
                self._key = self.ledger.client.get(self.ledger.keys.key("customer_key")) or b""
        return self._key
