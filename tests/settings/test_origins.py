"""Where each setting was said: the line of the file, the variable, the flag; and what a reference points to."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from schemas.config import Origin
from tests.fakes.house import ROOT
from worker.settings import load_settings
from worker.settings.origins import lines_of

ODD = '''# a comment with [brackets] and = signs
top = 1

[store]   # behind a header
url = "redis://h:1"
"quoted key" = 2
long = [
  "one",   # ] no end
  "[store]",
]
text = """
[limits]
body_bytes = 5
"""
inner.deep = 3
table = { a = 1, b = { c = 2 } }

[sources."shop/x.y"]
timezone = 'UTC'

[providers.desk.rate]
per_second = 3
'''


def test_each_key_has_the_line_at_which_it_begins_whatever_stands_around_it() -> None:
    found = lines_of(ODD)
    told = {
        ("top",): 2,
        ("store", "url"): 5,
        ("store", "quoted key"): 6,
        ("store", "long"): 7,
        ("store", "text"): 11,
        ("store", "inner", "deep"): 15,
        ("store", "table", "b", "c"): 16,
        ("sources", "shop/x.y", "timezone"): 19,
        ("providers", "desk", "rate", "per_second"): 22,
    }
    assert {key: found.get(key) for key in told} == told
    assert not [key for key in found if key[0] == "limits"]


def test_lines_that_end_as_windows_ends_them_count_as_well() -> None:
    assert lines_of(ODD.replace("\n", "\r\n")) == lines_of(ODD)


def test_what_only_unicode_takes_for_a_line_s_end_is_none() -> None:
    text = '# one\u2028no.key = 1\na = "x\u2028y"\nb = 2\n'
    assert lines_of(text) == {("a",): 2, ("b",): 3}


def test_every_setting_of_the_example_is_at_the_line_that_names_it() -> None:
    text = (ROOT / "ordercast.example.toml").read_text()
    text = re.sub(r"(?m)^# (?=\[|[a-z_]+ = )", "", text)
    lines, found = text.splitlines(), lines_of(text)
    leaves = [key for key in found if not isinstance(value_at(tomllib.loads(text), key), dict)]
    assert len(leaves) > 60
    for key in leaves:
        assert key[-1] in lines[found[key] - 1], key


def value_at(tables: object, key: tuple[str, ...]) -> object:
    for name in key:
        assert isinstance(tables, dict)
        tables = tables[name]
    return tables


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "my.toml"


def test_a_variable_beats_the_file_and_the_origin_says_so(file: Path) -> None:
    file.write_text('[limits]\nmax_pending = 5\nbody_bytes = 2048\n\n[store]\nbroker_url = { env = "B" }\n')
    kept = file.parent / "days"
    kept.write_text("3")
    environ = {
        "ORDERCAST_LIMITS_MAX_PENDING": "7",
        "ORDERCAST_RETENTION_DELIVERED_DAYS_FILE": str(kept),
        "REDIS_URL": "redis://last:1",
        "CELERY_BROKER_URL": "redis://unheard:1",
        "B": "redis://b:1",
    }
    origins = load_settings(str(file), environ, {"store.dir": "here"}).origins
    assert origins["limits", "max_pending"] == Origin("variable", "ORDERCAST_LIMITS_MAX_PENDING")
    assert origins["limits", "body_bytes"] == Origin("file", str(file), 3)
    assert origins["retention", "delivered_days"] == Origin("variable", "ORDERCAST_RETENTION_DELIVERED_DAYS_FILE")
    assert origins["store", "url"] == Origin("variable", "REDIS_URL")
    assert origins["store", "broker_url"] == Origin("file", str(file), 6, "$B")
    assert origins["store", "dir"] == Origin("flag", "--dir")
    assert ("web", "listen") not in origins


def test_a_secret_has_what_it_was_read_from_and_never_what_it_is(file: Path) -> None:
    secret = file.parent / "secret"
    secret.write_text("c2VjcmV0LW9mLXRoZS1maWxl")
    file.write_text(
        '[providers.hook]\nkind = "webhook"\nbase_url = "https://h.example/"\n'
        f'secret = [{{ env = "OLD" }}, {{ file = "{secret}" }}]\n'
    )
    config = load_settings(str(file), {"OLD": "whsec_c2VjcmV0LW9mLXRoZS12YXI="})
    origin = config.origins["providers", "hook", "secret"]
    assert origin == Origin("file", str(file), 4, f"$OLD, file {secret}")
    assert "c2Vj" not in repr(config.origins)


def test_two_sources_and_two_providers_are_kept_apart(file: Path) -> None:
    file.write_text('[sources."shop/x.y"]\ntimezone = "UTC"\n[sources."shop/x"]\ntimezone = "Europe/Copenhagen"\n')
    origins = load_settings(str(file), {}).origins
    assert origins["sources", "shop/x.y", "timezone"].line == 2
    assert origins["sources", "shop/x", "timezone"].line == 4
