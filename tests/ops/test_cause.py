"""``ordercast cause`` and ``dead --group``: causes of dead letters, and what people say of them."""

from __future__ import annotations

import pytest

from tests.fakes.ledger import snapshot

NOW = ("--yes", "--why", "mended")


def test_a_cause_is_shown_with_its_state_and_by_the_beginning_of_its_fingerprint(ops):
    ids = ops.bury(snapshot("e1"), snapshot("f1", "1002"))
    one = ops.json("cause", "one", "f")
    shown = {name: one[name] for name in ("state", "count", "replaying", "ever", "reopenings", "taken", "notes")}
    assert shown == {
        "state": "open", "count": 2, "replaying": 0, "ever": 2, "reopenings": 0, "taken": None, "notes": [],
    }  # fmt: skip
    assert one["sample"]["id"] == ids[-1]
    assert ops.json("dead", "--group") == [one]


def test_a_cause_that_is_not_there_is_exit_3_and_says_what_to_give(ops):
    assert "`ordercast dead --group` has it: f9 begins none." in ops.error("cause", "one", "f9", code=3)
    ops.bury(*(snapshot(f"g{number}-1", f"9{number}") for number in range(21)))
    assert "f begins 3 of them: " in ops.error("cause", "one", "f", code=3)


def test_notes_and_who_has_taken_it_are_kept_and_on_record(ops, monkeypatch):
    ops.bury(snapshot("e1"))
    monkeypatch.setenv("LOGNAME", "ann")
    one = ops.json("cause", "one", "f1", "--take", "--note", "asked the vendor")
    assert (one["taken"]["who"], [note["text"] for note in one["notes"]]) == ("ann", ["asked the vendor"])
    assert "asked the vendor" in ops.run("cause", "one", "f1").stdout
    monkeypatch.setenv("LOGNAME", "ben")
    assert "ann has taken this cause" in ops.error("cause", "one", "f1", "--take", code=1)
    assert ops.json("cause", "one", "f1", "--release")["taken"] is None
    assert [(deed["who"], deed["verb"]) for deed in ops.json("log")] == [
        ("ben", "release"), ("ann", "note"), ("ann", "take"),
    ]  # fmt: skip


def test_an_ignored_cause_is_left_out_of_the_list_until_it_is_asked_for(ops):
    ops.bury(snapshot("e1"))
    assert "Say why with --why TEXT" in ops.error("cause", "one", "f1", "--ignore", code=2)
    one = ops.json("cause", "one", "f1", "--ignore", "--more", "2", "--why", "a known fault")
    assert (one["state"], one["ignored"]["why"], one["ignored"]["more"]) == ("ignored", "a known fault", 2)
    silent = ops.run("dead", "--group")
    assert (silent.exit_code, silent.stdout, silent.stderr) == (0, "", "No cause matches.\n")
    assert [found["fingerprint"] for found in ops.json("dead", "--groups", "ignored,resolved")] == ["f1"]
    ops.bury(snapshot("f1", "1002"), snapshot("g1", "1003"))
    assert [found["state"] for found in ops.json("dead", "--group")] == ["open"]
    assert ops.json("cause", "one", "f1", "--ignore", "--why", "for good")["state"] == "ignored"
    assert ops.json("cause", "one", "f1", "--reopen")["state"] == "open"
    assert "Nobody ignores this cause" in ops.error("cause", "one", "f1", "--reopen", code=1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--until", "2026-11-21", "--why", "x"), "--until and --more go with --ignore"),
        (("--ignore", "--until", "3d", "--why", "x"), "--until takes a date"),
        (("--ignore", "--until", "2001-01-01", "--why", "x"), "2001-01-01 is over"),
        (("--ignore", "--more", "0", "--why", "x"), "--more"),
        (("--note", "  "), "The note is empty"),
    ],
)
def test_what_cannot_be_meant_of_a_cause_is_said(ops, words, said):
    ops.bury(snapshot("e1"))
    assert said in ops.error("cause", "one", "f1", *words, code=2)
    assert ops.json("log") == []


def test_a_cause_is_ignored_until_the_end_of_a_day(ops):
    ops.bury(snapshot("e1"))
    one = ops.json("cause", "one", "f1", "--ignore", "--until", "2100-01-01", "--why", "their release")
    assert one["ignored"]["until"] == "2100-01-01T23:59:59.999Z"


def test_a_state_that_there_is_not_is_named_with_those_that_there_are(ops):
    assert "these are: open, replaying, resolved, ignored" in ops.error("dead", "--groups", "opened", code=2)


def test_a_cause_whose_letters_are_replayed_is_told_as_that(ops):
    ops.bury(snapshot("e1"))
    ops.json("replay", "--fingerprint", "f1", *NOW)
    [one] = ops.json("dead", "--group")
    assert (one["state"], one["count"], one["replaying"]) == ("replaying", 0, 1)
    ops.ledger.deliver()
    assert ops.json("dead", "--group") == []
    assert ops.json("cause", "one", "f1")["state"] == "resolved"


def test_a_note_with_marks_of_a_terminal_shows_none(ops):
    ops.bury(snapshot("e1"))
    ops.json("cause", "one", "f1", "--note", "\x1b[31mred\x07")
    assert "\x1b" not in ops.run("cause", "one", "f1").stdout
