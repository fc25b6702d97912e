"""replay --edit in an editor, on a terminal: what is shown, what is asked, and that nothing that was typed is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fakes.corrections import corrected, refuse
from tests.fakes.ops import Ops
from tests.fakes.terminal import on_terminal


@pytest.fixture
def typing(ops: Ops, tmp_path, monkeypatch):
    """Replay something with what an editor makes of it: a line of sed for each time that it is opened."""

    def run(what: str, *edits: str, typed: bytes) -> tuple[int, str]:
        editor, turns = tmp_path / "editor", tmp_path / "turns"
        turns.write_text("".join(f"{one}\n" for one in edits))
        editor.write_text(f'#!/bin/sh\nsed -i "$(head -n1 {turns})" "$1"\nsed -i 1d {turns}\n')
        editor.chmod(0o755)
        monkeypatch.delenv("VISUAL", raising=False)
        words = ("replay", what, "--edit", "--why", "mended")
        return on_terminal(ops, *words, typed=typed, EDITOR=str(editor), NO_COLOR="1")

    return run


def kept(ops: Ops) -> list[Path]:
    return sorted((ops.config.parent / "var").glob("edit-*"))


def test_an_edit_in_the_editor_that_is_refused_again_is_kept_for_its_owner_and_named(ops, typing):
    refusal = refuse(ops, corrected(revision="three"))
    code, shown = typing(refusal, 's/"three"/"four"/', typed=b"y\n")
    assert code == 1
    assert "The event is not valid: revision" in " ".join(shown.split())
    [file] = kept(ops)
    assert f"What you typed is kept in {file}." in shown
    assert f"ordercast replay {refusal} --edit {file} --why TEXT" in shown
    assert (json.loads(file.read_text())["revision"], file.stat().st_mode & 0o777) == ("four", 0o600)
    assert [one["id"] for one in ops.json("refusals")] == [refusal]


def test_the_difference_and_the_question_of_a_refusal_say_refused_and_accept(ops, typing):
    refusal = refuse(ops, corrected(revision="three"))
    code, shown = typing(refusal, 's/"three"/4/', typed=b"y\n")
    assert code == 0, shown
    assert ("--- refused" in shown, "--- accepted" in shown) == (True, False)
    assert f"Accept {refusal} as corrected, and send it to all providers that want it? [y/N]" in shown
    assert kept(ops) == []
    assert ops.ledger.states(provider="one") == {"e1": "pending"}


def test_an_edit_that_somebody_thinks_better_of_is_kept_too(ops, typing):
    refusal = refuse(ops, corrected(revision="three"))
    code, shown = typing(refusal, 's/"three"/4/', typed=b"n\n")
    assert (code, "Nothing was done." in shown) == (1, True)
    assert len(kept(ops)) == 1


def test_an_edit_that_is_no_json_opens_the_editor_again(ops, typing):
    refusal = refuse(ops, corrected(revision="three"))
    code, shown = typing(refusal, 's/"three"/4 4/', "s/4 4/4/", typed=b"\ny\n")
    assert code == 0, shown
    assert "That is not JSON: Expecting ',' delimiter in line " in shown
    assert "Open the editor again? [Y/n]" in shown
    assert (ops.json("refusals"), kept(ops)) == ([], [])


def test_an_edit_that_stays_no_json_is_kept(ops, typing):
    refusal = refuse(ops, corrected(revision="three"))
    code, shown = typing(refusal, 's/"three"/4 4/', typed=b"n\n")
    assert (code, "Nothing was done." in shown) == (1, True)
    [file] = kept(ops)
    assert "4 4" in file.read_text()
    assert str(file) in shown


def test_a_file_that_is_no_json_is_told_before_anything_is_asked(ops, tmp_path):
    refusal = refuse(ops, corrected(revision="three"))
    file = tmp_path / "edited.json"
    file.write_text('{"id": }')
    code, shown = on_terminal(ops, "replay", refusal, "--edit", str(file), "--why", "x", COLUMNS="400")
    assert (code, "[y/N]" in shown) == (1, False)
    assert f"{file} is not JSON: Expecting value in line 1, column 8. Nothing was done." in shown
