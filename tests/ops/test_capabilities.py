"""The matrix of kinds and types of event: on the terminal, as JSON, and as the page that holds it."""

from __future__ import annotations

import json
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import schemas.providers
from schemas.event import EventType
from schemas.providers import kinds
from tests.fakes.askable import Askable
from worker.ops.cli import cli
from worker.ops.desk import capabilities as matrix
from worker.ops.desk.capabilities import BEGIN, END, Cell, markdown, page_table, with_table
from worker.providers.base import Offer

PAGE = Path(__file__).parents[2] / "docs" / "providers.md"
RENEW = "renew it: python -m worker.ops.desk.capabilities docs/providers.md"


class Outsider(Askable):
    """A kind from outside that says what it makes of one type of event."""

    offers = {EventType.NOTED: Offer(("notes/add",), "A note of nothing is skipped | always.")}  # noqa: RUF012


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = EntryPoint("outsider", f"{__name__}:Outsider", schemas.providers.ENTRY_POINT_GROUP)
    monkeypatch.setattr(EntryPoint, "load", lambda _: Outsider)
    monkeypatch.setattr(schemas.providers, "entry_points", lambda **_: [entry])


def in_json(*words: str) -> Any:
    ran = CliRunner().invoke(cli, ["providers", "--matrix", *words])
    assert ran.exit_code == 0
    return json.loads(ran.stdout)


def test_every_kind_has_a_row_for_every_type_of_event() -> None:
    found = in_json("--json")
    assert [(row["kind"], row["event_type"]) for row in found] == [(kind, one) for kind in kinds() for one in EventType]
    assert list(found[0]) == ["kind", "event_type", "calls", "because"]
    assert len(found) >= 5 * len(EventType)
    assert [row for row in found if not (row["calls"] or row["because"])] == []


def test_the_matrix_needs_neither_configuration_nor_store(tmp_path: Path) -> None:
    shown = CliRunner().invoke(cli, ["--config", str(tmp_path / "none.toml"), "providers", "--matrix"])
    assert shown.exit_code == 0
    assert shown.stdout.splitlines()[0] == "kind\tevent\tdelivered as\tnote"
    assert len(shown.stdout.splitlines()) == 1 + len(kinds()) * len(EventType)


@pytest.mark.usefixtures("outside")
def test_a_kind_from_outside_is_in_it_too() -> None:
    found = [row for row in in_json("--json") if row["kind"] == "outsider"]
    assert len(found) == len(EventType)
    assert found[-1]["calls"] == ["notes/add"]
    assert found[0] == {
        "kind": "outsider", "event_type": "order.created", "calls": [], "because": "The adapter does not say.",
    }  # fmt: skip


def test_in_markdown_a_kind_is_named_once_and_no_text_breaks_the_table() -> None:
    shown = markdown(
        [
            Cell("a", EventType.CREATED, ("orders/create", "orders/update"), ""),
            Cell("a", EventType.DELETED, (), "this | that"),
            Cell("a", EventType.NOTED, (), "This. That."),
        ]
    )
    assert shown.splitlines()[2:] == [
        "| **a** | `order.created` | `orders/create`, `orders/update` |  |",
        "|  | `order.deleted` | – | This \\| that. |",
        "|  | `order.noted` | – | This. That. |",
    ]


def test_the_table_goes_between_its_markers_and_nowhere_else() -> None:
    text = f"# Page\n\n{BEGIN}\nold\n{END}\n\nmore\n"
    assert with_table(text, "new") == f"# Page\n\n{BEGIN}\nnew\n{END}\n\nmore\n"
    for wrong in ("# Page\n", f"{BEGIN}\n", f"{END}\n{BEGIN}\n", text + text):
        with pytest.raises(ValueError, match="there must be one"):
            with_table(wrong, "new")


def test_the_page_is_renewed_by_running_the_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"Überblick\n{BEGIN}\n{END}\n", encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["matrix", str(page)])
    matrix.main()
    assert page.read_text(encoding="utf-8") == f"Überblick\n{BEGIN}\n{page_table()}\n{END}\n"


def test_the_page_shows_the_matrix_as_it_is() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == with_table(text, page_table()), RENEW
