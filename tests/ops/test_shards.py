"""The command line on a ledger that is split over several shards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.delivery import Delivery
from tests.fakes.bodies import event_body
from tests.fakes.ledger import BURY, REJECTED, SOURCE, snapshot
from tests.fakes.ops import Ops
from worker.ledger.provider_table import apply_table
from worker.ledger.store.client import Store
from worker.ledger.store.shards import open_store
from worker.messages import INTAKE_QUEUE

NOBODY = "redis://127.0.0.1:1/0"


@pytest.fixture
def ops(clean_store: str, tmp_path: Path) -> Iterator[Ops]:
    made = Ops(tmp_path, clean_store, "one", "two", shards=[clean_store] * 2)
    yield made
    made.ledger.close()


def in_each(ops: Ops) -> list[str]:
    return [ops.ledger.numbers(shard, 1)[0] for shard in range(3)]


def bury_in_each(ops: Ops) -> list[Delivery]:
    """A dead letter of one order in each shard, the first shard's first."""
    for number in in_each(ops):
        ops.ledger.accept(snapshot(f"e{number}1", number))
        ops.ledger.advance(0.01)
    ops.ledger.borrow(rounds=10)
    for ops.ledger.at in range(3):
        ops.ledger.finish(ops.ledger.claim_in(ops.ledger.at), REJECTED, BURY)
        ops.ledger.advance(0.01)
    return ops.ledger.deliveries(state="dead")[::-1]


def without_shard(ops: Ops, address: str = NOBODY) -> None:
    """Name another address for the last shard."""
    told = ops.config.read_text()
    url = ops.ledger.store.url
    ops.config.write_text(told.replace(json.dumps([url, url]), json.dumps([url, address])))


def test_status_adds_up_and_names_the_shards(ops: Ops) -> None:
    bury_in_each(ops)
    status = ops.json("status")
    assert [(one["dead"], one["pending"], one["limit"]) for one in status["providers"]] == [(3, 0, 8), (0, 3, 8)]
    assert [one["shard"] for one in status["shards"]] == [0, 1, 2]
    assert status["store"]["memory_bytes"] in [one["memory_bytes"] for one in status["shards"]], "it is one server"
    assert "shards: 3" in ops.run("status").stderr


def test_status_goes_on_without_a_shard_and_says_which(ops: Ops) -> None:
    bury_in_each(ops)
    without_shard(ops)
    said = ops.run("status")
    assert said.exit_code == 0
    assert "shards: 3, 1 away" in said.stderr
    assert said.stderr.count("127.0.0.1:1/0") == 1
    sentence = (
        "Shard 2 at redis://127.0.0.1:1/0 does not answer: connection refused. Start it, or correct [store] shards."
    )
    assert f"{sentence} Its orders wait." in said.stderr
    assert [one["away"] for one in ops.json("status")["shards"]] == [None, None, sentence]
    assert [one["dead"] for one in ops.json("status")["providers"]] == [2, 0]


def test_lists_have_all_shards_letters_newest_first(ops: Ops) -> None:
    letters = bury_in_each(ops)
    assert [one["id"] for one in ops.json("dead")] == [one.id for one in reversed(letters)]
    assert [one["id"] for one in ops.json("dead", "--limit", "1")] == [letters[-1].id]
    assert len(ops.json("deliveries")) == 6
    assert [one["order"] for one in ops.json("deliveries", "--order", letters[1].order)] == [letters[1].order] * 2
    [group] = ops.json("dead", "--group")
    assert group["count"] == 3


def test_a_list_that_would_miss_a_shard_says_so_and_is_no_list(ops: Ops) -> None:
    bury_in_each(ops)
    without_shard(ops)
    assert "127.0.0.1:1" in ops.error("dead", code=69)


def test_an_order_is_shown_from_its_shard_also_where_another_is_away(ops: Ops) -> None:
    letters = bury_in_each(ops)
    without_shard(ops)
    told = ops.run("order", letters[1].order, "--source", SOURCE, "--json")
    assert "What was refused of it is not shown: Shard 2 at redis://127.0.0.1:1/0 does not answer" in told.stderr
    story = json.loads(told.stdout)
    assert [(one["provider"], one["state"]) for one in story["deliveries"]] == [("one", "dead"), ("two", "pending")]
    assert ops.error("order", letters[2].order, "--source", SOURCE, code=69)


def test_replay_and_discard_reach_letters_in_every_shard(ops: Ops) -> None:
    letters = bury_in_each(ops)
    done = ops.json("replay", "--provider", "one", "--why", "mended", "--yes")
    assert (done["matched"], done["done"], done["failed"]) == (3, 3, 0)
    assert ops.json("dead") == []
    done = ops.json("discard", *(one.id for one in letters), "--why", "gone", "--yes")
    assert [one["result"] for one in done["results"]] == ["discarded"] * 3


def test_letters_of_living_shards_are_replayed_by_id_while_another_is_away(ops: Ops) -> None:
    letters = bury_in_each(ops)
    without_shard(ops)
    done = ops.json("replay", letters[0].id, letters[1].id, "--why", "mended", "--yes")
    assert done["done"] == 2
    ops.error("replay", letters[2].id, "--why", "mended", "--yes", code=69)


def test_a_corrected_refusal_is_accepted_into_its_orders_shard(ops: Ops, tmp_path: Path) -> None:
    number = ops.ledger.numbers(2, 1)[0]
    good = event_body(changes={"source": SOURCE, "subject": number, "data.order.number": number})
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps({**good, "specversion": "0.3"}))
    assert ops.json("enqueue", str(bad), code=1)["refused"] == 1
    [refusal] = ops.json("refusals")
    edited = tmp_path / "good.json"
    edited.write_text(json.dumps(good))
    done = ops.json("replay", refusal["id"], "--edit", str(edited), "--why", "mended", "--yes")
    assert done["done"] == 1
    assert ops.json("refusals") == []
    shard = ops.ledger.store.shards[2]
    assert shard.client.zcard(shard.keys.key("events")) == 1


def test_a_link_is_shown_and_corrected_in_its_orders_shard(ops: Ops) -> None:
    letter = bury_in_each(ops)[1]
    found = ops.json("link", "one", letter.order, "--order-id", "42", "--why", "looked there")
    assert found["link"]["order_id"] == "42"
    assert ops.json("link", "one", letter.order)["link"]["order_id"] == "42"


def test_a_pause_and_a_resume_count_in_every_shard(ops: Ops) -> None:
    ops.ledger.borrow(rounds=10)
    assert ops.json("pause", "one", "--why", "tea")["gate"]["state"] == "paused"
    assert all(shard.client.hget(shard.keys.key("gate", provider="one"), "paused") for shard in ops.ledger.store.shards)
    assert ops.json("resume", "one", "--why", "done")["gate"]["state"] == "open"


def test_check_looks_at_every_shard(ops: Ops) -> None:
    found = {one["what"]: one["level"] for one in ops.json("check", "--apply", "--yes", code=1)}
    assert {f"shard {n} {what}" for n in range(3) for what in ("store", "durability", "eviction")} <= set(found)
    without_shard(ops)
    told = {one["what"]: one for one in ops.json("check", code=69)}
    assert told["shard 2 store"]["level"] == "fail"
    assert "Its orders wait" in told["shard 2 store"]["message"]
    assert told["provider table"]["level"] == "ok"


def test_check_notices_a_shard_that_works_by_another_configuration(ops: Ops) -> None:
    ops.json("check", "--apply", "--yes", code=1)
    shard = ops.ledger.store.shards[2]
    apply_table(shard, {}, "another")
    told = {one["what"]: one["level"] for one in ops.json("check", code=1)}
    assert told["provider table"] == "warn"


@pytest.mark.parametrize("words", [["status"], ["dead"], ["check"], ["pause", "one", "--why", "x"]])
def test_other_addresses_than_the_ledgers_are_bad_configuration_for_every_command(ops: Ops, words: list[str]) -> None:
    url = ops.ledger.store.url
    ops.config.write_text(ops.config.read_text().replace(json.dumps([url, url]), json.dumps([url])))
    assert "has 3 stores, and 2 stores are named" in ops.error(*words, code=78)


def test_a_command_without_shards_refuses_a_ledger_that_has_some(ops: Ops) -> None:
    url = ops.ledger.store.url
    ops.config.write_text(ops.config.read_text().replace(json.dumps([url, url]), "[]"))
    assert "has 3 stores, and 1 store is named" in ops.error("status", code=78)


def test_a_shard_of_another_ledger_is_bad_configuration(ops: Ops, clean_store: str) -> None:
    other = clean_store.replace("db=0", "") + ("?db=1" if "?" not in clean_store else "")
    foreign = open_store(other, [other, other])
    assert foreign.shards[2].now_ms()
    ops.ledger.store.shards[2].now_ms()
    without_shard(ops, other)
    assert "cannot be shard 2: it is a shard of another ledger" in ops.error("status", code=78)
    with foreign.errors():
        foreign.client.flushdb()
    for shard in foreign.shards:
        shard.close()


def test_a_shard_that_has_lost_its_files_is_bad_configuration(ops: Ops) -> None:
    bury_in_each(ops)
    last = ops.ledger.store.shards[2]
    last.client.delete(*last.client.keys(f"{last.tag}*"))
    assert "and is empty now, or another server" in ops.error("status", code=78)


def test_the_seat_of_the_letterbox_is_the_first_shards(ops: Ops) -> None:
    first: Store = ops.ledger.store
    first.run("reader_lease", INTAKE_QUEUE, "somebody", 5000)
    assert ops.json("status")["intake"]["letterbox"] is True
