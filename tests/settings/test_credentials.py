"""Secrets that are read again while a process works."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.config import ProviderConfig
from tests.fakes.lines import Lines, heard
from worker import log
from worker.settings import credentials
from worker.settings.configfile import ConfigFile
from worker.settings.credentials import Credentials

TEXT = """
[providers.desk]
kind = "orderdesk"
store_id = "1001"
api_key = {{ file = "{key}" }}

[providers.other]
kind = "orderdesk"
store_id = "1002"
api_key = {{ env = "OTHER_KEY" }}
"""


class Desk:
    """A provider's key in a file, and a process that has read it. ``now_s`` is its clock."""

    def __init__(self, directory: Path) -> None:
        self.key = directory / "key"
        self.key.write_text("first-key")
        (directory / "ordercast.toml").write_text(TEXT.format(key=self.key))
        file = ConfigFile.here(str(directory / "ordercast.toml"), {"OTHER_KEY": "other-key"})
        self.configs: dict[str, ProviderConfig] = dict(file.load().providers)
        self.now_s = 0.0
        self.credentials = Credentials(file, lambda: self.configs, self._replace, lambda: self.now_s)

    def _replace(self, known: ProviderConfig, renewed: ProviderConfig) -> bool:
        self.configs = {**self.configs, known.name: renewed}
        return True

    @property
    def uses(self) -> str:
        return str(self.configs["desk"].options.api_key.reveal())


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def logged() -> Iterator[Lines]:
    with heard(credentials) as lines:
        yield lines


def test_a_changed_key_is_taken_up_and_told_without_its_value(desk: Desk, logged: Lines) -> None:
    desk.key.write_text("second-key")
    assert desk.credentials.renew("desk")
    assert desk.uses == "second-key"
    [said] = logged.said()
    assert (said["event"], said["level"], said["provider"]) == ("secret.reread", "warning", "desk")
    assert (said["setting"], said["origin"]) == ("api_key", f"file {desk.key}")
    log.get("test").warning("tested", text="first-key and second-key")
    assert "second-key" not in logged.text, "the new one is masked from now on"


def test_a_key_that_has_not_changed_is_read_and_nothing_is_told(desk: Desk, logged: Lines) -> None:
    before = desk.configs["desk"]
    assert not desk.credentials.renew("desk")
    assert desk.configs["desk"] is before
    assert logged.said() == []


def test_refusals_in_a_row_read_the_file_once_a_second_and_a_probe_always(desk: Desk) -> None:
    desk.credentials.renew("desk")
    desk.key.write_text("second-key")
    desk.now_s = 0.9
    assert not desk.credentials.renew("desk")
    assert desk.credentials.renew("desk", is_due=True)
    desk.key.write_text("third-key")
    desk.now_s = 2.0
    assert desk.credentials.renew("desk")
    assert desk.uses == "third-key"


def test_an_empty_file_leaves_the_old_key_and_is_told_once_until_it_is_whole(desk: Desk, logged: Lines) -> None:
    desk.key.write_text("")
    for _ in range(5):
        assert not desk.credentials.renew("desk", is_due=True)
    assert desk.uses == "first-key"
    [said] = logged.said()
    assert said["event"] == "secret.unread"
    assert f"providers.desk.api_key: the file {desk.key} is empty: the old one is used" in said["message"]
    desk.key.write_text("second-key")
    assert desk.credentials.renew("desk", is_due=True)
    desk.key.unlink()
    desk.credentials.renew("desk", is_due=True)
    assert [one["event"] for one in logged.said()] == ["secret.unread", "secret.reread", "secret.unread"]


def test_a_look_takes_up_a_file_that_has_stayed_as_it_is(desk: Desk) -> None:
    for _ in range(3):
        assert desk.credentials.look() == []
    desk.key.write_text("second-")
    assert desk.credentials.look() == [], "it may be half written"
    desk.key.write_text("second-key")
    assert desk.credentials.look() == []
    assert desk.credentials.look() == ["desk"]
    assert desk.uses == "second-key"
    assert desk.credentials.look() == []


def test_a_look_finds_what_changed_before_the_first_one(desk: Desk) -> None:
    desk.key.write_text("second-key")
    assert [desk.credentials.look() for _ in range(3)] == [[], ["desk"], []]


def test_a_look_goes_on_until_an_empty_file_is_whole(desk: Desk) -> None:
    desk.key.write_text("")
    assert [desk.credentials.look() for _ in range(4)] == [[]] * 4
    desk.key.write_text("second-key")
    assert [desk.credentials.look() for _ in range(2)] == [[], ["desk"]]


def test_a_hangup_reads_all_of_them(desk: Desk) -> None:
    assert desk.credentials.renew_all() == []
    desk.key.write_text("second-key")
    assert desk.credentials.renew_all() == ["desk"]


def test_a_variable_cannot_change_and_is_not_read_again(desk: Desk) -> None:
    assert not desk.credentials.renew("other", is_due=True)
    assert not desk.credentials.renew("nobody", is_due=True)


def test_a_process_that_was_given_its_configuration_reads_no_file(desk: Desk) -> None:
    desk.key.write_text("second-key")
    without = Credentials(None, lambda: desk.configs, desk._replace)
    assert not without.renew("desk", is_due=True)
    assert (without.look(), without.look()) == ([], [])
