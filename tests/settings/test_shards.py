"""The addresses of a ledger that is split."""

from __future__ import annotations

from pathlib import Path

import pytest

from worker.errors import ConfigError
from worker.settings import load_settings


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def shards(text: str, **environ: str) -> tuple[str, ...]:
    Path("ordercast.toml").write_text(f"[store]\n{text}\n")
    return load_settings(environ=environ).store.shards


def problems(text: str, **environ: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        shards(text, **environ)
    return caught.value.problems


def test_without_shards_the_ledger_is_one_store():
    assert shards('url = "redis://a"') == ()


def test_shards_are_a_list_in_the_file_and_words_in_a_variable():
    assert shards('url = "redis://a"\nshards = ["redis://b", "redis://c"]') == ("redis://b", "redis://c")
    named = {"ORDERCAST_STORE_URL": "redis://a", "ORDERCAST_STORE_SHARDS": " redis://b   redis://c "}
    assert shards("", **named) == ("redis://b", "redis://c")


def test_several_shards_may_name_one_server():
    assert shards('url = "redis://a"\nshards = ["redis://a", "redis://a"]') == ("redis://a", "redis://a")


def test_the_store_that_comes_along_has_no_shards():
    [problem] = problems('shards = ["redis://b"]')
    assert problem == "store.shards: go beside [store] url: the embedded Valkey has none"


@pytest.mark.parametrize("wrong", ['"amqp://b"', "1"])
def test_each_shard_is_the_address_of_a_store_and_the_message_does_not_repeat_it(wrong):
    [problem] = problems(f'url = "redis://a"\nshards = [{wrong}]')
    assert problem.startswith("store.shards: must be an address")
    assert "b" not in problem.partition("such as")[0].removeprefix("store.shards: must be")


def test_what_is_no_list_is_told_what_it_should_be():
    [problem] = problems('url = "redis://a"\nshards = 2')
    assert problem.startswith("store.shards: must be a list of addresses")


def test_a_shards_certificate_that_is_not_there_is_named():
    [problem] = problems('url = "redis://a"\nshards = ["rediss://b?ssl_ca_certs=ca.pem"]')
    assert problem == "store.shards: ssl_ca_certs names a file that is not there (ca.pem)"
