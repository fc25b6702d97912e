"""What is said of the intake queue: prefixes of producers' lists on Redis, the queue's type on RabbitMQ."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.config import StoreConfig
from worker.errors import ConfigError
from worker.settings import load_settings


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def store(text: str, **environ: str) -> StoreConfig:
    Path("ordercast.toml").write_text(f"[store]\n{text}\n")
    return load_settings(environ=environ).store


def test_without_a_word_there_is_no_prefix_and_a_quorum_queue():
    assert (store("").intake_prefix, store("").intake_queue_type) == ((), "quorum")


@pytest.mark.parametrize(
    ("written", "prefixes"),
    [('"shop-one:"', ("shop-one:",)), ('["a:", "b."]', ("a:", "b.")), ('""', ()), ('"a: b:"', ("a:", "b:"))],
)
def test_prefixes_are_a_text_or_a_list(written: str, prefixes: tuple[str, ...]):
    assert store(f"intake_prefix = {written}").intake_prefix == prefixes


def test_a_variable_has_blanks_between_them():
    assert store("", ORDERCAST_STORE_INTAKE_PREFIX=" a:  b: ").intake_prefix == ("a:", "b:")


@pytest.mark.parametrize("written", ["5", '["a b"]', '[""]', "[1]"])
def test_what_is_no_prefix_is_a_problem_that_says_what_to_write(written: str):
    with pytest.raises(ConfigError) as caught:
        store(f"intake_prefix = {written}")
    assert caught.value.problems == [
        'store.intake_prefix: must be a text without blanks, such as "shop-one:", or a list of such texts'
    ]


def test_another_type_of_queue_is_a_problem():
    with pytest.raises(ConfigError) as caught:
        store('intake_queue_type = "mirrored"')
    assert caught.value.problems == ["store.intake_queue_type: must be one of quorum, classic"]
