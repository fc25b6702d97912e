"""Causes of dead letters: their state, what the steps count, what people say of them, and the list of them."""

from __future__ import annotations

import pytest

from schemas.cause import CauseState, DeadGroup
from schemas.principal import Face, Principal, Role
from tests.fakes.ledger import ACCEPTED, BURY, DELIVER, REJECTED, UNAVAILABLE, Ledger, park, snapshot
from tests.fakes.split import SplitLedger
from worker.ledger.audit import Audit
from worker.ledger.cause_marks import CauseMarks, CauseRefused
from worker.ledger.queries.causes import Causes, NoCause
from worker.ledger.queries.paging import BadCursor

ANN, BEN = (Principal(name, Role.OPERATOR, Face.CLI) for name in ("ann", "ben"))
DAY_S = 86_400


def bury(ledger: Ledger, *numbers: str, fingerprint: str = "f1") -> None:
    ledger.accept(*[snapshot(f"e{number}1", number=number) for number in numbers])
    for _ in numbers:
        ledger.finish(ledger.claim(), REJECTED, BURY, fingerprint=fingerprint)
        ledger.advance(1)


def cause(ledger: Ledger, fingerprint: str = "f1") -> DeadGroup:
    return Causes(ledger.store).find("one", fingerprint)


def told(ledger: Ledger, fingerprint: str = "f1") -> tuple[str, int, int, int]:
    """State, how many are dead, how many go again, how many deaths there ever were."""
    one = cause(ledger, fingerprint)
    return one.state.value, one.count, one.replaying, one.ever


def replay_all(ledger: Ledger) -> None:
    for letter in ledger.deliveries(state="dead"):
        assert ledger.dead.replay(letter.id).result == "replayed"


def test_a_cause_is_open_then_replaying_and_closes_itself_when_its_letters_are_delivered(ledger: Ledger) -> None:
    bury(ledger, "1", "2")
    assert told(ledger) == ("open", 2, 0, 2)
    ledger.dead.replay(ledger.deliveries(state="dead")[0].id)
    assert told(ledger) == ("open", 1, 1, 2)
    replay_all(ledger)
    assert told(ledger) == ("replaying", 0, 2, 2)
    ledger.deliver()
    assert cause(ledger).closed_at is None
    ledger.deliver()
    assert told(ledger) == ("resolved", 0, 0, 2)
    assert cause(ledger).closed_at is not None


def test_a_cause_opens_again_when_a_replayed_letter_dies_of_it_again(ledger: Ledger) -> None:
    bury(ledger, "1")
    first = cause(ledger)
    assert (first.reopened_at, first.reopenings) == (None, 0)
    for times in (1, 2):
        replay_all(ledger)
        ledger.finish(ledger.claim(), REJECTED, BURY)
        again = cause(ledger)
        assert (again.state, again.count, again.replaying, again.ever) == (CauseState.OPEN, 1, 0, 1 + times)
        assert (again.reopened_at, again.reopenings) == (again.last_at, times)
    assert again.first_at == first.first_at < again.last_at


def test_a_cause_that_is_resolved_opens_again_by_a_new_letter(ledger: Ledger) -> None:
    bury(ledger, "1")
    ledger.dead.discard(ledger.deliveries(state="dead")[0].id)
    assert told(ledger) == ("resolved", 0, 0, 1)
    bury(ledger, "2")
    assert told(ledger) == ("open", 1, 0, 2)
    assert (cause(ledger).reopenings, cause(ledger).closed_at) == (1, None)


def test_a_replayed_letter_that_dies_of_something_else_leaves_its_first_cause(ledger: Ledger) -> None:
    bury(ledger, "1")
    replay_all(ledger)
    ledger.finish(ledger.claim(), REJECTED, BURY, fingerprint="f2")
    assert told(ledger, "f1") == ("resolved", 0, 0, 1)
    assert told(ledger, "f2") == ("open", 1, 0, 1)


@pytest.mark.parametrize("end", ["discarded", "superseded", "parked and delivered"])
def test_a_replayed_letter_that_ends_in_whatever_way_closes_its_cause(ledger: Ledger, end: str) -> None:
    bury(ledger, "1")
    replay_all(ledger)
    if end == "discarded":
        ledger.dead.discard(ledger.deliveries()[0].id)
    elif end == "superseded":
        ledger.accept(snapshot("e12", number="1"))
        ledger.deliver()
    else:
        ledger.finish(ledger.claim(), UNAVAILABLE, park(1))
        assert told(ledger) == ("replaying", 0, 1, 1)
        ledger.advance(30)
        ledger.tick()
        ledger.deliver()
    assert told(ledger) == ("resolved", 0, 0, 1)


def test_a_dead_letter_that_a_newer_event_replaces_closes_its_cause(ledger: Ledger) -> None:
    bury(ledger, "1")
    ledger.accept(snapshot("e12", number="1"))
    assert told(ledger) == ("resolved", 0, 0, 1)


def test_a_cause_that_is_resolved_is_told_for_thirty_days_and_then_forgotten(ledger: Ledger) -> None:
    bury(ledger, "1")
    ledger.dead.discard(ledger.deliveries(state="dead")[0].id)
    ledger.advance(29 * DAY_S)
    assert told(ledger) == ("resolved", 0, 0, 1)
    ledger.advance(2 * DAY_S)
    with pytest.raises(NoCause):
        cause(ledger)
    bury(ledger, "2", fingerprint="f2")
    for name in ("dead_groups", "causes"):
        assert ledger.store.client.hkeys(ledger.store.keys.key(name, provider="one")) == [b"f2"]
    assert ledger.store.client.zcard(ledger.store.keys.key("causes_closed", provider="one")) == 0


def test_causes_past_ten_thousand_are_one_but_where_a_closed_one_makes_room(ledger: Ledger) -> None:
    bury(ledger, "1", fingerprint="f1")
    key = ledger.store.keys.key("dead_groups", provider="one")
    ledger.store.client.hset(key, mapping={f"x{n}": "rejected|" for n in range(9_999)})
    bury(ledger, "2", fingerprint="f2")
    assert told(ledger, "others") == ("open", 1, 0, 1)
    ledger.dead.discard(cause(ledger, "others").sample.id)
    bury(ledger, "3", fingerprint="f3")
    assert told(ledger, "f3") == ("open", 1, 0, 1)
    assert ledger.store.client.hlen(key) == 10_001


def test_an_ignored_cause_opens_by_itself_after_a_time_or_after_so_many_more(ledger: Ledger) -> None:
    marks = CauseMarks(ledger.store)
    bury(ledger, "1")
    marks.ignore("one", "f1", by=ANN, why="known", ever=1, until_ms=ledger.store.now_ms() + 60_000)
    found = cause(ledger)
    assert found.state is CauseState.IGNORED
    assert found.ignored is not None
    assert (found.ignored.who, found.ignored.why, found.ignored.more) == ("ann", "known", None)
    ledger.advance(61)
    assert (cause(ledger).state, cause(ledger).ignored) == (CauseState.OPEN, None)

    marks.ignore("one", "f1", by=ANN, why="known", ever=1, more=2)
    bury(ledger, "2")
    assert cause(ledger).state is CauseState.IGNORED
    bury(ledger, "3")
    assert told(ledger) == ("open", 3, 0, 3)


def test_a_cause_is_ignored_for_good_until_somebody_reopens_it(ledger: Ledger) -> None:
    marks = CauseMarks(ledger.store)
    bury(ledger, "1")
    with pytest.raises(CauseRefused):
        marks.reopen("one", "f1", by=ANN)
    marks.ignore("one", "f1", by=ANN, why="known", ever=1)
    bury(ledger, "2")
    assert cause(ledger).state is CauseState.IGNORED
    marks.reopen("one", "f1", by=BEN, why="no more")
    assert cause(ledger).state is CauseState.OPEN
    deeds = [(deed.who, deed.verb, deed.what, deed.why) for deed in Audit(ledger.store).deeds()]
    assert deeds == [
        ("ben", "reopen", "cause provider=one fingerprint=f1", "no more"),
        ("ann", "ignore", "cause provider=one fingerprint=f1", "known"),
    ]


def test_of_two_who_take_a_cause_the_second_is_told_who_has_it(ledger: Ledger) -> None:
    marks = CauseMarks(ledger.store)
    bury(ledger, "1")
    marks.take("one", "f1", by=ANN)
    with pytest.raises(CauseRefused, match="ann has taken this cause"):
        marks.take("one", "f1", by=BEN)
    taken = cause(ledger).taken
    assert taken is not None
    assert taken.who == "ann"
    marks.release("one", "f1", by=BEN)
    marks.take("one", "f1", by=BEN)
    assert [deed.verb for deed in Audit(ledger.store).deeds()] == ["take", "release", "take"]
    marks.release("one", "f1", by=BEN)
    with pytest.raises(CauseRefused, match="Nobody has taken"):
        marks.release("one", "f1", by=BEN)


def test_the_last_twenty_notes_stay_each_of_five_hundred_characters(ledger: Ledger) -> None:
    marks = CauseMarks(ledger.store)
    bury(ledger, "1")
    for number in range(25):
        marks.note("one", "f1", f"note {number} {'é' * 600}", by=ANN)
    notes = cause(ledger).notes
    assert [note.text.split()[1] for note in notes] == [str(number) for number in range(5, 25)]
    assert {len(note.text) for note in notes} == {500}
    assert {note.who for note in notes} == {"ann"}


def test_what_people_say_is_kept_of_the_last_thousand_causes(ledger: Ledger) -> None:
    marks = CauseMarks(ledger.store)
    for number in range(1_001):
        marks.note("one", f"f{number}", "seen", by=ANN)
        ledger.advance(0.01)
    client, key = ledger.store.client, ledger.store.keys.key
    assert client.hlen(key("cause_marks", provider="one")) == 1_000
    assert client.exists(key("cause_notes", provider="one", fingerprint="f0")) == 0
    assert client.exists(key("cause_notes", provider="one", fingerprint="f1")) == 1


def test_a_page_of_causes_goes_on_where_the_last_one_ended(ledger: Ledger) -> None:
    for number in range(7):
        bury(ledger, *(f"{number}0{n}" for n in range(1 + number % 3)), fingerprint=f"f{number}")
    causes, seen, cursor = Causes(ledger.store), [], None
    while True:
        page = causes.page(cursor=cursor, limit=2)
        seen += [(one.fingerprint, one.count) for one in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert seen == [("f2", 3), ("f5", 3), ("f1", 2), ("f4", 2), ("f0", 1), ("f3", 1), ("f6", 1)]
    assert [one.fingerprint for one in causes.listed("one")] == [fingerprint for fingerprint, _ in seen]
    first = causes.page(limit=2)
    with pytest.raises(BadCursor):
        causes.page("one", cursor=first.next)


def test_a_list_has_the_states_that_are_asked_for(ledger: Ledger) -> None:
    bury(ledger, "1", fingerprint="f1")
    bury(ledger, "2", fingerprint="f2")
    ledger.dead.discard(cause(ledger, "f1").sample.id)
    listed = {state: [one.fingerprint for one in Causes(ledger.store).listed(states=[state])] for state in CauseState}
    assert listed == {"open": ["f2"], "replaying": [], "resolved": ["f1"], "ignored": []}


def test_a_page_takes_no_more_round_trips_for_more_causes(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    execute = type(ledger.store.client.pipeline()).execute

    def counted(self: object, *words: object) -> object:
        asked[-1] += 1
        return execute(self, *words)

    monkeypatch.setattr(type(ledger.store.client.pipeline()), "execute", counted)
    for number in (1, 12):
        bury(ledger, *(f"{number}{n}" for n in range(number)), fingerprint=f"g{number}")
        for n in range(number):
            bury(ledger, f"{number}x{n}", fingerprint=f"f{number}{n}")
        asked.append(0)
        assert len(Causes(ledger.store).page().items) == (2 if number == 1 else 15)
    assert asked[0] == asked[1]


def test_a_delivery_that_never_died_asks_nothing_of_causes(ledger: Ledger) -> None:
    """Nor does one that was parked: what it asks of its past says so."""
    ledger.accept(snapshot("e1", number="1"), snapshot("f1", number="2"))
    ledger.deliver()
    ledger.finish(ledger.claim(), UNAVAILABLE, park(1))
    ledger.advance(30)
    ledger.tick()
    ledger.deliver()
    assert ledger.store.client.keys(ledger.store.keys.key("causes", provider="*")) == []


def test_over_shards_a_cause_is_one_and_open_where_any_letter_of_it_is_dead(clean_store: str) -> None:
    split = SplitLedger((clean_store,) * 3)
    for split.at in range(3):
        split.fill(split.at, 2)
    split.borrow(rounds=10)
    for split.at in range(3):
        for _ in range(2):
            split.finish(split.claim_in(split.at), REJECTED, BURY)
            split.advance(1)
    CauseMarks(split.store).take("one", "f1", by=ANN)
    assert told(split) == ("open", 6, 0, 6)
    letters = split.deliveries(state="dead")
    for letter in letters[1:]:
        split.dead.discard(letter.id)
    one = cause(split)
    assert (one.state, one.count, one.sample.id) == (CauseState.OPEN, 1, letters[0].id)
    assert one.taken is not None
    split.dead.replay(letters[0].id)
    assert told(split) == ("replaying", 0, 1, 6)
    split.close()


def test_a_delivered_letter_counts_once_however_late_its_end_is_written(ledger: Ledger) -> None:
    bury(ledger, "1")
    replay_all(ledger)
    claim = ledger.claim()
    ledger.finish(claim, ACCEPTED, DELIVER)
    ledger.finish(claim, ACCEPTED, DELIVER)
    assert told(ledger) == ("resolved", 0, 0, 1)
