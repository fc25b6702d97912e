"""Orders of a real shop: the Superstore sample, and our own examples."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from schemas.event import EventType, decode_event, encode_event
from schemas.loading import read_event
from schemas.totals import grand_of
from tests.fakes.bodies import NOW

SAMPLE = Path(__file__).parents[1] / "data" / "superstore-sample.jsonl.gz"
EXAMPLES = Path(__file__).parents[2] / "examples" / "orders.jsonl"
LINES = gzip.decompress(SAMPLE.read_bytes()).splitlines()
OUR_LINES = EXAMPLES.read_bytes().splitlines()


def test_the_sample_has_a_hundred_events():
    assert len(LINES) == 100


@pytest.mark.parametrize("line", [*LINES, *OUR_LINES])
def test_a_real_event_loads_and_keeps_its_grand_total(line):
    event = read_event(line, limit_bytes=262_144, now=NOW)
    assert decode_event(encode_event(event)) == event
    if event.data.order is not None:
        totals = event.order.totals
        sums = {name: getattr(totals, name) for name in totals.__struct_fields__}
        assert grand_of(sums) == totals.grand
        assert len(event.order.items) == len(json.loads(line)["data"]["order"]["items"])


def test_the_examples_show_every_type_of_event():
    assert {read_event(line, limit_bytes=262_144, now=NOW).type for line in OUR_LINES} == set(EventType)
