"""Which lines went to the shop as one piece, kept with the link: a refund of some pieces is money there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal

from schemas.delivery import Link
from worker.providers.openbizbox.sold import Sold

SLOT = "in_one"
"""The note of the link: item ids to the quantities that were sold, as JSON."""


def ones_of(link: Link) -> dict[str, Decimal]:
    """The items whose line is one piece in the shop, and how many pieces were sold of each."""
    kept: dict[str, str] = json.loads(link.notes.get(SLOT, "{}"))
    return {item_id: Decimal(quantity) for item_id, quantity in kept.items()}


def with_ones(notes: Mapping[str, str], sold: Iterable[Sold]) -> dict[str, str]:
    """The notes of a link to an order of these lines."""
    ones = {one.item_id: f"{one.quantity:f}" for one in sold if one.is_one}
    others = {name: text for name, text in notes.items() if name != SLOT}
    return others | ({SLOT: json.dumps(ones, ensure_ascii=False)} if ones else {})


def stays_one(sold: Sold, ones: Mapping[str, Decimal]) -> bool:
    """Whether a line that went as one piece does so again: the shop rounds any part of a piece, and this quantity."""
    return sold.item_id in ones and (sold.is_fraction or ones[sold.item_id] == sold.quantity)
