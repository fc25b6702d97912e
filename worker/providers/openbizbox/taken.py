"""That the id of our choice is another order's, kept with the link until the order has a link of its own.

Only where a create under that id may have been done: the order is looked for then, and where it is nowhere, the next
create leaves the id out.
"""

from __future__ import annotations

import msgspec

from schemas.delivery import Link

SLOT = "id_taken"


def is_noted_taken(link: Link) -> bool:
    return SLOT in link.notes


def noted_taken(link: Link) -> Link:
    return msgspec.structs.replace(link, notes=link.notes | {SLOT: "1"})
