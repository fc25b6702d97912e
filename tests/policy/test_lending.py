"""How a gate is divided over shards: even, to where the work is, in turn, and to one alone while it is closed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.policy.lending import GateReport, Quota, divide

IDLE, BUSY = GateReport(0, 0), GateReport(50, 0)


def places(*standings: GateReport, most: int = 8, at_once: int = 99, turn: int = 0) -> list[int]:
    parts = divide(dict(enumerate(standings)), most, at_once, turn)
    return [parts.get(shard, Quota()).places for shard in range(len(standings))]


@pytest.mark.parametrize(
    ("standings", "expected"),
    [
        ([IDLE, IDLE, IDLE], [3, 3, 2]),
        ([BUSY, BUSY, BUSY], [3, 3, 2]),
        ([IDLE, BUSY, IDLE], [1, 6, 1]),
        ([IDLE, BUSY, BUSY], [1, 4, 3]),
        ([GateReport(1, 1), GateReport(0, 3), IDLE], [3, 3, 2]),
        ([GateReport(0, 5), GateReport(1, 0), IDLE], [5, 2, 1]),
        ([GateReport(50, 0, limit=1), BUSY, IDLE], [1, 6, 1]),
        ([BUSY, GateReport(50, 0, heard_ms=6000)], [8, 0]),
    ],
)
def test_places_are_even_but_for_what_a_shard_has_no_use_for(standings, expected):
    assert places(*standings) == expected


def test_where_not_all_can_have_a_place_those_that_want_take_turns():
    turns = [places(BUSY, IDLE, BUSY, BUSY, most=1, turn=turn) for turn in range(4)]
    assert turns == [[1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [1, 0, 0, 0]]
    assert places(IDLE, IDLE, BUSY, most=1, turn=1) == [0, 0, 1]


def test_no_more_shards_have_a_part_than_the_burst_has_calls():
    parts = divide({0: BUSY, 1: BUSY, 2: BUSY}, 8, 2, 1)
    assert [(part.places, part.one_of) for part in parts.values()] == [(0, 0), (4, 2), (4, 2)]


CLOSED = GateReport(5, 0, due_ms=9000, closed_ms=500)


@pytest.mark.parametrize(
    ("standings", "prober"),
    [
        ([BUSY, CLOSED, BUSY], 1),
        ([GateReport(5, 0, due_ms=9000), GateReport(5, 0, due_ms=200), BUSY], 1),
        ([GateReport(5, 0, due_ms=9000, lent=1), GateReport(5, 0, due_ms=8500), BUSY], 0),
        ([BUSY, GateReport(0, 0, due_ms=100), IDLE], 0),
        ([IDLE, GateReport(0, 0, due_ms=100), IDLE], 1),
        ([BUSY, GateReport(0, 1, due_ms=100), IDLE], 1),
    ],
)
def test_while_a_gate_is_closed_one_shard_alone_has_one_place(standings, prober):
    assert places(*standings) == [int(shard == prober) for shard in range(3)]


@pytest.mark.parametrize(("ok_ms", "opens"), [(None, False), (100, True), (4500, False), (9000, False)])
def test_a_closed_gate_opens_when_the_provider_was_well_elsewhere_since(ok_ms, opens):
    closed = GateReport(5, 0, due_ms=9000, closed_ms=5000)
    assert divide({0: GateReport(5, 0, ok_ms=ok_ms), 1: closed}, 8, 99, 0)[1].opens is opens


def test_a_wish_to_be_left_alone_is_told_to_the_others_without_what_has_passed_of_it():
    parts = divide({0: GateReport(1, 0, wait_ms=8000, heard_ms=500), 1: BUSY}, 8, 99, 0)
    assert (parts[0].wait_ms, parts[1].wait_ms) == (0, 7500)


standing = st.builds(
    GateReport,
    ready=st.integers(0, 30),
    in_flight=st.integers(0, 9),
    limit=st.none() | st.integers(1, 9),
    due_ms=st.none() | st.integers(0, 9000),
    lent=st.integers(0, 9),
)


@given(st.lists(standing, min_size=1, max_size=6), st.integers(1, 20), st.integers(1, 9), st.integers(0, 99))
def test_all_there_is_is_divided_and_no_more(standings, most, at_once, turn):
    parts = divide(dict(enumerate(standings)), most, at_once, turn).values()
    closed = any(one.is_closed for one in standings)
    assert sum(part.places for part in parts) == (1 if closed else most)
    assert sum(1 / part.one_of for part in parts if part.one_of) == pytest.approx(1)
    assert all(bool(part.places) == bool(part.one_of) for part in parts)
