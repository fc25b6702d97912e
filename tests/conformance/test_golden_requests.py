"""Each kind sends for each type of event what its golden file shows. ``golden`` says how the files are made anew."""

from __future__ import annotations

import pytest

from schemas.event import EventType
from tests.conformance.golden import COMMAND, ROOT, golden, golden_file
from worker.providers import KINDS


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("event_type", list(EventType))
def test_an_event_is_sent_as_its_golden_file_shows(kind: str, event_type: EventType) -> None:
    file = golden_file(kind, event_type)
    assert file.exists(), f"there is no {file.name} for {kind}: {COMMAND} writes it"
    assert golden(kind, event_type) == file.read_text(), f"another request than golden: {COMMAND} accepts it"


def test_there_is_no_golden_file_too_many() -> None:
    wanted = {golden_file(kind, event_type) for kind in KINDS for event_type in EventType}
    assert set(ROOT.glob("*/golden/*")) == wanted
