"""A provider that wants every event: nothing gives way to what is newer, and all of it goes out as it was accepted."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from schemas.event import event_digest
from tests.fakes.ledger import BURY, REJECTED, UNAVAILABLE, Ledger, action, park, snapshot
from tests.fakes.split import SplitLedger
from worker.ledger.intake import Arrival
from worker.ledger.provider_rows import Row, read_table
from worker.ledger.provider_table import apply_table


@pytest.fixture
def log(clean_store: str) -> Iterator[Ledger]:
    made = Ledger(clean_store, supersede=False)
    yield made
    made.store.close()


@pytest.fixture
def going_on(clean_store: str) -> Iterator[Ledger]:
    """A log whose lanes go on past their dead letters."""
    made = Ledger(clean_store, supersede=False, after_dead="continue")
    yield made
    made.store.close()


def supersede(ledger: Ledger, *, on: bool) -> None:
    """Apply a file that says so. The plans that the runners have stay as they are."""
    changed = {name: msgspec.structs.replace(one, supersede=on) for name, one in ledger.configs.items()}
    apply_table(ledger.store, changed, f"supersede {on}")


def delivered(ledger: Ledger, many: int, name: str = "one") -> list[str]:
    return [ledger.deliver(name).event.id for _ in range(many)]


def bury(ledger: Ledger) -> str:
    """The head becomes a dead letter; its id."""
    claim = ledger.claim()
    ledger.finish(claim, REJECTED, BURY)
    return the_id(ledger, claim.event.id)


def the_id(ledger: Ledger, event_id: str) -> str:
    return next(one.id for one in ledger.deliveries() if one.event_id == event_id)


def test_no_snapshot_gives_way_to_the_next(log: Ledger) -> None:
    log.accept(snapshot("e1"), snapshot("e2"), action("a1"), snapshot("e3"), snapshot("e4"))
    assert delivered(log, 5) == ["e1", "e2", "a1", "e3", "e4"]
    assert log.nothing() is None
    assert (log.row().delivered, log.row().superseded) == (5, 0)


def test_a_parked_snapshot_goes_out_before_the_newer_one(log: Ledger) -> None:
    log.accept(snapshot("e1"))
    log.finish(log.claim(), UNAVAILABLE, park(5))
    log.accept(snapshot("e2"))
    assert log.nothing() is None
    log.advance(6)
    log.tick()
    assert delivered(log, 2) == ["e1", "e2"]


def test_a_snapshot_older_than_one_accepted_goes_out_in_its_turn(log: Ledger) -> None:
    log.accept(snapshot("e1", revision=5), snapshot("e2", revision=4), snapshot("e3", revision=6))
    assert delivered(log, 3) == ["e1", "e2", "e3"]


def test_what_is_stale_at_a_log_is_not_the_order_as_it_is_now(log: Ledger) -> None:
    newest = snapshot("e1", revision=5, grand="25")
    log.accept(newest, snapshot("e2", revision=4, grand="7"), action("a1"))
    delivered(log, 2)
    assert log.claim().known_order == newest.data.order


def test_a_corrected_refusal_takes_the_place_of_its_arrival(log: Ledger) -> None:
    late = snapshot("e2")
    log.accept(snapshot("e1"))
    log.store.client.incr(log.store.keys.key("seq"))
    log.accept(snapshot("e3"), snapshot("e4"))
    log.finish(log.claim(), UNAVAILABLE, park(5))
    log.intake.accept([Arrival(late, event_digest(late), seq=2)])
    log.advance(6)
    log.tick()
    assert delivered(log, 4) == ["e1", "e2", "e3", "e4"]


def test_each_provider_has_its_own_way(clean_store: str) -> None:
    ledger = Ledger(clean_store, "one", "two")
    apply_table(
        ledger.store, ledger.configs | {"two": msgspec.structs.replace(ledger.configs["two"], supersede=False)}, "x"
    )
    ledger.accept(snapshot("e1", revision=2), snapshot("e2", revision=1), snapshot("e3", revision=3))
    assert (delivered(ledger, 1, "one"), delivered(ledger, 3, "two")) == (["e3"], ["e1", "e2", "e3"])
    assert ledger.states(provider="one") == {"e1": "superseded", "e2": "superseded", "e3": "delivered"}
    ledger.store.close()


@pytest.mark.parametrize("is_linked", [False, True])
def test_a_dead_snapshot_holds_back_what_is_behind_it(log: Ledger, is_linked: bool) -> None:
    if is_linked:
        log.accept(snapshot("e01"))
        log.deliver()
    log.accept(snapshot("e1"), snapshot("e2"))
    dead = bury(log)
    log.accept(snapshot("e3"), action("a1"))
    assert log.nothing() is None
    waiting = {one.event_id: one.waiting_behind for one in log.deliveries(state="pending")}
    assert waiting == dict.fromkeys(["e2", "e3", "a1"], dead)


def test_a_replayed_dead_letter_goes_out_first_and_the_rest_follows(log: Ledger) -> None:
    log.accept(snapshot("e1"), snapshot("e2"), action("a1"))
    log.dead.replay(bury(log))
    assert delivered(log, 3) == ["e1", "e2", "a1"]


@pytest.mark.parametrize("discarded", ["e1", "e2"])
def test_a_discarded_letter_frees_what_is_behind_it_and_nothing_takes_its_place(log: Ledger, discarded: str) -> None:
    log.accept(snapshot("e1"), snapshot("e2"), snapshot("e3"))
    dead = bury(log)
    log.dead.discard(the_id(log, discarded))
    if discarded != "e1":
        assert log.nothing() is None
        log.dead.discard(dead)
    assert delivered(log, 1 if discarded != "e1" else 2)[-1] == "e3"
    assert log.row().superseded == 0


def test_a_lane_that_continues_goes_on_past_its_dead_in_order(going_on: Ledger) -> None:
    going_on.accept(snapshot("e1"), snapshot("e2"), snapshot("e3"))
    bury(going_on)
    assert delivered(going_on, 2) == ["e2", "e3"]
    assert going_on.states()["e1"] == "dead"


@pytest.mark.parametrize("ended", ["dead", "discarded"])
def test_an_older_event_that_never_went_out_is_replayed_without_force(going_on: Ledger, ended: str) -> None:
    """Nothing there is overwritten by it."""
    going_on.accept(snapshot("e1", revision=1), snapshot("e2", revision=2))
    dead = bury(going_on)
    delivered(going_on, 1)
    if ended == "discarded":
        going_on.dead.discard(dead)
    assert going_on.dead.replay(dead).result == "replayed"
    assert delivered(going_on, 1) == ["e1"]


def test_what_was_delivered_goes_out_again_only_by_force(log: Ledger) -> None:
    log.accept(snapshot("e1"))
    log.deliver()
    assert log.dead.replay(the_id(log, "e1")).result == "refused"
    assert log.dead.replay(the_id(log, "e1"), force=True).result == "replayed"


def test_the_setting_counts_from_when_it_is_applied_whatever_file_a_runner_has(log: Ledger) -> None:
    log.accept(snapshot("e1"), snapshot("e2"), snapshot("e3"))
    assert delivered(log, 1) == ["e1"]
    supersede(log, on=True)
    log.accept(snapshot("e4"))
    assert delivered(log, 1) == ["e4"]
    supersede(log, on=False)
    log.accept(snapshot("e5"), snapshot("e6"))
    assert delivered(log, 2) == ["e5", "e6"]
    assert log.row().superseded == 2


def test_a_dead_head_of_what_was_a_log_is_healed_by_the_next_snapshot(log: Ledger) -> None:
    log.accept(snapshot("e1"), snapshot("e2"))
    bury(log)
    supersede(log, on=True)
    log.accept(snapshot("e3"))
    assert delivered(log, 1) == ["e3"]
    assert log.states() == {"e1": "superseded", "e2": "superseded", "e3": "delivered"}


def test_a_table_that_was_written_before_there_were_logs_supersedes(log: Ledger) -> None:
    row = msgspec.json.decode(b'{"name":"one","kind":"webhook","ordinal":0,"limit":8,"blocks":true}', type=Row)
    assert not row.keeps_all
    assert [one.keeps_all for one in read_table(log.store).rows] == [True]


def test_a_removed_log_keeps_what_it_has_still_to_send(log: Ledger) -> None:
    log.accept(snapshot("e1"), snapshot("e2"))
    apply_table(log.store, {}, "none")
    assert delivered(log, 2) == ["e1", "e2"]


def test_every_shard_keeps_all_of_its_orders(clean_store: str) -> None:
    split = SplitLedger((clean_store,) * 3, supersede=False)
    numbers = [split.numbers(shard, 1)[0] for shard in range(3)]
    for of in (1, 2, 3):
        split.accept(*[snapshot(f"e{n}{of}", n, revision=4 - of) for n in numbers])
    split.borrow(rounds=6)
    for split.at, number in enumerate(numbers):
        assert delivered(split, 3) == [f"e{number}1", f"e{number}2", f"e{number}3"]
    split.close()
