"""Commands at a store that answers, and not what it was asked: a sentence and an exit code, never a traceback; ``check``
names it, and goes on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import hiccups
from tests.fakes.bodies import event_body
from tests.fakes.ledger import snapshot
from tests.fakes.ops import PROVIDER, Ops
from tests.fakes.servers import DEBIANS, RedisServer, Server
from worker.ledger.store.shards import open_store

Make = Callable[[Server], AbstractContextManager[Any]]

ANSWERS: dict[str, tuple[Make, bool]] = {
    "NOREPLICAS": (hiccups.without_replicas, True),
    "READONLY": (hiccups.replica, True),
    "MISCONF": (hiccups.unable_to_save, True),
    "BUSY": (hiccups.held_up, False),
    "NOPERM": (hiccups.forbidden, False),
}
"""How each is made, and whether the store may be read from."""

READING = (["status"], ["order", "1001"], ["deliveries"], ["dead"], ["dead", "--group"], ["refusals"], ["providers"])
WRITING = (
    ["enqueue", "events.json"],
    ["pause", "one", "--why", "w"],
    ["resume", "one", "--why", "w"],
    ["replay", "--provider", "one", "--yes", "--why", "w"],
    ["discard", "--provider", "one", "--yes", "--why", "w"],
    ["up", "--workers", "1"],
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("odd") / "server") as made:
        yield made


@pytest.fixture
def ops(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ops]:
    with server.client() as client:
        client.flushall()
    made = Ops(tmp_path, server.url, "one", "two")
    # one that the ledger has not got: so that a start, and check --apply, have something to write
    made.config.write_text(made.config.read_text() + PROVIDER.format(name="three", secret=tmp_path / "secret"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "events.json").write_text(json.dumps([event_body()]))
    made.bury(snapshot())
    yield made
    made.ledger.store.close()


def outcome(ops: Ops, *words: str) -> tuple[int, str]:
    """The exit code, and what was said on standard error. Any other end than by an exit code is a traceback."""
    result = ops.run(*words)
    assert result.exception is None or isinstance(result.exception, SystemExit), (words, result.exception)
    return result.exit_code, result.stderr


@pytest.mark.parametrize("word", ANSWERS)
def test_every_command_ends_with_a_sentence_and_exit_code_69_or_shows_what_can_be_read(
    ops: Ops, server: Server, word: str
) -> None:
    make, is_read = ANSWERS[word]
    with make(server):
        for words in READING:
            code, said = outcome(ops, *words)
            assert code == (0 if is_read or words == ["providers"] else 69), (words, said)
            assert is_read or f"answers: {word}" in said or words == ["providers"]
        for words in WRITING:
            code, said = outcome(ops, *words)
            assert (code, f"answers: {word}" in said) == (69, True), (words, said)
    assert outcome(ops, "enqueue", "events.json")[0] == 0


@pytest.mark.parametrize("word", ANSWERS)
def test_check_names_it_and_goes_on_with_everything_else(ops: Ops, server: Server, word: str) -> None:
    make, is_read = ANSWERS[word]
    with make(server):
        found = ops.json("check", "--apply", code=69)
    sentence = "It is a replica, which takes no writes" if word == "READONLY" else f"answers: {word}"
    named = [one for one in found if one["level"] == "fail" and sentence in one["message"]]
    assert named
    assert len({one["message"] for one in named}) == len(named), "the same said twice"
    assert all(not one["message"].endswith("Start it, or correct [store] url.") for one in named)
    seen = {one["what"] for one in found}
    assert seen >= {"configuration", "provider one", "provider two"}
    assert not is_read or seen >= {"durability", "eviction", "provider table", "workers"}


SAYS_SO: dict[str, tuple[Make, str]] = {
    "NOREPLICAS": (hiccups.without_replicas, "Nothing goes on: The store at {url} answers: NOREPLICAS "),
    "READONLY": (hiccups.replica, "Nothing goes on: The store at {url} answers: READONLY "),
    "MISCONF": (hiccups.unable_to_save, "Nothing goes on: The store at {url} answers: MISCONF "),
    "NOPERM": (hiccups.without_rights_to_write, "Nothing goes on: The store at {url} answers: NOPERM "),
    "OOM": (hiccups.without_memory, "Nothing is accepted: The store at {url} is out of memory; "),
}
"""How status begins where the store takes nothing, and may be read from."""


@pytest.mark.parametrize("word", SAYS_SO)
def test_status_says_first_that_nothing_goes_on(ops: Ops, server: Server, word: str) -> None:
    make, begins = SAYS_SO[word]
    begins = begins.format(url=server.url)
    with make(server):
        result = ops.run("status")
        assert result.stderr.splitlines()[0].startswith(begins), result.stderr
        assert "deliver." not in result.stderr
        assert "start one" not in result.stderr
        assert result.stdout.splitlines()[1].startswith("one\t")
        as_json = ops.run("status", "--json")
        assert as_json.stderr.startswith(begins)
        document = json.loads(as_json.stdout)
        assert (document["store"]["refusal"]["word"], document["providers"][0]["dead"]) == (word, 1)
    assert "Nothing " not in ops.run("status").stderr
    assert ops.json("status")["store"]["refusal"] is None


@pytest.mark.parametrize("word", SAYS_SO)
def test_a_probe_fails_for_a_store_that_takes_nothing_whatever_else_it_asks_for(
    ops: Ops, server: Server, word: str
) -> None:
    make, begins = SAYS_SO[word]
    with make(server):
        for conditions in ("held", "paused,older=5m"):
            probe = ops.run("status", "--fail-on", conditions)
            assert (probe.exit_code, len(probe.stdout.splitlines())) == (5, 1), probe.output
            assert probe.stdout.startswith(f"store: {begins.format(url=server.url)}")
        all_asked = ops.run("status", "--fail-on", "dead,unread,workers").stdout.splitlines()
        heads = [line.split(":")[0] for line in all_asked]
        assert heads == (["store", "dead", "unread", "workers"] if word == "OOM" else ["store", "dead"])
    assert ops.run("status", "--fail-on", "held").exit_code == 0


@pytest.mark.parametrize("words", [["dead"], ["order", "1001"], ["deliveries"], ["refusals"], ["remarks"], ["log"]])
def test_whatever_reads_says_it_in_one_line(ops: Ops, server: Server, words: list[str]) -> None:
    with hiccups.without_replicas(server):
        said = ops.run(*words).stderr.splitlines()
        assert [line for line in said if line.startswith("Nothing goes on: ")] == said[:1]
        assert said
    assert "Nothing goes on" not in ops.run(*words).stderr


def test_check_says_of_the_workers_that_nobody_can_tell(ops: Ops, server: Server) -> None:
    with hiccups.without_replicas(server):
        [found] = [one["message"] for one in ops.json("check", code=69) if one["what"] == "workers"]
    assert found == "Nobody can tell: the store takes no word of theirs at present."


def test_asking_whether_a_store_takes_anything_leaves_nothing_in_it(ops: Ops, server: Server) -> None:
    with server.client() as client:
        before = sorted(client.keys("*"))
        ops.run("status")
        assert sorted(client.keys("*")) == before


def test_a_store_that_was_started_again_refuses_nothing_and_is_not_away(tmp_path: Path) -> None:
    with Server(tmp_path / "server") as server, closing(open_store(server.url)) as store:
        assert store.refusal() is None
        server.kill()
        server.start()
        assert store.refusal() is None


FAILED_STORE = ("fail", "store")


@pytest.mark.skipif(DEBIANS is None, reason="needs a redis-server")
@pytest.mark.parametrize("word", ["OOM", "ERR"])
def test_redis_7_is_read_while_it_is_full_or_gives_no_right_to_write(tmp_path: Path, word: str) -> None:
    make = {"OOM": hiccups.without_memory, "ERR": hiccups.without_rights_to_write}[word]
    with RedisServer(tmp_path / "redis") as server:
        ops = Ops(tmp_path, server.url, "one")
        ops.bury(snapshot())
        with make(server):
            for words in (*READING, ["remarks"], ["status", "--json"]):
                code, said = outcome(ops, *words)
                assert code == 0, (words, said)
            assert outcome(ops, "status")[1].startswith("Nothing ")
            failed = [
                one["message"] for one in ops.json("check", code=69) if (one["level"], one["what"]) == FAILED_STORE
            ]
            assert len(failed) == 1
            assert failed[0].endswith(("or raise its maxmemory.", "+function."))
            code, said = outcome(ops, "pause", "one", "--why", "w")
            assert word == "OOM" or (code == 69 and "Give the user that [store] url names the right to this" in said)
            assert "defect of Ordercast" not in said
        assert outcome(ops, "pause", "one", "--why", "w")[0] == 0
        ops.ledger.store.close()


def test_check_fails_a_replica_with_what_to_do(ops: Ops, server: Server) -> None:
    with hiccups.replica(server):
        found = ops.json("check", code=69)
    assert {"level": "fail", "what": "store", "message": REPLICA} in found


REPLICA = "It is a replica, which takes no writes: name its master, or the Sentinels, in [store] url."


def test_check_fails_a_node_of_a_cluster_whether_it_holds_our_keys_or_not(tmp_path: Path) -> None:
    with hiccups.cluster(tmp_path) as nodes:
        for node, keys_are_elsewhere in zip(nodes, (False, True), strict=True):
            home = tmp_path / str(node.port)
            home.mkdir()
            (home / "ordercast.toml").write_text(f'[store]\nurl = "{node.url}"\nbroker_url = "{node.url}"\n')
            ops = Ops.__new__(Ops)
            ops.config = home / "ordercast.toml"
            found = ops.json("check", code=69)
            failed = [(one["what"], one["message"]) for one in found if one["level"] == "fail"]
            assert [what for what, message in failed if "a node of a cluster (cluster-enabled yes)" in message] == [
                "store",
                "broker",
            ]
            assert any("answers: MOVED" in message for _, message in failed) is keys_are_elsewhere
            with node.client() as client:
                assert not (keys_are_elsewhere and client.function_list()), "written to, and the keys are elsewhere"


@pytest.mark.parametrize("durability", ["disk", "memory"])
def test_check_fails_a_store_that_keeps_nothing_whatever_is_configured(tmp_path: Path, durability: str) -> None:
    with Server(tmp_path / "store", appendonly="no", save="") as server:
        ops = Ops(tmp_path, server.url, "one")
        ops.config.write_text(ops.config.read_text().replace("shards = []", f'durability = "{durability}"'))
        [found] = [one for one in ops.json("check", code=69) if one["what"] == "durability"]
        assert found["message"].startswith(
            "A crash of the store loses everything: set appendonly yes and appendfsync always there"
        )
        assert ops.json("status")["store"]["durability"] == "memory (everything at risk)"
        ops.ledger.store.close()


def test_check_tells_both_ways_to_start_a_worker_where_the_store_is_a_server(ops: Ops) -> None:
    [found] = [one for one in ops.json("check", code=1) if one["what"] == "workers"]
    assert found["message"] == (
        "None is at work: start them with `ordercast up`, or with `celery -A worker worker --apply-config` on every host"
        " that is to work."
    )


def test_a_store_that_does_not_show_its_settings_is_not_said_to_be_safe(ops: Ops, server: Server) -> None:
    with hiccups.forbidden(server, less="-config", again="+config"):
        assert ops.json("status")["store"]["durability"] == "unknown (it does not show its settings)"
        [found] = [one for one in ops.json("check", code=1) if one["what"] == "durability"]
        assert found["level"] == "warn"
