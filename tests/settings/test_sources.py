"""What is set of a source of events, and how strict the door is."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from schemas.config import Config
from worker.errors import ConfigError
from worker.settings import config_digest, load_settings

ZONED = '[sources."shop/copenhagen"]\ntimezone = "Europe/Copenhagen"\n[sources."shop/two"]\n'


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def load(text: str, **environ: str) -> Config:
    Path("ordercast.toml").write_text(text)
    return load_settings(environ=environ)


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(text)
    return caught.value.problems


def test_a_source_has_the_time_zone_that_is_set() -> None:
    assert load(ZONED).zones == {"shop/copenhagen": ZoneInfo("Europe/Copenhagen")}
    assert load("").zones == {}


@pytest.mark.parametrize("zone", ["Europe/Kopenhagen", "", "../etc/passwd", "/etc/localtime", 1, "Europe"])
def test_a_time_zone_that_there_is_not_is_a_problem(zone: object) -> None:
    written = f'"{zone}"' if isinstance(zone, str) else zone
    assert problems(f'[sources."shop/one"]\ntimezone = {written}') == [
        'sources."shop/one".timezone: must be a time zone of the tz database, such as Europe/Copenhagen'
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            '[sources."shop/one"]\ntimezon = "UTC"',
            'sources."shop/one".timezon: is not a setting; did you mean timezone?',
        ),
        ('[sources."shop one"]', 'sources."shop one": is no source: 1 to 128 characters of A-Z a-z 0-9 : / . _ ~ -'),
        ("[sources]\none = 1", 'sources."one": must be a table, [sources."one"]'),
        ("sources = 1", 'sources: must be tables, [sources."shop/x"]'),
        ("[source]", "source: is not a setting; did you mean sources?"),
    ],
)
def test_a_table_of_a_source_that_is_wrong_is_told(text: str, problem: str) -> None:
    assert problems(text) == [problem]


def test_processes_must_agree_on_the_time_zones() -> None:
    assert config_digest(load(ZONED)) != config_digest(load(""))


@pytest.mark.parametrize(("value", "is_strict"), [("true", True), ("false", False)])
def test_strictness_is_a_setting_of_file_and_variable(value: str, is_strict: bool) -> None:
    assert load(f"[limits]\nstrict = {value}").limits.strict is is_strict
    assert load("", ORDERCAST_LIMITS_STRICT=value).limits.strict is is_strict


def test_a_word_for_strictness_is_a_problem() -> None:
    with pytest.raises(ConfigError, match="ORDERCAST_LIMITS_STRICT: must be true or false"):
        load("", ORDERCAST_LIMITS_STRICT="yes")
