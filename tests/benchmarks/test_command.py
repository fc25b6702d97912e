"""The command: which trials are held, what is written down, and what it ends with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks.bars import CPU, RATE_PLAIN, Bar
from benchmarks.contest import Contest
from benchmarks.results import merged
from benchmarks.section import Section, head, row


@pytest.fixture(autouse=True)
def _played_trials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fast(contest: Contest) -> Section:
        return Section("Rate and cost", ["fast"], [Bar(RATE_PLAIN, 5)], {"orders": contest.sizes.orders})

    def costly(_: Contest) -> Section:
        return Section("Draining a queue", ["costly"], [Bar(CPU, 0.5)])

    monkeypatch.setattr(command, "TRIALS", {"rate": fast, "drain": costly})
    monkeypatch.setattr(command, "TITLES", ["Rate and cost", "Draining a queue"])
    monkeypatch.setattr(command, "RESULTS", tmp_path / "results.md")
    monkeypatch.setattr(command, "machine", lambda _: "2 cores")
    (tmp_path / "results.md").write_text("# Results\n\n## Draining a queue\n\nof yesterday\n")


def ran(tmp_path: Path, *arguments: str) -> int:
    return command.main([*arguments, "--dir", str(tmp_path / "var")])


def test_a_missed_bar_fails_the_run_only_where_bars_were_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ran(tmp_path, "--only", "drain") == 0
    assert ran(tmp_path, "--only", "drain", "--bars") == 1
    assert "missed: worker and store CPU" in capsys.readouterr().err


def test_bars_that_are_met_do_not_fail_the_run(tmp_path: Path) -> None:
    assert ran(tmp_path, "--only", "rate", "--bars") == 0


def test_a_run_of_everything_misses_what_nobody_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ran(tmp_path, "--bars") == 1
    assert "client requests to the store per delivery" in capsys.readouterr().err


def test_a_short_run_is_only_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ran(tmp_path, "--orders", "200", "--pairs", "1", "--only", "drain")
    assert "costly" in capsys.readouterr().out
    assert "of yesterday" in (tmp_path / "results.md").read_text()


def test_a_whole_run_writes_its_chapters_and_leaves_the_others(tmp_path: Path) -> None:
    ran(tmp_path, "--only", "rate")
    written = (tmp_path / "results.md").read_text()
    assert written.index("## Rate and cost") < written.index("## Draining a queue")
    assert "- met · rate, × plain Celery's: 5.00, wanted ≥ 4.5" in written
    assert "of yesterday" in written


def test_every_figure_goes_into_the_json(tmp_path: Path) -> None:
    ran(tmp_path, "--orders", "200", "--only", "rate", "drain", "--json", str(tmp_path / "all.json"))
    document = json.loads((tmp_path / "all.json").read_text())
    assert document["trials"]["rate"] == {"orders": 200}
    assert {bar["says"]: bar["is_met"] for bar in document["bars"]} == {RATE_PLAIN: True, CPU: False}


def test_a_chapter_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    page = merged("", ["## One\n\nof yesterday\n", "## Two\n\nkept\n"], ["One", "Two"])
    page = merged(page, ["## One\n\nnew\n"], ["One", "Two"])
    assert page.count("## ") == 2
    assert "of yesterday" not in page
    assert page.index("new") < page.index("kept")


def test_a_table_has_as_many_cells_under_its_head_as_in_it() -> None:
    assert head("who", "what", "how") == ["| who | what | how |", "|---|--:|--:|"]
    assert row("a", 1, 2) == "| a | 1 | 2 |"
