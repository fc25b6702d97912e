"""The configuration read again: all of it, or one provider's secrets, and what is told of where they came from."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas.config import ProviderConfig, Secret
from worker.errors import ConfigError
from worker.settings.configfile import ConfigFile, secret_names, stamp_of, told_secrets

DESK = """
[providers.desk]
kind = "orderdesk"
store_id = "1001"
api_key = {key}
"""
HOOK = """
[providers.hook]
kind = "webhook"
base_url = "https://example.com/hook"
secret = [{{ file = "{one}" }}, {{ file = "{two}" }}]
"""
FIRST, SECOND, THIRD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "c2Vjb25kLXNlY3JldA==", "dGhpcmQtc2VjcmV0"


def written(directory: Path, text: str, **environ: str) -> ConfigFile:
    (directory / "ordercast.toml").write_text(text)
    return ConfigFile.here(str(directory / "ordercast.toml"), environ)


def desk(directory: Path, key: str = '{ file = "PLACE" }', **environ: str) -> tuple[ConfigFile, ProviderConfig]:
    (directory / "key").write_text("first-key\n")
    file = written(directory, DESK.format(key=key.replace("PLACE", str(directory / "key"))), **environ)
    return file, file.load().providers["desk"]


def test_a_secret_that_stands_as_it_was_leaves_the_settings_as_they_are(tmp_path: Path) -> None:
    file, known = desk(tmp_path)
    known.options.api_key.read_at = datetime(2026, 1, 1, tzinfo=UTC)
    assert file.renewed(known) is known
    assert known.options.api_key.read_at > datetime(2026, 1, 1, tzinfo=UTC), "it was read again"


def test_only_the_secret_is_taken_of_what_the_file_says_by_now(tmp_path: Path) -> None:
    file, known = desk(tmp_path)
    (tmp_path / "key").write_text("second-key")
    (tmp_path / "ordercast.toml").write_text((tmp_path / "ordercast.toml").read_text() + "max_in_flight = 1\n")
    renewed = file.renewed(known)
    assert renewed.options.api_key.reveal() == "second-key"
    assert renewed.max_in_flight == known.max_in_flight
    assert renewed.options.store_id == "1001"


def test_a_reference_that_points_elsewhere_by_now_is_followed(tmp_path: Path) -> None:
    file, known = desk(tmp_path)
    (tmp_path / "other").write_text("other-key")
    text = (tmp_path / "ordercast.toml").read_text()
    (tmp_path / "ordercast.toml").write_text(text.replace(str(tmp_path / "key"), str(tmp_path / "other")))
    assert file.renewed(known).options.api_key.reveal() == "other-key"


def test_each_of_several_secrets_is_renewed(tmp_path: Path) -> None:
    (tmp_path / "one").write_text(FIRST)
    (tmp_path / "two").write_text(SECOND)
    file = written(tmp_path, HOOK.format(one=tmp_path / "one", two=tmp_path / "two"))
    known = file.load().providers["hook"]
    (tmp_path / "two").write_text(THIRD)
    renewed = file.renewed(known)
    assert [secret.reveal() for secret in renewed.options.secret] == [FIRST, THIRD]
    assert secret_names(renewed) == ["secret"]


@pytest.mark.parametrize("text", ["", "  \n"])
def test_an_empty_file_is_a_problem_and_no_secret(tmp_path: Path, text: str) -> None:
    file, known = desk(tmp_path)
    (tmp_path / "key").write_text(text)
    with pytest.raises(ConfigError, match=r"providers.desk.api_key: the file .* is empty"):
        file.renewed(known)


def test_what_is_no_secret_of_this_kind_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "one").write_text(FIRST)
    (tmp_path / "two").write_text(SECOND)
    file = written(tmp_path, HOOK.format(one=tmp_path / "one", two=tmp_path / "two"))
    known = file.load().providers["hook"]
    (tmp_path / "two").write_text("half-writt")
    with pytest.raises(ConfigError, match="A webhook secret is base64") as failure:
        file.renewed(known)
    assert "half-writt" not in str(failure.value)


def test_a_provider_that_is_gone_from_the_file_keeps_its_secrets(tmp_path: Path) -> None:
    file, known = desk(tmp_path)
    (tmp_path / "ordercast.toml").write_text("")
    assert file.renewed(known) is known


def test_a_file_that_is_gone_is_not_an_empty_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ordercast.toml").write_text("")
    (there := ConfigFile.here(None, {})).load()
    (tmp_path / "ordercast.toml").unlink()
    with pytest.raises(ConfigError, match="cannot be read"):
        there.load()
    assert ConfigFile.here(None, {}).load().providers == {}, "where there never was one"
    assert ConfigFile.here(None, {}).name == ""


def test_what_is_told_of_a_secret_names_its_file_and_when_it_was_read(tmp_path: Path) -> None:
    _, known = desk(tmp_path)
    known.options.api_key.read_at = datetime(2026, 11, 29, 3, 12, 5, tzinfo=UTC)
    assert told_secrets(known) == f"api_key from file {tmp_path / 'key'}, read 29 Nov 03:12:05 UTC"


def test_a_variable_says_that_workers_must_be_started_again(tmp_path: Path) -> None:
    _, known = desk(tmp_path, '{ env = "DESK_KEY" }', DESK_KEY="from-the-variable")
    assert told_secrets(known) == "api_key from variable DESK_KEY: restart the workers after changing it"


def test_a_variables_file_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "named").write_text("from-the-file")
    file, known = desk(tmp_path, '{ env = "DESK_KEY" }', DESK_KEY_FILE=str(tmp_path / "named"))
    assert told_secrets(known).startswith(f"api_key from file {tmp_path / 'named'}, read ")
    (tmp_path / "named").write_text("another")
    assert file.renewed(known).options.api_key.reveal() == "another"


def test_a_secret_of_unknown_origin_tells_nothing() -> None:
    assert Secret("value").told == ""


def test_a_files_stamp_changes_with_what_a_link_points_to(tmp_path: Path) -> None:
    """As mounted secrets do."""
    for name in ("one", "two"):
        (tmp_path / name).write_text("text")
    (tmp_path / "link").symlink_to(tmp_path / "one")
    before = stamp_of(tmp_path / "link")
    (tmp_path / "link").unlink()
    assert stamp_of(tmp_path / "link") is None
    (tmp_path / "link").symlink_to(tmp_path / "two")
    assert stamp_of(tmp_path / "link") not in (before, None)
