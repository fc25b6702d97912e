"""replay --edit --as-new: a corrected order as a second one; and what an edit comes to before it is sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from schemas.event import Event, event_document
from schemas.principal import Face, Principal, Role
from tests.fakes.ledger import action
from tests.fakes.ops import Ops
from tests.fakes.snapshots import snapshot as sound_snapshot
from worker.ops.cli.wording import CommandWording
from worker.ops.desk.advice import BadRequest, NotKept
from worker.ops.desk.desk import Desk
from worker.settings import load_settings

ORIGINAL = sound_snapshot(id="e1", source="shop/one", revision=3)
MIA = Principal("mia", Role.OPERATOR, Face.WEB)
NOW = ("--yes", "--why", "the buyer wants it twice")


def document(number: str = "1001", **changes: Any) -> dict[str, Any]:
    told = event_document(ORIGINAL)
    told["data"]["order"] |= {"number": number, "comment": "once more"}
    return told | {"subject": number} | changes


@pytest.fixture
def second(ops: Ops, tmp_path: Path):
    """Enqueue an edit as new; gives click's result."""

    def run(named: str, body: dict[str, Any], *words: str):
        file = tmp_path / "edited.json"
        file.write_text(json.dumps(body))
        return ops.run("replay", named, "--edit", str(file), "--as-new", *(words or NOW))

    return run


@pytest.fixture
def desk(ops: Ops) -> Desk:
    config = load_settings(str(ops.config))
    return Desk(ops.ledger.store, config, list, CommandWording())


def event_of(ops: Ops, event_id: str) -> Event:
    kept = ops.ledger.events.kept("shop/one", event_id)
    assert kept is not None
    return kept.event


def test_another_number_is_another_order_for_all_and_the_first_stays_dead(ops: Ops, second) -> None:
    [dead] = ops.bury(ORIGINAL)
    done = second(dead, document("1001-B"))
    assert done.exit_code == 0, done.output
    assert "order 1001-B, to one, two." in done.output
    assert "It keeps number" not in done.output
    states = ops.ledger.states(provider="one")
    [new_id] = states.keys() - {"e1"}
    assert (states["e1"], states[new_id]) == ("dead", "pending")
    event = event_of(ops, new_id)
    assert (event.subject, event.extensions["secondof"]) == ("1001-B", "e1")
    assert new_id.startswith("e1-second-")


def test_the_same_number_warns_of_what_each_vendor_makes_of_it(ops: Ops, second) -> None:
    [dead] = ops.bury(ORIGINAL)
    said = second(dead, document(), "--dry-run").output
    assert "It keeps number 1001, so that it is the same order to most vendors." in said
    assert "two: An order that it has saved stays as it is, and nothing is sent; it makes no second one." in said
    assert ops.ledger.states(provider="one") == {"e1": "dead"}


def test_the_same_edit_is_one_second_order_however_often_it_is_enqueued(ops: Ops, second) -> None:
    [dead] = ops.bury(ORIGINAL)
    assert [second(dead, document("7")).exit_code for _ in range(2)] == [0, 0]
    assert len(ops.ledger.states(provider="one")) == 2
    assert second(dead, document("7", id="my-own")).exit_code == 0
    assert event_of(ops, "my-own").subject == "7"


def test_it_is_on_record_with_why_and_shown_with_both_orders(ops: Ops, second) -> None:
    [dead] = ops.bury(ORIGINAL)
    assert second(dead, document("7"), "--yes").exit_code == 2
    second(dead, document("7"))
    [deed] = ops.json("log")
    assert (deed["verb"], deed["why"]) == ("enqueue", NOW[2])
    assert f"of shop/one 7: second order of shop/one 1001: event e1, delivery {dead}" in deed["what"]
    for number in ("7", "1001"):
        assert "second order of" in ops.run("order", number).output


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"source": "shop/two"}, "Its source is 'shop/two', not 'shop/one'"),
        ({"revision": "three"}, "revision"),
        ({"type": "order.deleted", "data": {"deletion": {}}}, "Only an order can go a second time"),
    ],
)
def test_what_is_no_second_order_is_refused_with_why(ops: Ops, second, change: dict[str, Any], says: str) -> None:
    [dead] = ops.bury(ORIGINAL)
    refused = second(dead, document() | change)
    assert (refused.exit_code, says in refused.output) == (2, True)
    assert ops.ledger.states(provider="one") == {"e1": "dead"}


def test_as_new_wants_an_edit_and_one_id(ops: Ops, tmp_path: Path) -> None:
    [dead] = ops.bury(ORIGINAL)
    assert "add --edit" in ops.error("replay", dead, "--as-new", *NOW, code=2)
    file = tmp_path / "edited.json"
    file.write_text("{}")
    assert "give one id" in ops.error("replay", dead, "d2", "--edit", str(file), "--as-new", *NOW, code=2)


def test_a_preview_of_an_edit_says_what_changes_and_what_comes_of_it(ops: Ops, desk: Desk) -> None:
    [dead] = ops.bury(ORIGINAL)
    told = desk.rehearsals.edit_preview(dead, json.dumps(document()).encode(), by=MIA)
    assert (told.faults, told.refusal) == ((), "")
    assert any(line.startswith("+") and "once more" in line for line in told.changes)
    assert told.rehearsal is not None
    assert told.rehearsal.result == "would_be_sent"
    assert ("data.order.comment", '"once more"') in [(line.path, line.value) for line in told.rehearsal.body]
    assert ops.ledger.states(provider="one") == {"e1": "dead"}


def test_a_preview_names_each_fault_with_its_place(ops: Ops, desk: Desk) -> None:
    [dead] = ops.bury(ORIGINAL)
    told = desk.rehearsals.edit_preview(dead, json.dumps(document(revision="x", time="noon")).encode(), by=MIA)
    assert {fault.path for fault in told.faults} == {"revision", "time"}
    assert told.rehearsal is None
    [whole] = desk.rehearsals.edit_preview(dead, b"{", by=MIA).faults
    assert whole.path == ""


def test_a_preview_of_another_event_says_why_it_is_no_edit(ops: Ops, desk: Desk) -> None:
    [dead] = ops.bury(action("a1"))
    told = desk.rehearsals.edit_preview(dead, json.dumps(document()).encode(), by=MIA)
    assert "Its id is 'e1', not 'a1'" in told.refusal
    with pytest.raises(NotKept):
        desk.rehearsals.edit_preview("d" + "a" * 25, b"{}", by=MIA)
    with pytest.raises(BadRequest):
        desk.rehearsals.edit_preview("r1", b"{}", by=MIA)
