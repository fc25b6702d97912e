"""Dead letters: blocking and healing, replay, discard, groups."""

from __future__ import annotations

import pytest

from schemas.event import event_digest
from schemas.outcome import Outcome, OutcomeKind, Reason
from tests.fakes.ledger import (
    ACCEPTED,
    BURY,
    DELIVER,
    REJECTED,
    UNAVAILABLE,
    Ledger,
    action,
    park,
    snapshot,
)
from worker.ledger.claims import Claim
from worker.ledger.intake import Arrival


def bury(ledger: Ledger, **more: object) -> Claim:
    claim = ledger.claim()
    ledger.finish(claim, REJECTED, BURY, **more)
    return claim


def the_id(ledger: Ledger, event_id: str) -> str:
    return next(d.id for d in ledger.deliveries() if d.event_id == event_id)


def test_what_is_behind_a_dead_letter_waits_and_says_so(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"), action("a1"))
    bury(ledger)
    assert ledger.nothing() is None
    dead, waiting = sorted(ledger.deliveries(), key=lambda d: d.event_id, reverse=True)
    assert (dead.state, dead.reason) == ("dead", "rejected")
    assert dead.last_attempt is not None
    assert dead.last_attempt.reason == "no_product"
    assert waiting.waiting_behind == dead.id


def test_a_corrected_order_heals_itself_where_the_provider_has_none(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"), action("a1"))
    bury(ledger)
    ledger.accept(snapshot("e2"))
    assert [ledger.deliver().event.id for _ in range(2)] == ["e2", "a1"]
    assert ledger.states() == {"e1": "superseded", "a1": "delivered", "e2": "delivered"}
    assert ledger.row().dead == 0


def test_a_snapshot_already_waiting_heals_at_once(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    claim = ledger.claim()
    ledger.accept(snapshot("e2"))
    ledger.finish(claim, REJECTED, BURY)
    assert ledger.claim().event.id == "e2"


def test_a_dead_snapshot_of_a_linked_order_lets_no_snapshot_jump_an_action(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    ledger.deliver()
    ledger.accept(snapshot("e2"), action("a1"))
    bury(ledger)
    ledger.accept(snapshot("e3"))
    assert ledger.nothing() is None
    ledger.dead.discard(the_id(ledger, "e2"))
    assert [ledger.deliver().event.id for _ in range(2)] == ["a1", "e3"]


def test_a_dead_snapshot_of_a_linked_order_heals_when_a_snapshot_becomes_its_neighbour(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    ledger.deliver()
    ledger.accept(snapshot("e2"), action("a1"))
    bury(ledger)
    ledger.accept(snapshot("e3"))
    ledger.dead.discard(the_id(ledger, "a1"))
    assert ledger.deliver().event.id == "e3"
    assert (ledger.states()["e2"], ledger.row().dead) == ("superseded", 0)


def test_a_lane_that_continues_goes_on_past_its_dead(clean_store: str) -> None:
    ledger = Ledger(clean_store, after_dead="continue")
    ledger.accept(snapshot("e1"), action("a1"))
    bury(ledger)
    assert ledger.deliver().event.id == "a1"
    assert ledger.states() == {"e1": "dead", "a1": "delivered"}


def test_a_replayed_dead_letter_takes_its_old_place_and_keeps_its_history(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"), action("a1"))
    bury(ledger)
    assert ledger.dead.replay(the_id(ledger, "e1")).result == "replayed"
    claim = ledger.claim()
    assert (claim.event.id, claim.number, claim.tries) == ("e1", 2, 0)
    ledger.finish(claim, ACCEPTED, DELIVER)
    assert ledger.deliver().event.id == "a1"
    row = ledger.row()
    assert (row.dead, row.delivered, row.pending) == (0, 2, 0)
    assert next(d for d in ledger.deliveries() if d.event_id == "e1").attempts == 2


def test_a_replay_into_a_lane_that_is_ready_lets_one_runner_have_it(clean_store: str) -> None:
    ledger = Ledger(clean_store, after_dead="continue")
    ledger.accept(snapshot("e1"), action("a1"))
    bury(ledger)
    assert ledger.dead.replay(the_id(ledger, "e1")).result == "replayed"
    assert ledger.claim().event.id == "e1"
    assert ledger.nothing() is None


def test_a_lane_that_is_healed_while_a_replay_waits_in_it_lets_one_runner_have_it(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    ledger.deliver()
    ledger.accept(snapshot("e2"), snapshot("e3"))
    ledger.deliver()
    ledger.dead.replay(the_id(ledger, "e1"), force=True)
    bury(ledger)
    ledger.dead.replay(the_id(ledger, "e2"), force=True)
    ledger.accept(snapshot("e4"))
    ledger.claim()
    assert ledger.nothing() is None


def test_a_replay_asks_for_a_runner(ledger: Ledger) -> None:
    ledger.accept(snapshot())
    bury(ledger)
    ledger.advance(31)
    assert ledger.dead.replay(the_id(ledger, "e1")).call == "one"


def test_a_replay_of_a_parked_delivery_replaces_its_due_time(ledger: Ledger) -> None:
    ledger.accept(snapshot())
    ledger.finish(ledger.claim(), UNAVAILABLE, park(5000))
    assert ledger.dead.replay(the_id(ledger, "e1")).result == "replayed"
    ledger.deliver()
    ledger.advance(6000)
    ledger.tick()
    assert ledger.nothing() is None


@pytest.mark.parametrize("force", [False, True])
def test_a_delivered_snapshot_is_replayed_only_by_force(ledger: Ledger, force: bool) -> None:
    ledger.accept(snapshot())
    ledger.deliver()
    done = ledger.dead.replay(the_id(ledger, "e1"), force=force)
    assert done.result == ("replayed" if force else "refused")
    if force:
        assert ledger.deliver().number == 2
        assert (ledger.row().delivered, ledger.row().pending) == (1, 0)
        assert ledger.deliveries()[0].attempts == 2


def test_a_delivered_action_is_never_replayed(ledger: Ledger) -> None:
    ledger.accept(action())
    ledger.deliver()
    done = ledger.dead.replay(the_id(ledger, "a1"), force=True)
    assert done.result == "refused"
    assert "enqueue a new event" in done.message


def test_a_replay_never_overwrites_newer_data_unforced(clean_store: str) -> None:
    ledger = Ledger(clean_store, after_dead="continue")
    ledger.accept(snapshot("e1", revision=1))
    bury(ledger)
    ledger.accept(snapshot("e2", revision=2))
    ledger.deliver()
    old = the_id(ledger, "e1")
    assert ledger.dead.replay(old).result == "refused"
    assert ledger.dead.replay(old, force=True).result == "replayed"


def test_an_edited_replay_sends_the_edit_and_keeps_the_original(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    bury(ledger)
    ledger.dead.replay(the_id(ledger, "e1"), edited=snapshot("e1", grand="99"))
    claim = ledger.claim()
    assert str(claim.event.order.totals.grand) == "99"
    assert claim.edit == 1
    ledger.finish(claim, ACCEPTED, DELIVER)
    body = ledger.store.client.hget(ledger.store.keys.key("event", seq=1), "b")
    from worker.ledger.store.codec import unpack_event  # noqa: PLC0415

    assert str(unpack_event(body).order.totals.grand) == "10"


def test_what_has_not_stopped_is_not_replayed(ledger: Ledger) -> None:
    ledger.accept(snapshot())
    assert ledger.dead.replay(the_id(ledger, "e1")).result == "refused"
    ledger.claim()
    assert ledger.dead.replay(the_id(ledger, "e1")).result == "refused"


def test_an_unknown_delivery_is_not_found(ledger: Ledger) -> None:
    assert ledger.dead.replay("d" + "a" * 25).result == "not_found"
    assert ledger.dead.discard("d" + "a" * 25).result == "not_found"


def test_a_discarded_dead_letter_frees_its_lane(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"), action("a1"))
    bury(ledger)
    assert ledger.dead.discard(the_id(ledger, "e1")).result == "discarded"
    assert ledger.deliver().event.id == "a1"
    assert (ledger.row().dead, ledger.row().discarded) == (0, 1)


def test_a_discarded_delivery_can_be_replayed(ledger: Ledger) -> None:
    ledger.accept(snapshot())
    bury(ledger)
    ledger.dead.discard(the_id(ledger, "e1"))
    assert ledger.dead.replay(the_id(ledger, "e1")).result == "replayed"
    assert ledger.deliver().number == 2


def test_what_is_being_attempted_is_not_discarded(ledger: Ledger) -> None:
    ledger.accept(snapshot())
    ledger.claim()
    assert ledger.dead.discard(the_id(ledger, "e1")).result == "refused"


def test_a_pending_delivery_behind_a_running_one_can_be_discarded(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"), action("a1"))
    claim = ledger.claim()
    assert ledger.dead.discard(the_id(ledger, "a1")).result == "discarded"
    ledger.finish(claim, ACCEPTED, DELIVER)
    assert ledger.nothing() is None


def test_dead_letters_are_grouped_by_cause(ledger: Ledger) -> None:
    ledger.accept(*[snapshot(f"e{i}1", number=str(i)) for i in range(5)])
    for i in range(5):
        bury(ledger, fingerprint="same" if i < 3 else "other")
    groups = list(ledger.dead.groups())
    assert [(g.fingerprint, g.count, g.reason) for g in groups] == [("same", 3, "rejected"), ("other", 2, "rejected")]
    ledger.dead.discard(groups[1].sample.id)
    assert [g.count for g in ledger.dead.groups()] == [3, 1]


def test_counters_are_exact_through_every_change(ledger: Ledger) -> None:
    ledger.accept(*[snapshot(f"e{i}1", number=str(i)) for i in range(6)])
    ledger.deliver()
    bury(ledger)
    ledger.finish(ledger.claim(), UNAVAILABLE, park(50))
    ledger.claim()
    skipped = Outcome(kind=OutcomeKind.UNSUPPORTED, reason=Reason.UNSUPPORTED)
    ledger.finish(
        ledger.claim(), skipped, DELIVER.__class__(kind=DELIVER.kind, reason=Reason.UNSUPPORTED, state="skipped")
    )
    row = ledger.row()
    counted = {s: getattr(row, s) for s in ("pending", "attempting", "parked", "delivered", "skipped", "dead")}
    assert counted == dict.fromkeys(counted, 1)
    for state, count in counted.items():
        assert len(ledger.deliveries(state=state)) == count, state


def test_an_edit_touches_only_its_own_provider(clean_store: str) -> None:
    ledger = Ledger(clean_store, "one", "two")
    ledger.accept(snapshot("e1"))
    for name, grand in (("one", "11"), ("two", "22")):
        ledger.finish(ledger.claim(name), REJECTED, BURY, name)
        letter = next(d for d in ledger.deliveries(state="dead") if d.provider == name)
        ledger.dead.replay(letter.id, edited=snapshot("e1", grand=grand))
    assert [str(ledger.claim(name).event.order.totals.grand) for name in ("one", "two")] == ["11", "22"]


def test_a_corrected_refusal_without_a_revision_is_stale_behind_a_newer_snapshot(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    late = snapshot("e2")
    ledger.accept(snapshot("e3"))
    ledger.store.client.incr(ledger.store.keys.key("seq"))
    ledger.intake.accept([Arrival(late, event_digest(late), seq=1)])
    assert ledger.states()["e2"] == "superseded"
