"""How people write moments, and what a filter says of itself."""

from __future__ import annotations

import pytest

from schemas.delivery import State
from worker.ops.desk.query import DeliveryQuery, read_moment

NOW_MS = 1_800_000_000_000
MIDNIGHT_MS = 1_795_219_200_000  # 2026-11-21T00:00:00Z


@pytest.mark.parametrize(
    ("written", "begin_ms", "end_ms"),
    [
        ("2h", NOW_MS - 7_200_000, NOW_MS - 7_200_000),
        ("3d", NOW_MS - 259_200_000, NOW_MS - 259_200_000),
        ("45s", NOW_MS - 45_000, NOW_MS - 45_000),
        ("999999999w", 0, 0),
        ("2026-11-21", MIDNIGHT_MS, MIDNIGHT_MS + 86_399_999),
        ("2026-11-21T00:00:00Z", MIDNIGHT_MS, MIDNIGHT_MS),
        ("2026-11-21T01:30:00.250+01:00", MIDNIGHT_MS + 1_800_250, MIDNIGHT_MS + 1_800_250),
    ],
)
def test_a_moment_is_a_span_back_a_whole_day_or_an_instant(written, begin_ms, end_ms):
    moment = read_moment(written)
    assert (moment.begin_ms(NOW_MS), moment.end_ms(NOW_MS)) == (begin_ms, end_ms)


@pytest.mark.parametrize("written", ["", "yesterday", "2", "2 h", "-2h", "2026-13-01", "2026-11-21T09:30:00"])
def test_anything_else_is_refused_with_how_to_write_it(written):
    with pytest.raises(ValueError, match="write 2026-11-21T09:30:00Z"):
        read_moment(written)


def test_a_limit_alone_still_asks_for_everything():
    assert DeliveryQuery(limit=5).is_everything
    assert not DeliveryQuery(provider="desk", limit=5).is_everything


def test_what_was_asked_is_told_as_it_was_written():
    asked = DeliveryQuery(provider="desk", state=State.DEAD, since=read_moment("2h"), limit=3)
    assert list(asked.words()) == ["provider=desk", "state=dead", "since=2h", "limit=3"]
