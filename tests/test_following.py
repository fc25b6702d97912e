"""A worker follows the provider table: what it takes up, what it keeps, and what it says."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.lines import Lines, heard
from tests.fakes.ops import PROVIDER, SECRET
from worker import following
from worker.following import Following
from worker.ledger.provider_rows import read_table
from worker.ledger.provider_table import apply_table, remove_provider
from worker.process import Process
from worker.settings import config_digest, credentials
from worker.settings.author import Author
from worker.settings.configfile import ConfigFile

ANNA = Author("anna@host-a", "0.1", "/etc/ordercast.toml", "check --apply")


class Host:
    """A worker's process on a host, with its file and its clock. ``said`` gives the lines that it logs."""

    def __init__(self, lines: Lines, directory: Path, url: str, *names: str) -> None:
        self.lines = lines
        self.directory, self.url = directory, url
        self.path = directory / "ordercast.toml"
        (directory / "secret").write_text(SECRET)
        self.configure(*names)
        file = ConfigFile.here(str(self.path), {})
        self.parts = Process(file.load(), url, url, file=file)
        self.now_s = 100.0
        self.changes: list[tuple[Collection[str], Collection[str]]] = []
        self.following = Following(self.parts, lambda come, gone: self.changes.append((come, gone)), lambda: self.now_s)

    def configure(self, *names: str, more: str = "") -> None:
        accounts = "".join(PROVIDER.format(name=name, secret=self.directory / "secret") + more for name in names)
        self.path.write_text(f'[store]\nurl = "{self.url}"\n{accounts}')

    def apply(self, *names: str, more: str = "") -> None:
        """Apply these providers from another host, whose file is as ours would be."""
        elsewhere = self.directory / "elsewhere.toml"
        before = self.path.read_text() if self.path.exists() else None
        self.configure(*names, more=more)
        elsewhere.write_text(self.path.read_text())
        if before is None:
            self.path.unlink()
        else:
            self.path.write_text(before)
        config = ConfigFile.here(str(elsewhere), {}).load()
        apply_table(self.parts.store, config.providers, config_digest(config), ANNA)

    def tick(self, after_s: float = 3.0) -> None:
        self.now_s += after_s
        self.following.look(read_table(self.parts.store).version)

    def said(self, event: str | None = None) -> list[dict[str, Any]]:
        return self.lines.said(event)

    @property
    def works_with(self) -> list[str]:
        return list(self.parts.providers)


@pytest.fixture
def lines() -> Iterator[Lines]:
    with heard(following, credentials) as heard_lines:
        yield heard_lines


@pytest.fixture
def host(lines: Lines, tmp_path: Path, clean_store: str) -> Iterator[Host]:
    made = Host(lines, tmp_path, clean_store, "one", "two")
    made.apply("one", "two")
    made.following.begin()
    yield made
    made.parts.store.close()


def test_a_worker_whose_file_is_the_tables_works_by_its_version_and_says_nothing(host: Host) -> None:
    host.tick()
    assert host.following.works_by == 1
    assert host.said() == []


def test_a_new_provider_is_taken_up_with_its_queue_and_the_others_stay_as_they_are(host: Host) -> None:
    before = host.parts.providers["one"]
    host.configure("one", "two", "three")
    host.apply("one", "two", "three")
    host.tick()
    assert host.works_with == ["one", "two", "three"]
    assert host.parts.providers["one"] is before
    assert host.changes == [(["three"], [])]
    assert list(host.parts.plans) == ["one", "two", "three"]
    assert host.following.works_by == 2
    [said] = host.said("table.changed")
    assert (said["version"], said["what"], said["by"]) == (2, "adds three (webhook)", "anna@host-a")


def test_a_changed_limit_is_taken_up(host: Host) -> None:
    host.configure("one", "two", more="max_in_flight = 3\n")
    host.apply("one", "two", more="max_in_flight = 3\n")
    host.tick()
    assert {plan.max_in_flight for plan in host.parts.plans.values()} == {3}
    assert host.changes == []


def test_a_file_that_nobody_applied_is_not_taken_up(host: Host) -> None:
    host.configure("one", "two", "three")
    for _ in range(5):
        host.tick()
    assert host.works_with == ["one", "two"]


def test_a_file_that_comes_later_than_the_table_is_taken_up_when_it_comes(host: Host) -> None:
    host.apply("one", "two", "three")
    host.tick()
    assert (host.works_with, host.following.works_by) == (["one", "two"], 1)
    [older] = host.said("config.older")
    assert (older["version"], older["table"]) == (1, 2)
    [kept] = host.said("table.kept")
    assert (kept["provider"], kept["wanted"], kept["since"], kept["by"]) == (
        "three", "removes three (it is not in this configuration)", 2, "anna@host-a",
    )  # fmt: skip
    host.tick()
    assert len(host.said("config.older")) == 1, "it is told once for each state of things"
    host.configure("one", "two", "three")
    host.tick()
    assert (host.works_with, host.following.works_by) == (["one", "two", "three"], 2)


def test_a_broken_file_leaves_all_as_it_is_until_it_can_be_read(host: Host) -> None:
    host.path.write_text("[providers.one\n")
    host.apply("one", "two", "three")
    for _ in range(4):
        host.tick()
    assert (host.works_with, host.following.works_by) == (["one", "two"], 1)
    [said] = host.said("config.unread")
    assert "ordercast.toml: is not TOML" in said["message"]
    assert said["level"] == "warning"
    host.configure("one", "two", "three")
    host.tick()
    assert (host.works_with, host.following.works_by) == (["one", "two", "three"], 2)


def test_a_file_that_has_lost_all_its_providers_counts_as_unread(host: Host) -> None:
    host.path.write_text("")
    host.apply("one", "two", "three")
    for _ in range(4):
        host.tick()
    assert (host.works_with, host.changes) == (["one", "two"], [])
    [said] = host.said("config.unread")
    assert f"{host.path} has no provider any more: the one before is used" in said["message"]
    host.configure("one", "two", "three")
    host.tick()
    assert (host.works_with, host.following.works_by) == (["one", "two", "three"], 2)


def test_a_provider_that_a_half_cut_file_has_lost_is_worked_until_the_table_says_otherwise(host: Host) -> None:
    host.configure("one")
    host.apply("one", "two", "three")
    host.tick()
    assert (host.works_with, host.changes) == (["one", "two"], [])
    assert host.following.leaves == {"three": "its configuration has no [providers.three]."}
    remove_provider(host.parts.store, "two", ANNA)
    host.tick()
    assert (host.works_with, host.changes) == (["one"], [([], ["two"])])


def test_what_is_kept_is_told_once_however_often_the_file_is_read(host: Host) -> None:
    host.apply("one", "two", "three")
    for more in ("\n", "\n\n", "\n\n\n"):
        host.configure("one", "two")
        host.path.write_text(host.path.read_text() + more)
        host.tick()
    assert len(host.said("table.kept")) == len(host.said("config.older")) == 1


def test_a_provider_without_its_secret_is_left_and_taken_up_when_the_secret_is_there(
    lines: Lines, tmp_path: Path, clean_store: str
) -> None:
    host = Host(lines, tmp_path, clean_store, "one", "two")
    other = tmp_path / "other"
    other.write_text("")
    text = host.path.read_text().rsplit(str(tmp_path / "secret"), 1)
    host.path.write_text(str(other).join(text))
    file = ConfigFile.here(str(host.path), {})
    host.parts = Process(file.load(), clean_store, clean_store, file=file)
    host.following = Following(host.parts, lambda come, gone: host.changes.append((come, gone)), lambda: host.now_s)
    host.parts.credentials.clock = lambda: host.now_s
    apply_table(host.parts.store, host.parts.config.providers, config_digest(host.parts.config), ANNA)
    host.following.begin()
    assert (host.works_with, host.following.works_by) == (["one"], 1)
    assert host.following.leaves == {"two": f"providers.two.secret: the file {other} is empty."}
    host.tick(1.0)
    assert host.changes == []
    other.write_text(SECRET)
    for _ in range(3):
        host.tick(1.0)
    assert (host.works_with, host.changes, host.following.leaves) == (["one", "two"], [(["two"], [])], {})
    host.parts.store.close()


def test_a_secret_that_is_away_while_the_file_is_read_again_stays_the_old_one(host: Host) -> None:
    (host.directory / "secret").write_text("")
    host.configure("one", "two", more="max_in_flight = 3\n")
    (host.directory / "secret").write_text(SECRET)
    host.apply("one", "two", more="max_in_flight = 3\n")
    (host.directory / "secret").write_text("")
    host.tick()
    assert host.works_with == ["one", "two"]
    assert {plan.max_in_flight for plan in host.parts.plans.values()} == {3}
    assert host.parts.providers["one"].secrets == (SECRET,)


def test_a_file_that_is_away_for_a_while_loses_no_provider(host: Host) -> None:
    host.path.unlink()
    host.apply("one", "two", "three")
    host.tick()
    assert host.works_with == ["one", "two"]
    assert "cannot be read" in host.said("config.unread")[0]["message"]


def test_a_provider_that_is_removed_by_name_still_delivers_and_goes_with_the_file(host: Host) -> None:
    remove_provider(host.parts.store, "two", ANNA)
    host.tick()
    assert (host.works_with, host.following.works_by) == (["one", "two"], 2)
    [kept] = host.said("table.kept")
    assert kept["message"].startswith("two was removed by anna@host-a at 20")
    assert f"Delete [providers.two] from {host.path}; or bring it back with" in kept["message"]
    host.configure("one")
    host.apply("one")
    host.tick()
    assert (host.works_with, host.changes) == (["one"], [([], ["two"])])


def test_a_provider_of_another_kind_is_left_to_others(lines: Lines, tmp_path: Path, clean_store: str) -> None:
    """What waits for it is not for our vendor."""
    host = Host(lines, tmp_path, clean_store, "one", "two")
    config = ConfigFile.here(str(host.path), {}).load()
    played = {
        name: one.__class__(name=name, kind="retargeting", base_url="http://127.0.0.1", options=None)
        for name, one in config.providers.items()
    }
    apply_table(host.parts.store, {**config.providers, "two": played["two"]}, "other kinds", ANNA)
    host.following.begin()
    assert host.works_with == ["one"]
    assert host.changes == [([], ["two"])]
    with host.parts.place("two") as has_place:
        assert not has_place
    assert "kind: retargeting → webhook" in host.said("table.kept")[0]["wanted"]
    host.parts.store.close()


def test_a_hangup_reads_the_secrets_again(host: Host) -> None:
    (host.directory / "secret").write_text("whsec_c2Vjb25kLXNlY3JldA==")
    host.parts.hung_up.set()
    host.tick(0.0)
    assert {line["provider"] for line in host.said("secret.reread")} == {"one", "two"}
    assert not host.parts.hung_up.is_set()
    assert host.parts.providers["one"].secrets == ("whsec_c2Vjb25kLXNlY3JldA==",)
