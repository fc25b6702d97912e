"""Instants of a source whose clock has no zone."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from schemas.event import Event
from schemas.fault import InvalidEvent
from schemas.loading import load_event
from tests.fakes.bodies import NOW, order_body


def loaded(changes: dict[str, object], event_type: str = "order.created", **options: object) -> Event:
    return load_event(order_body(changes, event_type), totals="off", now=NOW, **options)


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2026-11-21 09:30:00", "2026-11-21T08:30:00"),
        ("2026-11-21T09:30:00", "2026-11-21T08:30:00"),
        ("2026-07-21 09:30:00.5", "2026-07-21T07:30:00.500000"),
        ("2026-11-21 09:30:00+05:00", "2026-11-21T04:30:00"),
        ("2026-11-21T09:30:00Z", "2026-11-21T09:30:00"),
        ("2026-10-25 02:30:00", "2026-10-25T00:30:00"),  # the clock showed it twice: the first time
        ("2026-03-29 02:30:00", "2026-03-29T01:30:00"),  # it never did: as if it had not jumped
    ],
)
def test_instants_without_a_zone_are_read_in_the_zone_of_their_source(written, utc):
    zones = {"shop/test": ZoneInfo("Europe/Copenhagen")}
    body = order_body({"placed_at": written, "updated_at": written, "notes": [{"text": "x", "created_at": written}]})
    order = load_event(body, zones=zones, strict=True, now=NOW).order
    assert [at.isoformat() for at in (order.placed_at, order.updated_at, order.notes[0].created_at)] == [
        f"{utc}+00:00"
    ] * 3


def test_the_zone_of_another_source_is_not_taken():
    with pytest.raises(InvalidEvent) as refusal:
        loaded({"placed_at": "2026-11-21 09:30:00"}, zones={"shop/other": ZoneInfo("Europe/Copenhagen")})
    [fault] = refusal.value.errors
    assert fault.path == "data.order.placed_at"
    assert '[sources."…"] timezone' in fault.message


def test_a_required_instant_that_does_not_exist_is_refused_whatever_the_zone():
    with pytest.raises(InvalidEvent):
        loaded({"placed_at": "2026-02-30 09:30:00"}, zones={"shop/test": ZoneInfo("Europe/Copenhagen")})
