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
from worker.ledger.store.shards import Shards

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


class EventProgress:
    """Follows events by their deliveries' ids, the oldest of each shard first, those still open again and again.

    A delivery has ended when it is final or a dead letter. One that waits behind a dead letter is ``stuck``: it ends
    only when a person does something. Every method raises ``StoreUnreachable``.
    """

    def __init__(self, store: Store) -> None:
        self.each = [_ShardProgress(shard) for shard in Shards(store)]

    @property
    def ended(self) -> Counter[str]:
        """How many deliveries have ended in which state, as last seen."""
        return sum((one.ended for one in self.each), Counter())

    def follow(self, delivery_ids: Iterable[str]) -> None:
        """Watch the events of these deliveries: one id of each event is enough."""
        wanted = list(delivery_ids)
        for one in self.each:
            one.follow(wanted)

    def mark(self) -> tuple[int, ...]:
        """Where the ledger stands now, for ``came_after``."""
        return tuple(one.last_seq() for one in self.each)

    def came_after(self, mark: Sequence[int], delivery_ids: Sequence[str]) -> list[bool]:
        """Whether each of these deliveries' events has come in since that mark."""
        found = [one.came_after(at, delivery_ids) for at, one in zip(mark, self.each, strict=True)]
        return [any(of_one) for of_one in zip(*found, strict=True)]

    @property
    def is_over(self) -> bool:
        """Whether nothing is left that moves by itself, as far as was seen."""
        return all(kept.open is not None and kept.open == kept.stuck for one in self.each for kept in one.kept)

    @property
    def unfinished(self) -> int:
        """How many deliveries have not ended, as last seen; an event that was never looked at counts for none."""
        return sum(kept.open or 0 for one in self.each for kept in one.kept)

    def look(self) -> Look:
        """See to the next page of events in each shard; what has ended there is not looked at again. Where it raises,
        the next look sees to the same page."""
        looks = [one.look() for one in self.each]
        return Look(moved=any(look.moved for look in looks), open=sum(look.open for look in looks))

    def look_at_all(self) -> None:
        """See to every page once, for a last count."""
        for one in self.each:
            for _ in range(-(-len(one.kept) // PAGE)):
                one.look()


class _ShardProgress:
    """The same of the events that are in one shard."""

    def __init__(self, shard: Store) -> None:
        self.shard = shard
        self.providers = [row.name for row in read_table(shard).rows]
        self.ended: Counter[str] = Counter()
        self.kept: deque[_Kept] = deque()
        self._known: set[int] = set()

    def follow(self, delivery_ids: Sequence[str]) -> None:
        fresh = {seq for seq in seqs_of(self.shard, delivery_ids) if seq is not None} - self._known
        self._known |= fresh
        self.kept.extend(_Kept(seq) for seq in sorted(fresh))

    def last_seq(self) -> int:
        with self.shard.errors():
            return int(self.shard.client.get(self._key("seq")) or 0)

    def came_after(self, seq: int, delivery_ids: Sequence[str]) -> list[bool]:
        return [one is not None and one > seq for one in seqs_of(self.shard, delivery_ids)]

    def look(self) -> Look:
        page, before = list(islice(self.kept, PAGE)), self.ended.total()
        self._see(page)
        for kept in page:
            self.kept.popleft()
            if kept.open:
                self.kept.append(kept)
        return Look(moved=self.ended.total() > before, open=sum(kept.open or 0 for kept in page))

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
        with self.shard.errors(), self.shard.client.pipeline(transaction=False) as pipe:
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
        with self.shard.errors(), self.shard.client.pipeline(transaction=False) as pipe:
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
        with self.shard.errors(), self.shard.client.pipeline(transaction=False) as pipe:
            for provider in self.providers:
                pipe.zcard(self._key("dead", provider=provider))
            counts = pipe.execute()
        return {provider for provider, count in zip(self.providers, counts, strict=True) if count}

    def _key(self, name: str, **parts: str | int) -> str:
        return self.shard.keys.key(name, **parts)
