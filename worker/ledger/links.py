"""What is known of an order's ids at each provider, and a person's word on it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from schemas.delivery import Link
from worker.ledger.audit import WHAT_CHARS
from worker.ledger.store.client import Store, text
from worker.ledger.store.codec import pack_link, unpack_final, unpack_link
from worker.ledger.store.instants import instant
from worker.ledger.store.shards import Shards


class KnownLink(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of an order at one provider. ``link`` is ``None`` where nothing is; ``in_doubt_since`` says since
    when it is open whether the order was created there, never earlier than its first event. ``restarted_at`` is there
    where that is open for the sole reason that the store was restarted then, and may have forgotten what it sent.
    Both RFC 3339 in UTC."""

    provider: str
    link: Link | None
    in_doubt_since: str | None
    restarted_at: str | None = None


def read_links(shard: Store, places: Sequence[tuple[str, str]]) -> list[tuple[Link | None, int | None]]:
    """What is known of each order of a shard at each provider: its link, and since when it is in doubt, in
    milliseconds.

    Raises ``StoreUnreachable``."""
    key = shard.keys.key
    with shard.errors(), shard.client.pipeline(transaction=False) as pipe:
        for _, order in places:
            pipe.hget(key("order", order=order), "e")
        firsts = pipe.execute()
        # An order's only event keeps what it learned (lib/delivery.lua): it is asked before the order.
        for (provider, order), first in zip(places, firsts, strict=True):
            pipe.hget(key("event", seq=text(first)), f">{provider}")
            pipe.hmget(key("order", order=order), f"l:{provider}", f"m:{provider}")
        found = pipe.execute()
    return [
        (unpack_link(link) or (final and final.link), int(float(since)) if since else None)
        for final, (link, since) in zip(map(unpack_final, found[::2]), found[1::2], strict=True)
    ]


class Links:
    """Reads and corrects links, each in the shard of its order; there it goes on record too. Every method raises
    ``StoreUnreachable``, and is safe to repeat."""

    def __init__(self, store: Store) -> None:
        self.shards = Shards(store)

    def known(self, order: str, providers: Sequence[str]) -> list[KnownLink]:
        """What is known of the order of this digest at each of these providers, in their order."""
        shard = self.shards.of(order)
        found = read_links(shard, [(provider, order) for provider in providers])
        accepted_ms = _accepted_ms(shard, order) if any(since for _, since in found) else 0
        return [
            _known(provider, link, None if link and link.order_id else since, accepted_ms)
            for provider, (link, since) in zip(providers, found, strict=True)
        ]

    def correct(
        self, provider: str, order: str, ids: Link | None, *, what: str, why: str, who: str, request: str = ""
    ) -> str:
        """Set the ids that ``ids`` names, ``None`` to forget the link, and put on record that it was done. Gives
        ``linked``, or why not: ``not_found`` or ``attempting``.

        An order id, and forgetting, end the doubt about the order's creation. Another order id than was known drops
        the line ids and the notes: they are of that other order there. All of it in one step, or none.
        """
        said = what[:WHAT_CHARS], why, who, request
        answer = self.shards.of(order).run("link", provider, order, pack_link(ids), *said)
        return text(answer[1]) if answer[0] == b"refused" else "linked"


def _accepted_ms(shard: Store, order: str) -> int:
    """When the order's first event was accepted; 0 where that is no longer kept."""
    key = shard.keys.key
    with shard.errors():
        first = shard.client.hget(key("order", order=order), "e")
        return int(shard.client.hget(key("event", seq=text(first)), "a") or 0) if first else 0


def _known(provider: str, link: Link | None, since_ms: int | None, accepted_ms: int) -> KnownLink:
    """Doubt from before the order's first event is of no request that is known: it is of what a store that came back
    as another may have forgotten."""
    if not since_ms:
        return KnownLink(provider=provider, link=link, in_doubt_since=None)
    return KnownLink(
        provider=provider,
        link=link,
        in_doubt_since=instant(max(since_ms, accepted_ms)),
        restarted_at=instant(since_ms) if since_ms < accepted_ms else None,
    )
