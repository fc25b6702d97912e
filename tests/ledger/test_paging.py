"""Lists a page at a time, over two shards: nothing is told twice or left out, whatever comes and goes between pages."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator

import pytest

from schemas.delivery import State
from schemas.outcome import Reason
from tests.fakes.ledger import BURY, REJECTED, SOURCE, action, snapshot
from tests.fakes.split import SplitLedger
from worker.ledger.queries.deliveries import Deliveries, Filter
from worker.ledger.queries.paging import BadCursor, Cursor, Mark, Page
from worker.ledger.queries.refusals import RefusalFilter, Refusals
from worker.ledger.store.shards import open_store

DEAD = Filter(state=State.DEAD, provider="one")


@pytest.fixture
def split(clean_store: str) -> Iterator[SplitLedger]:
    made = SplitLedger((clean_store,) * 2, "one", "two")
    yield made
    made.close()


def told(split: SplitLedger, wanted: Filter, limit: int, between: Callable[[], None] = lambda: None) -> list[str]:
    """The ids of a whole list, asked for a page at a time with the cursor as a word; ``between`` two pages is called."""
    ids: list[str] = []
    word = ""
    while True:
        page = split.records.page(wanted, Cursor.read(word) if word else None, limit=limit)
        assert len(page.items) <= limit
        ids += [one.id for one in page.items]
        if page.next is None:
            return ids
        word = str(page.next)
        between()


def orders(split: SplitLedger, each: int, *, begin: int = 0) -> list[str]:
    """Numbers of orders, so many in either shard."""
    return [number for shard in range(2) for number in split.numbers(shard, begin + each)[begin:]]


def accept(split: SplitLedger, numbers: list[str]) -> None:
    split.accept(*[snapshot(f"e{number}1", number) for number in numbers])
    split.borrow(rounds=6)


def bury(split: SplitLedger) -> None:
    """Everything that can be claimed becomes a dead letter."""
    for split.at in range(2):
        for claim in split.claim_all(split.at):
            split.finish(claim, REJECTED, BURY)
    split.borrow(rounds=6)


def at_one_instant(split: SplitLedger, index: str, **parts: str) -> None:
    """Whatever stands in an index, of either shard, came in at the same millisecond."""
    at_ms = split.store.now_ms()
    for shard in split.store.shards:
        key = shard.keys.key(index, **parts)
        members = shard.client.zrange(key, 0, -1)
        shard.client.zadd(key, dict.fromkeys(members, at_ms))


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
@pytest.mark.parametrize(
    "wanted",
    [
        Filter(),
        Filter(provider="two"),
        Filter(state=State.PENDING),
        Filter(state=State.PENDING, type="order.created"),
        Filter(source=SOURCE),
    ],
    ids=["all", "provider", "state", "type", "source"],
)
def test_pages_of_any_size_make_the_list(split: SplitLedger, wanted: Filter, limit: int) -> None:
    for some in (orders(split, 3), orders(split, 2, begin=3)):
        accept(split, some)
        split.advance(1)
    whole = [one.id for one in split.records.listed(wanted)]
    assert len(whole) == len(set(whole)) == (10 if wanted.provider else 20)
    assert told(split, wanted, limit) == whole


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_pages_of_an_order_go_through_its_events(split: SplitLedger, limit: int) -> None:
    [number] = split.numbers(1, 1)
    split.accept(snapshot("e1", number), snapshot("e2", number), action("a1", number))
    whole = [one.id for one in split.records.listed(Filter(order=number))]
    assert len(whole) == 6
    assert told(split, Filter(order=number), limit) == whole
    seen: list[str] = []

    def between() -> None:
        split.accept(snapshot(f"later{len(seen)}", number))
        seen.append("")

    assert told(split, Filter(order=number), limit, between) == whole


@pytest.mark.parametrize("limit", [1, 3])
@pytest.mark.parametrize("wanted", [DEAD, Filter(fingerprint="f", provider="one")], ids=["dead", "cause"])
def test_what_came_in_at_one_instant_is_told_once(split: SplitLedger, wanted: Filter, limit: int) -> None:
    accept(split, orders(split, 6))
    bury(split)
    at_one_instant(split, "dead", provider="one")
    at_one_instant(split, "dead_group", provider="one", fingerprint="f1")
    whole = {one.id for one in split.deliveries(state="dead", provider="one")}
    found = told(split, wanted, limit)
    assert (len(found), set(found)) == (len(whole), whole)
    assert len(whole) > 6


@pytest.mark.parametrize("seed", range(12))
def test_what_stood_is_told_once_while_records_come_and_go(split: SplitLedger, seed: int) -> None:
    """Between two pages some are discarded, told or not, and others come; many of them at one instant."""
    chance = random.Random(seed)
    accept(split, orders(split, 6))
    bury(split)
    if chance.random() < 0.5:
        at_one_instant(split, "dead", provider="one")
    stood = {one.id for one in split.deliveries(state="dead", provider="one")}
    gone: set[str] = set()
    fresh = iter(range(6, 60, 2))

    def between() -> None:
        left = sorted(stood - gone)
        for one in chance.sample(left, min(len(left), chance.randrange(3))):
            gone.add(one)
            assert split.dead.discard(one).result == "discarded"
        if chance.random() < 0.5:
            accept(split, orders(split, 2, begin=next(fresh)))
            bury(split)

    found = told(split, DEAD, chance.randrange(1, 5), between)
    assert len(found) == len(set(found))
    assert stood - gone <= set(found)


def test_new_events_between_two_pages_neither_move_nor_hide_the_older_ones(split: SplitLedger) -> None:
    accept(split, orders(split, 4))
    whole = [one.id for one in split.records.listed(Filter())]
    fresh = iter(range(4, 100))

    def between() -> None:
        split.advance(1)
        accept(split, orders(split, 1, begin=next(fresh)))

    assert told(split, Filter(), 3, between) == whole


def test_a_cursor_is_good_after_a_restart_and_short_whatever_it_has_passed(split: SplitLedger) -> None:
    accept(split, orders(split, 150))
    at_one_instant(split, "events")
    first = split.records.page(Filter(), limit=500)
    word = str(first.next)
    anew = open_store(split.store.url, [split.store.url])
    rest = Deliveries(anew).page(Filter(), Cursor.read(word), limit=500)
    for shard in anew.shards:
        shard.close()
    assert len(word) < 120
    assert rest.next is None
    assert len({one.id for one in [*first.items, *rest.items]}) == len(first.items) + len(rest.items) == 600


def test_a_page_that_looked_through_so_many_says_so_and_the_next_one_goes_on(split: SplitLedger) -> None:
    accept(split, orders(split, 10))
    [number] = split.numbers(1, 1)
    split.accept(action("a1", number))
    wanted = Filter(type="order.created", provider="one")
    page = split.records.page(wanted, limit=30, most_scanned=8)
    assert (len(page.items), page.scanned, page.is_cut) == (7, 8, True)
    rest = split.records.page(wanted, page.next, limit=30, most_scanned=13)
    assert (len(rest.items), rest.scanned) == (13, 13)
    end = split.records.page(wanted, rest.next, limit=30, most_scanned=8)
    assert (end.items, end.next, end.is_cut) == ([], None, False)


def test_a_filter_that_nothing_agrees_with_ends_page_by_page(split: SplitLedger) -> None:
    accept(split, orders(split, 10))
    cursor, pages = None, list[Page]()
    while not pages or cursor is not None:
        pages.append(split.records.page(Filter(reason="nothing"), cursor, most_scanned=15))
        cursor = pages[-1].next
    assert [(len(page.items), page.scanned, page.is_cut) for page in pages] == [
        (0, 15, True),
        (0, 15, True),
        (0, 10, False),
    ]


def test_no_more_is_read_than_the_page_needs(split: SplitLedger) -> None:
    accept(split, orders(split, 30))
    page = split.records.page(Filter(), limit=10)
    assert (len(page.items), page.scanned, page.is_cut) == (10, 10, False)


@pytest.mark.parametrize("word", ["", "x", "AAAA", "kwCiAAA", "é", "k5M"], ids=repr)
def test_a_word_that_is_no_cursor_is_refused(word: str) -> None:
    with pytest.raises(BadCursor):
        Cursor.read(word)


@pytest.mark.parametrize(
    "mark",
    [
        Mark(math.nan, 1, 1),
        Mark(math.inf, 1, 1),
        Mark(1.0, -1, 1),
        Mark(1.0, 1, -1),
        Mark(1.0, 1, 10**9),
        Mark(1.0, 1, 1, -1),
    ],
)
def test_a_cursor_that_no_list_gave_is_refused(mark: Mark) -> None:
    with pytest.raises(BadCursor):
        Cursor.read(str(Cursor(1, (0, ""), {0: mark})))


def test_a_cursor_of_another_list_is_refused(split: SplitLedger) -> None:
    accept(split, orders(split, 3))
    cursor = split.records.page(Filter(), limit=2).next
    assert split.records.page(Filter(since_ms=0), cursor, limit=2).items, "the last hour is another one each time"
    for other in (Filter(provider="one"), DEAD, Filter(type="order.created")):
        with pytest.raises(BadCursor):
            split.records.page(other, cursor)
    with pytest.raises(BadCursor):
        Refusals(split.store).page(cursor=cursor)


def test_refusals_are_told_once_while_some_are_corrected(split: SplitLedger) -> None:
    refusals = Refusals(split.store)
    for number in orders(split, 5):
        split.intake.refuse(b"{}", Reason.INVALID, [], source=SOURCE, order=number)
    at_one_instant(split, "refusals")
    stood = [kept.seq for kept in refusals.listed()]
    first = refusals.page(limit=4)
    for seq in (stood[1], stood[3], stood[6]):
        refusals.forget(seq)
    split.intake.refuse(b"{}", Reason.INVALID, [], source=SOURCE, order="new")
    rest = refusals.page(cursor=first.next, limit=40)
    assert [kept.seq for kept in (*first.items, *rest.items)] == [seq for seq in stood if seq != stood[6]]
    assert rest.next is None


def test_refusals_of_one_reason_are_looked_for_in_bounded_pages(split: SplitLedger) -> None:
    refusals = Refusals(split.store)
    for number in orders(split, 5):
        split.intake.refuse(b"{}", Reason.INVALID, [], source=SOURCE, order=number)
    page = refusals.page(RefusalFilter(reason="too_large"), most_scanned=4)
    assert (page.items, page.scanned, page.is_cut) == ([], 4, True)
    rest = refusals.page(RefusalFilter(reason="too_large"), page.next)
    assert (rest.items, rest.scanned, rest.next) == ([], 6, None)
