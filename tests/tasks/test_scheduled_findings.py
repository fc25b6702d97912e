"""What a reconciliation on a schedule has found: how long it is told, and by whom."""

from __future__ import annotations

import pytest

from tests.fakes.alerted import lines_of
from tests.fakes.scheduled import DAY_S, THREE, Scheduled
from worker import alerts
from worker.ledger.queries.schedules import read_schedules


def test_what_the_last_one_has_found_is_told_until_another_finds_nothing_or_all_was_healed(
    scheduled: Scheduled,
) -> None:
    there, one = scheduled.there, scheduled.worker()
    there.delete(THREE[0])
    one.look()
    scheduled.worked("j1")
    [row] = read_schedules(scheduled.store)
    assert (row.job, row.asked, row.missing, row.different) == ("j1", 3, 1, 0)
    there.ledger.advance(DAY_S + 60)
    one.look()
    assert read_schedules(scheduled.store)[0].job == "j1"  # the second is not over
    scheduled.worked("j2")
    assert read_schedules(scheduled.store)[0].job == "j2"
    there.ledger.advance(1)
    there.reconciled(heals=True, sample=3)
    assert read_schedules(scheduled.store)[0].missing == 1  # a part of them says nothing of the rest
    there.ledger.advance(1)
    healed = there.reconciled(heals=True, again=2)
    [row] = read_schedules(scheduled.store)
    assert (row.job, row.missing) == (healed.id, 0)


def test_the_line_says_how_many_and_what_to_type_and_there_is_none_where_all_is_the_same(
    scheduled: Scheduled, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduled.worker().look()
    same = scheduled.worked("j1")
    scheduled.there.delete(THREE[0])
    scheduled.there.ledger.advance(DAY_S + 60)
    scheduled.worker().look()
    with lines_of(monkeypatch) as lines:
        alerts.reconciled(same)
        alerts.reconciled(scheduled.worked("j2"))
        [line] = lines.read()
    told = {name: line[name] for name in ("event", "provider", "job", "asked", "missing", "different", "sent_again")}
    assert told == {
        "event": "reconcile.differs",
        "provider": "orderdesk",
        "job": "j2",
        "asked": 3,
        "missing": 1,
        "different": 0,
        "sent_again": 0,
    }
    assert "ordercast reconcile orderdesk --since 7d --heal --why" in line["advice"]


def test_who_brings_it_to_its_end_knows_and_who_comes_later_does_not(scheduled: Scheduled) -> None:
    scheduled.worker().look()
    first, last, late = (scheduled.there.executor() for _ in range(3))
    for one in (first, last, late):
        one.execute("j1")
    assert [one.ended for one in (first, last, late)] == [None, "j1", None]
