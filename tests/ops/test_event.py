"""event: what was accepted or refused, whole, for whoever corrects it; and what an edit changes."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from schemas.order import Customer
from schemas.outcome import Reason
from tests.fakes.ledger import order_of, snapshot
from tests.fakes.terminal import on_terminal


def named():
    """An order that the door would take."""
    return snapshot("e1", order=msgspec.structs.replace(order_of(), customer=Customer(company="Glue & Co")))


def drafts(ops) -> list[Path]:
    """What somebody typed and is kept."""
    return sorted((ops.config.parent / "var").glob("edit-*"))


def grand(shown: str) -> str:
    return json.loads(shown)["data"]["order"]["totals"]["grand"]


def test_an_event_is_printed_whole_by_its_own_id_by_a_deliverys_and_by_its_beginning(ops):
    [dead] = ops.bury(named())
    whole = json.loads(ops.run("event", "e1").stdout)
    assert (whole["id"], whole["subject"], whole["specversion"]) == ("e1", "1001", "1.0")
    assert whole["data"]["order"]["totals"]["grand"] == "10"
    assert json.loads(ops.run("event", dead).stdout) == whole
    assert json.loads(ops.run("event", dead[:8]).stdout) == whole


def test_what_event_prints_is_what_replay_edit_takes(ops, tmp_path):
    [dead] = ops.bury(named())
    file = tmp_path / "event.json"
    file.write_text(ops.run("event", dead[:8]).stdout.replace('"10"', '"12.50"'))
    assert ops.json("replay", dead[:8], "--edit", str(file), "--yes", "--why", "price")["done"] == 1
    again = ops.run("event", dead[:8])
    assert grand(again.stdout) == "10"
    assert again.stderr == "An edited replay was sent in its place to one: --edited prints that one.\n"
    assert grand(ops.run("event", dead[:8], "--edited").stdout) == "12.5"


def test_a_refused_body_is_printed_as_it_was_sent(ops):
    seq = ops.ledger.intake.refuse(b'{"id": "x1",\n "subject": 5}', Reason.INVALID, [], event_id="x1")
    assert ops.run("event", f"r{seq}").stdout == '{"id": "x1",\n "subject": 5}\n'


def test_who_looked_at_an_event_is_on_record(ops, monkeypatch):
    monkeypatch.setenv("LOGNAME", "mia")
    ops.ledger.accept(snapshot("e1"))
    ops.run("event", "e1")
    [deed] = ops.json("log")
    assert (deed["who"], deed["verb"], deed["what"]) == ("mia", "read", "event e1")


def test_an_event_that_several_sources_sent_asks_which(ops):
    ops.ledger.accept(snapshot("e1"), snapshot("e1", source="shop/two"))
    assert "shop/one, shop/two" in ops.error("event", "e1", code=2)
    assert json.loads(ops.run("event", "e1", "--source", "shop/two").stdout)["source"] == "shop/two"


@pytest.mark.parametrize("named", ["d", "d3", "d3k7q"])
def test_the_beginning_of_an_id_that_is_too_short_says_so(ops, named):
    said = f"{named} is too short. Give more characters of the id, as `ordercast dead` shows them."
    assert said in ops.error("event", named, code=3)
    [item] = ops.json("replay", named, "--yes", "--why", "x", "--dry-run", code=3)["results"]
    assert (item["result"], item["message"]) == ("not_found", said)


@pytest.mark.parametrize("named", ["nothing", "r99", "d" + "a" * 25, "daaaaaaa"])
def test_what_is_not_kept_is_exit_3_and_says_where_to_look(ops, named):
    said = ops.error("event", named, code=3)
    assert f"There is no event, delivery or refusal {named}" in said
    assert "`ordercast order NUMBER`" in said


def test_edited_of_a_delivery_that_was_not_is_exit_3(ops):
    [dead] = ops.bury(named())
    assert "leave --edited out" in ops.error("event", dead, "--edited", code=3)


def test_the_editor_is_opened_on_the_event_and_what_it_changed_is_shown_before_it_asks(ops, tmp_path):
    [dead] = ops.bury(named())
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nsed -i \'s/"10"/"11.25"/\' "$1"\n')
    editor.chmod(0o755)
    words = ("replay", dead[:8], "--edit", "--why", "price")
    code, shown = on_terminal(ops, *words, typed=b"y\n", EDITOR=str(editor), NO_COLOR="1")
    assert code == 0, shown
    assert shown.index('"grand": "11.25"') < shown.index("Replay 1 delivery? [y/N]")
    assert "1 matched, 1 done, 0 failed." in shown
    assert grand(ops.run("event", dead, "--edited").stdout) == "11.25"
    assert drafts(ops) == []


def test_an_editor_that_changes_nothing_does_nothing(ops):
    [dead] = ops.bury(named())
    code, shown = on_terminal(ops, "replay", dead[:8], "--edit", "--why", "price", EDITOR="true")
    assert (code, "Nothing was changed, so nothing was done." in shown) == (1, True)
    assert ops.ledger.states(provider="one") == {"e1": "dead"}


def test_an_editor_that_fails_changes_nothing_and_is_named(ops):
    [dead] = ops.bury(named())
    code, shown = on_terminal(ops, "replay", dead[:8], "--edit", "--why", "price", EDITOR="false", VISUAL="")
    assert (code, "The editor false ended with 1: nothing was changed." in shown) == (1, True), shown
    assert drafts(ops) == []
    code, shown = on_terminal(ops, "replay", dead[:8], "--edit", "--why", "price", EDITOR="no-such-editor", VISUAL="")
    assert (code, "The editor no-such-editor cannot be started" in shown) == (1, True), shown


def test_no_editor_is_opened_where_there_is_no_terminal(ops):
    [dead] = ops.bury(named())
    assert "Not a terminal" in ops.error("replay", dead, "--edit", "--why", "x", "--yes", code=2)
