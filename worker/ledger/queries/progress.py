"""Events watched until all their deliveries have come to an end. Reads only, a page at a look."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from schemas.delivery import State
from worker.ledger.provider_rows import read_table
from worker.ledger.queries.finding import seqs_of
from worker.ledger.store.client import Store, text
from worker.ledger.store.codec import unpack_final

PAGE = 500


@dataclass(frozen=True, slots=True)
class Look:
    """What one look found: whether anything of its page has ended, and how many deliveries are still open there."""

    moved: bool
    open: int


@dataclass(slots=True)
class _Kept:
    """One event as it was last seen: its open deliveries, and those of them that nothing but a person can move."""

    seq: int
    open: int | None = None
    stuck: int = 0
    ended: dict[str, str] = field(default_factory=dict)


class Watching:
    """Follows events by their deliveries' ids, the oldest first, those still open again and again.

    A delivery has ended when it is final or a dead letter. One that waits behind a dead letter is ``stuck``: it ends
    only when a person does something. Every method raises ``StoreUnreachable``.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.providers = [row.name for row in read_table(store).rows]
        self.ended: Counter[str] = Counter()
        self._kept: deque[_Kept] = deque()
        self._known: set[int] = set()

    def follow(self, delivery_ids: Iterable[str]) -> None:
        """Watch the events of these deliveries: one id of each event is enough."""
        fresh = {seq for seq in seqs_of(self.store, list(delivery_ids)) if seq is not None} - self._known
        self._known |= fresh
        self._kept.extend(_Kept(seq) for seq in sorted(fresh))

    def last_seq(self) -> int:
        """The number of the last arrival of all."""
        with self.store.errors():
            return int(self.store.client.get(self._key("seq")) or 0)

    def mark(self) -> tuple[int, ...]:
        """Where the ledger stands now, for ``came_after``."""
        return (self.last_seq(),)

    def came_after(self, mark: Sequence[int], delivery_ids: Sequence[str]) -> list[bool]:
        """Whether each of these deliveries' events has come in since that mark."""
        return [seq is not None and seq > mark[0] for seq in seqs_of(self.store, delivery_ids)]

    @property
    def is_over(self) -> bool:
        """Whether nothing is left that moves by itself, as far as was seen."""
        return all(kept.open is not None and kept.open == kept.stuck for kept in self._kept)

    @property
    def unfinished(self) -> int:
        """How many deliveries have not ended, as last seen; an event that was never looked at counts for none."""
        return sum(kept.open or 0 for kept in self._kept)

    def look(self) -> Look:
        """See to the next page of events; what has ended there is not looked at again. Where it raises, the next look
        sees to the same page."""
        page, before = list(islice(self._kept, PAGE)), self.ended.total()
        self._see(page)
        for kept in page:
            self._kept.popleft()
            if kept.open:
                self._kept.append(kept)
        return Look(moved=self.ended.total() > before, open=sum(kept.open or 0 for kept in page))

    def look_at_all(self) -> None:
        """See to every page once, for a last count."""
        for _ in range(-(-len(self._kept) // PAGE)):
            self.look()

    def _see(self, page: list[_Kept]) -> None:
        rows = self._rows([kept.seq for kept in page])
        still: list[tuple[_Kept, str, str]] = []
        for kept, (order, *states) in zip(page, rows, strict=True):
            for provider, packed in zip(self.providers, states, strict=True):
                if provider in kept.ended:
                    continue
                if final := unpack_final(packed):
                    self._end(kept, provider, final.state.value)
                elif packed is not None:
                    still.append((kept, provider, text(order)))
            kept.open = kept.stuck = 0
        for (kept, provider, _), head_is_dead in zip(still, self._behind_dead(still), strict=True):
            if head_is_dead == kept.seq:
                self._end(kept, provider, State.DEAD.value)
            else:
                kept.open = (kept.open or 0) + 1
                kept.stuck += head_is_dead is not None

    def _end(self, kept: _Kept, provider: str, state: str) -> None:
        kept.ended[provider] = state
        self.ended[state] += 1

    def _rows(self, seqs: list[int]) -> list[list[bytes | None]]:
        fields = ["o", *(f">{provider}" for provider in self.providers)]
        with self.store.errors(), self.store.client.pipeline(transaction=False) as pipe:
            for seq in seqs:
                pipe.hmget(self._key("event", seq=seq), fields)
            rows: list[list[bytes | None]] = pipe.execute()
        return rows

    def _behind_dead(self, still: list[tuple[_Kept, str, str]]) -> list[int | None]:
        """For each open delivery the number of the dead letter that stops it: its own, or that at its lane's head.

        A dead letter that waits for its order is not stopped while its lane goes on."""
        having = self._with_dead_letters()
        asked = [(kept.seq, provider, order) for kept, provider, order in still if provider in having]
        key = self._key
        with self.store.errors(), self.store.client.pipeline(transaction=False) as pipe:
            for seq, provider, order in asked:
                pipe.zscore(key("dead", provider=provider), seq)
                pipe.zrange(key("lane", provider=provider, order=order), 0, 0)
                pipe.hexists(key("delivery", provider=provider, seq=seq), "uo")
            answers = pipe.execute()
            heads = [int(found[0][:-1]) if found else 0 for found in answers[1::3]]
            for (_, provider, _), head in zip(asked, heads, strict=True):
                pipe.zscore(key("dead", provider=provider), head)
            behind = pipe.execute()
        stops = {
            (seq, provider): seq if own is not None else head
            for (seq, provider, _), own, goes_again, head, score in zip(
                asked, answers[::3], answers[2::3], heads, behind, strict=True
            )
            if score is not None or (own is not None and not (goes_again and head))
        }
        return [stops.get((kept.seq, provider)) for kept, provider, _ in still]

    def _with_dead_letters(self) -> set[str]:
        with self.store.errors(), self.store.client.pipeline(transaction=False) as pipe:
            for provider in self.providers:
                pipe.zcard(self._key("dead", provider=provider))
            counts = pipe.execute()
        return {provider for provider, count in zip(self.providers, counts, strict=True) if count}

    def _key(self, name: str, **parts: str | int) -> str:
        return self.store.keys.key(name, **parts)
