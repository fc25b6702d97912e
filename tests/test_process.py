"""Places for runners in one process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import msgspec

from schemas.config import Config, ProviderConfig, StoreConfig
from worker.process import Process

HERE = "redis://127.0.0.1:1/0"


def parts(providers: int, shards: int, threads: int = 32) -> Process:
    configs: dict[str, Any] = {
        f"p{n}": ProviderConfig(name=f"p{n}", kind="retargeting", base_url="http://127.0.0.1", options=None)
        for n in range(providers)
    }
    store = StoreConfig(url=HERE, shards=(HERE,) * (shards - 1))
    return Process(Config(store=store, providers=configs), HERE, HERE, threads=threads)


@contextmanager
def taken(made: Process, shard: int, *providers: str) -> Iterator[int]:
    """As many places as can be had at these providers in a shard, and how many that is."""
    with ExitStack() as held:
        found = 0
        for provider in providers:
            while held.enter_context(made.place(provider, shard)):
                found += 1
        yield found


def test_a_provider_leaves_two_threads_to_each_of_the_others() -> None:
    with taken(parts(4, 1), 0, "p0") as found:
        assert found == 26


def test_one_provider_alone_may_have_all_threads() -> None:
    with taken(parts(1, 1), 0, "p0") as found:
        assert found == 32


def test_runners_that_wait_for_a_shard_leave_threads_for_the_others() -> None:
    made = parts(4, 3)
    with taken(made, 2, "p0", "p1", "p2", "p3") as waiting:
        assert waiting == 16
        with taken(made, 1, "p0", "p1", "p2", "p3") as found:
            assert found >= 8


def test_a_shard_or_a_provider_that_is_not_configured_has_no_place() -> None:
    made = parts(2, 2)
    for provider, shard in (("p0", 2), ("p9", 0)):
        with made.place(provider, shard) as has_place:
            assert not has_place


def test_renewed_secrets_never_stand_in_for_settings_that_came_meanwhile() -> None:
    made = parts(2, 1)
    known = made.config.providers["p0"]
    fresh = msgspec.structs.replace(known, max_in_flight=3)
    made.take({**made.config.providers, "p0": fresh})
    assert not made.replace(known, msgspec.structs.replace(known, settle_s=99))
    assert made.config.providers["p0"] is fresh
    assert made.replace(fresh, msgspec.structs.replace(fresh, settle_s=99))
    assert (made.plans["p0"].max_in_flight, made.plans["p0"].settle_s) == (3, 99)


def test_what_has_not_changed_stays_the_same_provider() -> None:
    made = parts(2, 1)
    before = made.providers["p1"]
    assert made.take({"p1": msgspec.structs.replace(before.config), "p7": made.config.providers["p0"]}) == (
        ["p7"],
        ["p0"],
    )
    assert made.providers["p1"] is before
    with made.place("p0") as has_place:
        assert not has_place
