"""Where a delivery is kept, by its id."""

from __future__ import annotations

from collections.abc import Sequence

from worker.ledger.connection import Store

AT_ONCE = 1_000
"""As many as one step looks for: Lua passes on some thousand arguments, and no more."""


def seqs_of(store: Store, delivery_ids: Sequence[str]) -> list[int | None]:
    """The number of each event's arrival, ``None`` for a delivery that the ledger does not know. One round trip for any
    number of them. Raises ``StoreUnreachable``."""
    calls = [tuple(delivery_ids[start : start + AT_ONCE]) for start in range(0, len(delivery_ids), AT_ONCE)]
    answers = store.run_each("find", calls) if calls else []
    return [None if seq is None else int(seq) for answer in answers for seq in answer]
