"""What is known of an order's ids at each provider, and a person's word on it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from schemas.delivery import Link
from worker.ledger.audit import WHAT_CHARS
from worker.ledger.connection import Store, text
from worker.ledger.records import pack_link, unpack_link
from worker.ledger.views import instant


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an order at one provider. ``link`` is ``None`` where nothing is; ``in_doubt_since`` says since
    when it is open whether the order was created there, RFC 3339 in UTC."""

    provider: str
    link: Link | None
    in_doubt_since: str | None


class Links:
    """Reads and corrects links. Every method raises ``StoreUnreachable``, and is safe to repeat."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def known(self, order: str, providers: Sequence[str]) -> list[Known]:
        """What is known of the order of this digest at each of these providers, in their order."""
        with self.store.errors(), self.store.client.pipeline(transaction=False) as pipe:
            for provider in providers:
                pipe.hmget(self.store.keys.key("order", order=order), f"l:{provider}", f"m:{provider}")
            answers = pipe.execute()
        return [
            Known(
                provider=provider,
                link=unpack_link(link),
                in_doubt_since=instant(int(float(since))) if since else None,
            )
            for provider, (link, since) in zip(providers, answers, strict=True)
        ]

    def correct(self, provider: str, order: str, ids: Link | None, *, what: str, why: str, who: str) -> str:
        """Set the ids that ``ids`` names, ``None`` to forget the link, and put on record that it was done. Gives
        ``linked``, or why not: ``not_found`` or ``attempting``.

        An order id, and forgetting, end the doubt about the order's creation. Another order id than was known drops
        the line ids and the notes: they are of that other order there. All of it in one step, or none.
        """
        answer = self.store.run("link", provider, order, pack_link(ids), what[:WHAT_CHARS], why, who)
        return text(answer[1]) if answer[0] == b"refused" else "linked"
