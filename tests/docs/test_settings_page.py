"""docs/settings.md has every setting as it is, and what it says of where settings come from is so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.config_schema import PROVIDER, SOURCE, TABLES
from schemas.providers import OPTIONS, options_schema
from tests.fakes.pages import page
from worker.ops.desk import settings_page
from worker.ops.desk.setting_meanings import COMMON, MEANINGS
from worker.ops.desk.setting_meanings import SOURCE as SOURCES
from worker.ops.desk.settings_page import BEGIN, END, leaves, page_tables, with_tables

RENEW = "renew it: python -m worker.ops.desk.settings_page docs/settings.md"


def keys() -> Iterator[tuple[str, str]]:
    """Every key that a configuration may have, as the schemas read it."""
    groups = {**TABLES, SOURCES: SOURCE, COMMON: PROVIDER} | {kind: options_schema(kind)() for kind in OPTIONS}
    for group, schema in groups.items():
        for key, _, _ in leaves(schema, {}, ""):
            yield group, key


def test_the_page_shows_the_settings_as_they_are() -> None:
    text = page("settings")
    assert text == with_tables(text), RENEW


def test_every_setting_has_a_meaning_and_every_meaning_a_setting() -> None:
    assert sorted(keys()) == sorted((group, key) for group, told in MEANINGS.items() for key in told)
    assert all(text and not text.endswith(".") for told in MEANINGS.values() for text in told.values())


@pytest.mark.parametrize(
    "row",
    [
        '| `durability` | `"disk"`, `"memory"` | `"disk"` | yes |',
        '| `listen` | `"127.0.0.1:PORT"`, `"off"` | `"127.0.0.1:0"` | yes |',
        "| `timeout.connect_s` | number, above 0 | `3` | no |",
        "| `retry.factor` | number, 1 or more | `3` | no |",
        "| `api_key` | secret | **required** | no |",
        "| `secret` | secret, or a list of secrets | **required** | no |",
        '| `workflow.cancelled` | list of texts | `["delete"]` | no |',
        "| `test_events` | `true`, `false` | `false` | no |",
        "| `orderdesk` | `https://app.orderdesk.me/api/v2` | 3 a second, burst 18 | 3 | `true` |",
        "| `base_url` | text | by kind |",
    ],
)
def test_a_setting_stands_there_with_its_type_and_its_default(row: str) -> None:
    assert f"\n{row}" in page_tables()


def test_the_page_is_renewed_by_running_the_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "page.md"
    copy.write_text(f"Überblick\n{BEGIN}\nold\n{END}\n", encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["settings_page", str(copy)])
    settings_page.main()
    assert copy.read_text(encoding="utf-8") == f"Überblick\n{BEGIN}\n\n{page_tables()}\n\n{END}\n"
    with pytest.raises(ValueError, match="there must be one"):
        with_tables("# Page\n")
