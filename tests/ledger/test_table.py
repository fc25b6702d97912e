"""The provider table: a start only adds, an older configuration changes nothing, and every version has its author."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from schemas.config import ProviderConfig
from tests.fakes.ledger import Ledger, snapshot
from worker.ledger.provider_rows import read_table
from worker.ledger.provider_table import add_to_table, apply_table, remove_provider
from worker.settings.author import Author

ANNA = Author("anna@host-a", "0.1", "/etc/ordercast.toml", "check --apply")
START = Author("root@host-b", "0.1", "/srv/ordercast.toml", "a worker's start")


@pytest.fixture
def ledger(clean_store: str) -> Ledger:
    return Ledger(clean_store, "desk", "hook")


def configs(*names: str, **settings: Any) -> dict[str, ProviderConfig]:
    return {name: provider(name, **settings) for name in names}


def provider(name: str, **settings: Any) -> ProviderConfig:
    wanted = {"kind": "retargeting", "base_url": "http://127.0.0.1", "options": None} | settings
    return ProviderConfig(name=name, **wanted)


def live(ledger: Ledger) -> list[str]:
    return [row.name for row in read_table(ledger.store).rows if not row.gone]


def audit(ledger: Ledger) -> list[dict[str, str]]:
    entries = ledger.store.client.xrange(ledger.store.keys.key("audit"))
    return [{name.decode(): value.decode() for name, value in entry.items()} for _, entry in entries]


def test_a_start_with_fewer_providers_removes_none_and_says_which_it_kept(ledger: Ledger) -> None:
    written = add_to_table(ledger.store, configs("desk"), "yesterday", START)
    assert live(ledger) == ["desk", "hook"]
    assert [(one.provider, one.does, one.since) for one in written.kept] == [("hook", "removes", 1)]
    assert written.table.version == 1, "nothing was changed"


def test_a_start_without_any_provider_wipes_nothing(ledger: Ledger) -> None:
    written = add_to_table(ledger.store, {}, "wiped", START)
    assert live(ledger) == ["desk", "hook"]
    assert [one.provider for one in written.kept] == ["desk", "hook"]


def test_a_start_adds_what_is_new_and_signs_it(ledger: Ledger) -> None:
    written = add_to_table(ledger.store, configs("desk", "hook", "third"), "more", START)
    assert live(ledger) == ["desk", "hook", "third"]
    assert (written.kept, [str(one) for one in written.made]) == ([], ["adds third (retargeting)"])
    row = read_table(ledger.store).row("third")
    assert row is not None
    assert (row.version, row.by) == (2, "root@host-b")
    assert ledger.accept(snapshot())[0].deliveries.__len__() == 3


def test_a_start_takes_further_events_and_keeps_those_that_its_file_has_not(ledger: Ledger) -> None:
    narrow = configs("desk", "hook", events=("order.created", "order.updated"))
    apply_table(ledger.store, narrow, "narrow", ANNA)
    written = add_to_table(
        ledger.store, configs("desk", "hook", events=("order.created", "order.noted")), "other", START
    )
    row = read_table(ledger.store).row("desk")
    assert row is not None
    assert set(row.events) == {"order.created", "order.noted", "order.updated"}
    assert [(one.provider, one.does) for one in written.kept] == [("desk", "narrows"), ("hook", "narrows")]


@pytest.mark.parametrize(
    ("before", "after", "does"),
    [
        (("*",), ("order.*",), ["narrows"]),
        (("order.created",), ("order.*",), ["widens"]),
        (("order.*",), ("order.*", "*"), ["widens"]),
        (("order.*",), ("order.?",), ["narrows"]),
        (("order.a",), ("order.?",), ["widens", "narrows"]),  # what a ? matches is not looked into: a person decides
        (("a", "b"), ("b", "a"), []),
    ],
)
def test_what_narrows_is_known_by_its_patterns(
    ledger: Ledger, before: tuple[str, ...], after: tuple[str, ...], does: list[str]
) -> None:
    apply_table(ledger.store, {"desk": provider("desk", sources=before)}, "before", ANNA)
    written = add_to_table(ledger.store, {"desk": provider("desk", sources=after)}, "after", START)
    assert [one.does for one in [*written.made, *written.kept]] == does


def test_a_start_never_makes_another_kind_of_a_provider(ledger: Ledger) -> None:
    written = add_to_table(ledger.store, configs("desk", "hook", kind="webhook"), "kinds", START)
    assert {row.kind for row in read_table(ledger.store).rows} == {"retargeting"}
    assert [one.what for one in written.kept] == ["kind: retargeting → webhook"] * 2


def test_an_older_configuration_changes_nothing_and_is_known_by_its_version(ledger: Ledger) -> None:
    old, new = configs("desk", "hook", max_in_flight=2), configs("desk", "hook", "third", max_in_flight=9)
    apply_table(ledger.store, old, "old", ANNA)
    apply_table(ledger.store, new, "new", ANNA)
    before = read_table(ledger.store)
    written = add_to_table(ledger.store, old, "old", START)
    assert read_table(ledger.store) == before
    assert written.older is not None
    assert (written.older.version, written.older.by, before.version) == (2, "anna@host-a", 3)
    assert [(one.provider, one.does, one.what) for one in written.kept] == [
        ("desk", "changes", "max_in_flight: 9 → 2"),
        ("hook", "changes", "max_in_flight: 9 → 2"),
        ("third", "removes", "it is not in this configuration"),
    ]
    assert add_to_table(ledger.store, new, "new", START).kept == []


def test_a_person_who_goes_back_makes_the_older_configuration_the_newest(ledger: Ledger) -> None:
    old, new = configs("desk"), configs("desk", "hook")
    apply_table(ledger.store, old, "old", ANNA)
    apply_table(ledger.store, new, "new", ANNA)
    apply_table(ledger.store, old, "old", ANNA)
    assert live(ledger) == ["desk"]
    assert add_to_table(ledger.store, old, "old", START).older is None
    assert add_to_table(ledger.store, new, "new", START).older is not None
    assert live(ledger) == ["desk"]


def test_what_a_person_removed_does_not_come_back_with_a_start(ledger: Ledger) -> None:
    remove_provider(ledger.store, "hook", ANNA)
    for digest in ("digest", "a file that nobody applied before"):
        add_to_table(ledger.store, configs("desk", "hook"), digest, START)
        assert live(ledger) == ["desk"]
    apply_table(ledger.store, configs("desk", "hook"), "again", ANNA)
    assert live(ledger) == ["desk", "hook"]
    assert [row.ordinal for row in read_table(ledger.store).rows] == [0, 1]


def test_what_is_removed_by_name_still_delivers_what_it_has(ledger: Ledger) -> None:
    ledger.accept(snapshot())
    remove_provider(ledger.store, "hook", ANNA)
    assert ledger.accept(snapshot("e2"))[0].deliveries.__len__() == 1
    ledger.deliver("hook")
    assert ledger.states(provider="hook") == {"e1": "delivered"}
    assert remove_provider(ledger.store, "hook", ANNA).made == []


def test_every_version_is_in_the_audit_with_its_author_and_cause(ledger: Ledger) -> None:
    add_to_table(ledger.store, configs("desk", "hook", "third"), "more", START)
    remove_provider(ledger.store, "third", ANNA)
    told = [(one["verb"], one["what"], one["who"], one["why"]) for one in audit(ledger)[-2:]]
    assert told == [
        ("table", "version 2: adds third (retargeting)", "root@host-b", "a worker's start"),
        ("table", "version 3: removes third", "anna@host-a", "check --apply"),
    ]
    assert [(one.version, one.by, one.digest) for one in read_table(ledger.store).history[-2:]] == [
        (2, "root@host-b", "more"),
        (3, "anna@host-a", ""),
    ]


def test_the_history_is_bounded(ledger: Ledger) -> None:
    for turn in range(130):
        apply_table(ledger.store, configs("desk", max_in_flight=turn % 7 + 1), f"digest {turn}", ANNA)
    assert len(read_table(ledger.store).history) == 100


def test_a_table_agrees_with_a_file_by_the_settings_of_each_provider(ledger: Ledger) -> None:
    apply_table(ledger.store, configs("desk", "hook"), "both", ANNA)
    assert read_table(ledger.store).agrees_with(configs("desk", "hook"))
    assert not read_table(ledger.store).agrees_with(configs("desk"))
    assert not read_table(ledger.store).agrees_with(configs("desk", "hook", settle_s=99))
    remove_provider(ledger.store, "hook", ANNA)
    assert read_table(ledger.store).agrees_with(configs("desk", "hook")), "its last deliveries are still sent"
    assert read_table(ledger.store).agrees_with(configs("desk"))


def test_starts_that_race_lose_none_of_each_others_providers(ledger: Ledger) -> None:
    stores = [Ledger(ledger.store.url, "desk", "hook").store for _ in range(4)]

    def start(number: int) -> None:
        for turn in range(5):
            wanted = configs("desk", "hook", f"p{number}-{turn}")
            add_to_table(stores[number], wanted, f"host {number}, turn {turn}", START)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(start, range(4)))
    table = read_table(ledger.store)
    assert len(live(ledger)) == 2 + 4 * 5
    assert sorted(row.ordinal for row in table.rows) == list(range(22))
    assert [one.version for one in table.history] == list(range(1, table.version + 1))
    assert len([one for one in audit(ledger) if one["verb"] == "table"]) == 20


def test_a_table_that_an_earlier_release_wrote_is_taken_as_it_is(ledger: Ledger) -> None:
    rows = [{"name": "desk", "kind": "retargeting", "ordinal": 0, "limit": 8, "blocks": True}]
    kept = json.dumps({"version": 0, "digest": "before", "rows": rows})
    ledger.store.client.hset(ledger.store.keys.key("table"), mapping={"version": 7, "json": kept})
    written = add_to_table(ledger.store, configs("desk"), "now", START)
    assert (written.made, written.kept, written.table.version) == ([], [], 8)
    assert read_table(ledger.store).agrees_with(configs("desk"))
