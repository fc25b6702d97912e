"""A ledger that is split: each order in one shard, and each shard what it is taken for."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest

from schemas.event import event_digest
from schemas.outcome import Reason
from tests.fakes.ledger import ACCEPTED, BURY, DELIVER, REJECTED, SOURCE, action, ended, snapshot
from tests.fakes.split import SplitLedger
from worker.errors import LeaseLost, ShardAway, StoreUnreachable
from worker.ledger.claims import Claim
from worker.ledger.intake import Arrival, Intake, Reader
from worker.ledger.links import Links
from worker.ledger.ownership import Ownership
from worker.ledger.queries.deliveries import Filter
from worker.ledger.queries.orders import Orders
from worker.ledger.queries.progress import EventProgress
from worker.ledger.queries.refusals import Refusals
from worker.ledger.redis_queue import LEASE_MS, ReaderLease
from worker.ledger.store.shards import open_store, shard_of

NOBODY = "redis://127.0.0.1:1/0"


@pytest.fixture
def split(clean_store: str) -> Iterator[SplitLedger]:
    made = SplitLedger((clean_store,) * 3, "one", "two")
    yield made
    made.close()


def one_in_each(split: SplitLedger) -> list[str]:
    return [split.numbers(shard, 1)[0] for shard in range(3)]


def accept_in_each(split: SplitLedger) -> list[str]:
    """One order in each shard, the first shard's first; their numbers."""
    numbers = one_in_each(split)
    for n, number in enumerate(numbers):
        split.accept(snapshot(f"e{n}1", number))
        split.advance(0.01)
    split.borrow(rounds=6)
    return numbers


def bury_in_each(split: SplitLedger) -> list[str]:
    numbers = accept_in_each(split)
    for shard in range(3):
        claim = split.claim_in(shard)
        split.at = shard
        split.finish(claim, REJECTED, BURY)
        split.advance(0.01)
    return numbers


def meant(split: SplitLedger, **more: object) -> list[tuple[str, str]]:
    return [(one.order, one.state.value) for one in split.deliveries(provider="one", **more)]


def test_where_an_order_lives_never_changes():
    assert [shard_of(letter * 20, 5) for letter in "abc"] == [4, 0, 1]
    counts = [sum(shard_of(f"order{n}", 3) == shard for n in range(3000)) for shard in range(3)]
    assert min(counts) > 900


def test_each_order_is_in_one_shard_with_all_its_events(split):
    numbers = one_in_each(split)
    receipts = split.accept(*[snapshot(f"e{n}{of}", n, grand=str(of)) for of in (1, 2) for n in numbers])
    assert [receipt.event_id for receipt in receipts] == [f"e{n}{of}" for of in (1, 2) for n in numbers]
    assert [shard.client.zcard(shard.keys.key("events")) for shard in split.store.shards] == [2, 2, 2]
    assert len(split.deliveries(provider="one")) == 6


def test_an_event_sent_again_is_a_duplicate_in_its_shard(split):
    first = split.accept(*[snapshot("e1", n) for n in one_in_each(split)[1:2]])
    again = split.accept(*[snapshot("e1", n) for n in one_in_each(split)[1:2]])
    assert [first[0].status, again[0].status] == ["accepted", "duplicate"]
    assert first[0].deliveries == again[0].deliveries


def test_runners_are_called_by_provider_and_shard(split):
    split.accept(snapshot())
    split.borrow(rounds=6)
    calls = split.calls(*[snapshot(f"e{n}1", n) for n in one_in_each(split)])
    assert set(calls) == {"one", "two", "one#1", "two#1", "one#2", "two#2"}


def test_a_shard_that_is_away_stops_the_events_of_its_orders_alone(clean_store):
    split = SplitLedger((clean_store, clean_store, clean_store))
    numbers = one_in_each(split)
    split.close()
    split.store = open_store(clean_store, [clean_store, NOBODY])
    intake = Intake(split.store)
    arrivals = [Arrival(snapshot(f"e{n}1", n), event_digest(snapshot(f"e{n}1", n))) for n in numbers]
    with pytest.raises(ShardAway, match=r"Shard 2.*127\.0\.0\.1:1"):
        intake.accept(arrivals)
    assert [receipt.status for receipt in intake.accept(arrivals[:2])[0]] == ["duplicate", "duplicate"]
    split.close()


def test_only_who_has_the_readers_seat_in_a_shard_may_bring_anything_there(split):
    seat, other = ReaderLease(split.store, "q"), ReaderLease(split.store, "q")
    assert seat.hold()
    assert not other.hold()
    arrivals = [Arrival(snapshot("e1", number), event_digest(snapshot("e1", number))) for number in one_in_each(split)]
    split.intake.accept(arrivals, Reader("q", seat.token))
    with pytest.raises(LeaseLost):
        split.intake.accept(arrivals[:1], Reader("q", other.token))
    with pytest.raises(ShardAway):
        split.intake.accept(arrivals[1:2], Reader("q", other.token))
    seat.let_go()
    assert other.hold()


def test_a_seat_that_another_has_in_one_shard_is_held_by_nobody(split):
    last = split.store.shards[2]
    last.run("reader_lease", "q", "somebody", LEASE_MS)
    seat = ReaderLease(split.store, "q")
    assert not seat.hold()
    last.run("reader_lease", "q", "somebody", 0)
    assert seat.hold()


def test_lists_of_all_shards_are_one_list_newest_first(split):
    numbers = accept_in_each(split)
    assert [order for order, _ in meant(split)] == numbers[::-1]
    assert [order for order, _ in meant(split, state="pending")] == numbers[::-1]


def test_letters_of_all_shards_are_one_list_and_one_group(split):
    numbers = bury_in_each(split)
    assert meant(split, state="dead") == [(number, "dead") for number in numbers[::-1]]
    [group] = split.dead.groups()
    assert (group.provider, group.count) == ("one", 3)
    assert group.first_at < group.last_at


def test_a_list_reads_no_more_of_a_shard_than_is_wanted(split):
    split.accept(*[snapshot(f"e{n}1", str(n)) for n in range(1500)])

    def bytes_read() -> int:
        return int(split.store.client.info("stats")["total_net_output_bytes"])

    before = bytes_read()
    whole = list(split.records.listed(Filter()))
    all_bytes = bytes_read() - before
    found = split.records.listed(Filter())
    times = [next(found).created_at for _ in range(100)]
    assert all(newer >= older for newer, older in pairwise(times))
    assert len(whole) == 3000
    assert bytes_read() - before - all_bytes < 0.3 * all_bytes, "one page of each shard"


def test_what_is_replayed_and_discarded_is_found_in_its_shard(split):
    bury_in_each(split)
    ids = [one.id for one in split.deliveries(state="dead")]
    split.advance(60)  # nobody is registered any more
    done = split.dead.replay_each([*ids[:2], "d" + "a" * 25])
    assert [one.result for one in done] == ["replayed", "replayed", "not_found"]
    assert [one.call for one in done] == ["one#2", "one#1", None]
    assert split.dead.discard(ids[2]).result == "discarded"
    assert [state for _, state in meant(split)] == ["pending", "pending", "discarded"]


def test_an_order_is_told_whole_wherever_it_is(split):
    numbers = one_in_each(split)
    for n, number in enumerate(numbers):
        split.accept(snapshot(f"e{n}1", number), action(f"a{n}", number))
    orders = Orders(split.store)
    for n, number in enumerate(numbers):
        [(source, digest)] = orders.named(number)
        story = orders.story(digest)
        assert (source, story.order, [event.id for event in story.events]) == (SOURCE, number, [f"e{n}1", f"a{n}"])


def test_links_are_kept_and_corrected_in_the_orders_shard(split):
    number = accept_in_each(split)[2]
    claim = split.claim_in(2)
    split.at = 2
    split.finish(claim, ACCEPTED, DELIVER)
    links = Links(split.store)
    [(_, digest)] = Orders(split.store).named(number)
    [known] = links.known(digest, ["one"])
    assert known.link.order_id == "77"
    assert links.correct("one", digest, None, what="x", why="w", who="ann") == "linked"
    assert links.known(digest, ["one"])[0].link is None


def test_a_refusal_is_numbered_in_its_orders_shard_and_found_by_what_people_see(split):
    numbers = one_in_each(split)
    bodies = [f'{{"source": "{SOURCE}", "subject": "{number}"}}'.encode() for number in numbers]
    seqs = [split.intake.refuse(body, Reason.INVALID, []) for body in [*bodies, b"no JSON"]]
    refusals = Refusals(split.store)
    assert len(set(seqs)) == 4
    assert [seq % 3 for seq in seqs] == [0, 1, 2, 0]
    assert [refusals.find(seq).body for seq in seqs] == [*bodies, b"no JSON"]
    assert sorted(kept.shown.id for kept in refusals.listed()) == sorted(f"r{seq}" for seq in seqs)
    refusals.forget(seqs[1])
    assert refusals.find(seqs[1]) is None


def test_a_corrected_refusal_is_not_newer_than_what_came_after_it(split):
    number = split.numbers(1, 1)[0]
    seq = split.intake.refuse(f'{{"source": "{SOURCE}", "subject": "{number}"}}'.encode(), Reason.INVALID, [])
    split.accept(snapshot("e2", number))
    split.intake.accept([Arrival(snapshot("e1", number), event_digest(snapshot("e1", number)), seq)])
    assert split.states(provider="one") == {"e2": "pending", "e1": "superseded"}


def test_a_number_at_a_shared_account_has_one_owner_though_its_orders_are_in_two_shards(split):
    split.accept(snapshot("e1", "7"), snapshot("e1", "7", source="shop/two"), snapshot("e1", "7", source="shop/three"))
    ownership = Ownership(split.store)
    owners = {ownership.owner("one", snapshot("e1", "7", source=f"shop/{one}")) for one in ("three", "one", "two")}
    assert owners == {"shop/three"}


def test_a_rival_that_is_linked_in_another_shard_owns_the_number(split):
    other = next(f"shop/{n}" for n in range(99) if split.shard(f"shop/{n}", "7") != split.shard(SOURCE, "7"))
    split.accept(snapshot("e1", "7", source=other))
    split.borrow(rounds=6)
    claim = split.claim_in(split.shard(other, "7"))
    split.at = split.shard(other, "7")
    split.finish(claim, ACCEPTED, DELIVER)
    split.accept(snapshot("e1", "7"))
    assert Ownership(split.store).owner("one", snapshot("e1", "7")) == other


def test_a_pause_and_a_resume_reach_every_shard(split):
    split.borrow(rounds=6)
    assert split.pause("one", who="ann", why="tea", at_ms=0)
    accept_in_each(split)
    assert not any(isinstance(split.try_in(shard), Claim) for shard in range(3))
    assert split.row().gate.state == "paused"
    assert split.resume("one", who="ann", why="tea is over")
    split.borrow(rounds=6)
    assert all(isinstance(split.try_in(shard), Claim) for shard in range(3))


def test_the_board_adds_up_and_tells_of_each_shard(split):
    accept_in_each(split)
    claim = split.claim_in(1)
    board = split.board.read("q")
    row = split.row()
    assert (row.pending, row.attempting, row.in_flight, row.limit, row.gate.state) == (2, 1, 1, 8, "open")
    assert [(shard.shard, shard.answers, shard.durability) for shard in board.shards] == [
        (n, True, "memory (up to 1 s at risk)") for n in range(3)
    ]
    split.at = 1
    split.runner().finish(claim, ended(claim, ACCEPTED, DELIVER), last=True)
    assert split.row().delivered == 1


def test_the_board_shows_a_shard_that_is_away_and_the_rest_of_it(clean_store):
    split = SplitLedger((clean_store,) * 3)
    accept_in_each(split)
    split.close()
    split.store = open_store(clean_store, [clean_store, NOBODY])
    split.furnish()
    board = split.board.read("q")
    assert [shard.answers for shard in board.shards] == [True, True, False]
    assert board.providers[0].pending == 2
    with pytest.raises(StoreUnreachable):
        split.deliveries()
    split.close()


def test_events_are_followed_to_their_end_in_every_shard(split):
    numbers = accept_in_each(split)
    watching = EventProgress(split.store)
    mark = watching.mark()
    watching.follow(one.id for one in split.deliveries(provider="one"))
    assert not watching.is_over
    [late] = split.accept(snapshot("late2", numbers[1]))
    ids = [late.deliveries[0], *(one.id for one in split.deliveries(provider="two", order=numbers[0]))]
    assert watching.came_after(mark, ids) == [True, False]
    for one in split.deliveries():
        split.dead.discard(one.id)
    watching.look_at_all()
    assert (watching.is_over, watching.ended["discarded"] + watching.ended["superseded"]) == (True, 6)
