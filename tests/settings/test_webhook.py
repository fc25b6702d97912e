"""A webhook's endpoint is refused at once where its text alone says that it is private."""

from __future__ import annotations

from pathlib import Path

import pytest

from worker.errors import ConfigError
from worker.settings import load_settings

HOOK = '[providers.hook]\nkind = "webhook"\nsecret = { env = "SECRET" }\n'
ENVIRON = {"SECRET": "whsec_dGVzdC13ZWJob29rLXNlY3JldC0wMDAx"}


@pytest.fixture(autouse=True)
def _empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def load(base_url: str, more: str = ""):
    Path("ordercast.toml").write_text(f'{HOOK}base_url = "{base_url}"\n{more}')
    return load_settings(environ=ENVIRON).providers["hook"]


@pytest.mark.parametrize(
    ("base_url", "host"),
    [
        ("https://10.0.0.5/orders?token=x", "10.0.0.5"),
        ("https://[fd00::1]:8443/", "fd00::1"),
        ("https://[::ffff:169.254.169.254]/", "::ffff:169.254.169.254"),
        ("http://127.0.0.1:9000/", "127.0.0.1"),
        ("http://localhost:9000/", "localhost"),
    ],
)
def test_a_private_endpoint_is_refused_unless_it_is_allowed(base_url: str, host: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(base_url)
    assert caught.value.problems == [
        f"providers.hook.base_url: {host} is not a public address: a webhook goes there only with allow_private = true"
    ]
    assert load(base_url, "allow_private = true\n").base_url == base_url


@pytest.mark.parametrize("base_url", ["https://hooks.example/orders/", "https://93.184.215.14", "https://127.1/"])
def test_a_public_endpoint_or_a_name_is_taken_to_the_letter(base_url: str) -> None:
    assert load(base_url).base_url == base_url


def test_a_secret_that_lost_its_padding_is_told_what_to_append(monkeypatch: pytest.MonkeyPatch) -> None:
    for secret, lacks in (("whsec_dGhpcmQtc2VjcmV0LQ", "=="), ("dGhpcmQtc2VjcmV0LTE", "=")):
        monkeypatch.setitem(ENVIRON, "SECRET", secret)
        with pytest.raises(ConfigError) as caught:
            load("https://hooks.example/")
        [problem] = caught.value.problems
        assert f"padding of this webhook secret is missing: append {lacks} to it" in problem
        assert "dGhpcmQ" not in problem
