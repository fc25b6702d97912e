"""Which providers are logs, that want every event: by their kind, unless the file says otherwise."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from schemas import providers as kinds
from schemas.config import ProviderConfig
from worker.errors import ConfigError
from worker.providers import KINDS, adapter
from worker.settings import accounts, load_settings

ENVIRON = {"SECRET": "whsec_dGVzdC13ZWJob29rLXNlY3JldC0wMDAx"}
HOOK = '[providers.one]\nkind = "webhook"\nsecret = { env = "SECRET" }\nbase_url = "https://hooks.example"\n'
DESK = '[providers.one]\nkind = "orderdesk"\nstore_id = "1001"\napi_key = { env = "SECRET" }\n'


@pytest.fixture(autouse=True)
def _empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def load(text: str) -> ProviderConfig:
    Path("ordercast.toml").write_text(text)
    return load_settings(environ=ENVIRON).providers["one"]


@pytest.mark.parametrize(
    ("text", "supersedes"),
    [
        (HOOK, False),
        (f"{HOOK}supersede = false\n", False),
        (f"{HOOK}supersede = true\n", True),
        (DESK, True),
        (f"{DESK}supersede = true\n", True),
    ],
)
def test_a_webhook_is_a_log_unless_it_is_told_to_supersede(text: str, supersedes: bool) -> None:
    assert load(text).supersede is supersedes


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("false", accounts.OVERWRITES),
        ('"no"', "must be true or false"),
    ],
)
def test_a_vendor_is_never_sent_an_older_order_over_a_newer(said: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(f"{DESK}supersede = {said}\n")
    assert caught.value.problems == [f"providers.one.supersede: {problem}"]


def test_the_settings_know_of_every_kind_whether_it_is_a_log() -> None:
    assert (
        {kind for kind in KINDS if adapter(kind).is_log}
        == {kind for kind in KINDS if kinds.defaults(kind).is_log}
        == {"webhook"}
    )


@pytest.mark.parametrize("is_log", [True, False])
def test_a_kind_from_outside_says_itself_whether_it_is_a_log(monkeypatch: pytest.MonkeyPatch, is_log: bool) -> None:
    outside = type(
        "Outside", (adapter("orderdesk"),), {"is_log": is_log, "options_schema": kinds.options_schema("orderdesk")}
    )
    entry = SimpleNamespace(name="outside", load=lambda: outside)

    def entry_points(*, group: str, name: str = "outside") -> list[SimpleNamespace]:
        return [entry] if (group, name) == (kinds.ENTRY_POINT_GROUP, "outside") else []

    monkeypatch.setattr(kinds, "entry_points", entry_points)
    assert load(DESK.replace("orderdesk", "outside")).supersede is not is_log
