"""A store that answers, and not what it was asked: each such answer, made for real, is one of our errors, with the
server's own word and with what to do."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from schemas.delivery import order_digest
from tests.fakes import hiccups
from tests.fakes.hiccups import refused
from tests.fakes.ledger import snapshot
from tests.fakes.servers import Server
from tests.fakes.split import SplitLedger
from tests.fakes.waiting import wait_until
from tests.ledger.test_store_away import CALLS
from worker.errors import LeaseLost, NoProviders, OrdercastError, ShardAway, StoreFull, StoreUnreachable
from worker.ledger.adapter_cache import AdapterCache
from worker.ledger.gates import Gates
from worker.ledger.job_lists import NoJob
from worker.ledger.provider_table import apply_table
from worker.ledger.queries.causes import NoCause
from worker.ledger.queries.ledger_status import LedgerStatus
from worker.ledger.redis_queue import RedisIntakeQueue
from worker.ledger.store import answers
from worker.ledger.store.client import Store
from worker.ledger.store.shards import shard_of
from worker.providers.memory import ProcessMemory

Make = Callable[[Server], AbstractContextManager[Any]]

REFUSALS: dict[str, tuple[Make, str]] = {
    "NOREPLICAS": (
        hiccups.without_replicas,
        "Not enough good replicas to write. It has fewer replicas at work than min-replicas-to-write asks for: bring one",
    ),
    "READONLY": (
        hiccups.replica,
        "You can't write against a read only replica. It is a replica: wait for the failover, or name the master in [st",
    ),
    "BUSY": (
        hiccups.held_up,
        "Valkey is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE. Wait until that script has",
    ),
    "NOPERM": (
        hiccups.forbidden,
        "No permissions to access a key. Give the user that [store] url names the right to this with ACL SETUSER: it",
    ),
    "MISCONF": (
        hiccups.unable_to_save,
        "Valkey is configured to save RDB snapshots, but it's currently unable to persist to disk.",
    ),
}
"""How each is made, and how what is told of it begins."""

READS = {"NOREPLICAS", "READONLY", "MISCONF"}
"""Where a server that refuses may be read from."""

OF_OURS = (StoreUnreachable, StoreFull, LeaseLost, NoProviders, NoJob, NoCause)


def workers(store: Store) -> int:
    return int(store.client.zcard(store.keys.key("workers")))


@pytest.mark.parametrize("word", REFUSALS)
def test_each_refusal_is_told_with_the_servers_word_and_what_to_do_and_is_over_when_it_is_over(
    server: Server, store: Store, word: str
) -> None:
    make, said = REFUSALS[word]
    with make(server):
        for asked in (lambda: store.run("beat", "w", "{}"), lambda: store.run_each("beat", [("w", "{}")])):
            error = refused(asked)
            assert error.word == word
            assert str(error).startswith(f"The store at redis://127.0.0.1:{server.port}/0 answers: {word} {said}")
            assert error.reason == "store_unreachable"
    store.run("beat", "w", "{}")
    assert workers(store) == 1


@pytest.mark.parametrize("word", REFUSALS)
def test_whatever_is_asked_of_a_store_that_refuses_nothing_but_our_errors_comes_of_it(
    server: Server, store: Store, word: str
) -> None:
    make, _ = REFUSALS[word]
    with make(server), capture_logs() as logs:
        for name, asked in CALLS.items():
            try:
                asked(store)
            except OF_OURS as error:
                assert getattr(error, "word", word) == word, name  # noqa: PT017  some may go well
    assert [line for line in logs if line["event"] == "store.refused"] == [], "taken for a defect"


@pytest.mark.parametrize("word", sorted(READS))
def test_a_store_that_takes_no_writes_is_read_by_whoever_comes_newly(server: Server, store: Store, word: str) -> None:
    apply_table(store, {}, "x")
    make, _ = REFUSALS[word]
    with make(server):
        newcomer = Store(server.url)
        assert [row.name for row in LedgerStatus(newcomer).read("q").workers] == ["w"]
        assert f"answers: {word}" in str(newcomer.refusal())
        assert refused(lambda: newcomer.run("beat", "w", "{}")).word == word
    assert newcomer.refusal() is None
    newcomer.run("beat", "w2", "{}")
    assert workers(newcomer) == 2
    newcomer.close()


def test_a_server_that_came_back_refusing_is_met_before_the_first_step_that_it_takes(tmp_path: Path) -> None:
    """Else a step would go ahead of the new epoch, and what was under way when it died would not be in doubt."""
    with Server(tmp_path / "store") as server:
        store = Store(server.url)
        store.run("beat", "w", "{}")
        assert store.epoch.number == 1
        server.kill()
        server.settings["min-replicas-to-write"] = "1"
        server.start()
        wait_until(lambda: is_read(store))
        wait_until(lambda: refused(lambda: store.run("beat", "w", "{}")).word == "NOREPLICAS")
        assert store.epoch.number == 1
        with server.client() as client:
            client.config_set("min-replicas-to-write", "0")
        store.run("beat", "w", "{}")
        assert store.epoch.number == 2
        store.close()


def is_read(store: Store) -> bool:
    try:
        return store.now_ms() > 0
    except StoreUnreachable:
        return False


def test_a_full_store_is_no_store_that_is_away(server: Server, store: Store) -> None:
    with hiccups.without_memory(server), pytest.raises(StoreFull):
        RedisIntakeQueue(store, store, "q").take_over()
    assert RedisIntakeQueue(store, store, "q").take_over() == []


def test_a_replica_that_has_lost_its_master_says_so(server: Server, store: Store) -> None:
    with hiccups.orphan(server):
        assert refused(lambda: LedgerStatus(store).read("q")).word == "MASTERDOWN"


def test_a_password_that_is_missing_or_wrong_is_a_matter_of_the_address(server: Server, store: Store) -> None:
    with hiccups.locked(server):
        for login, word, advice in (
            ("", "NOAUTH", "Put its user and password into [store] url."),
            (":hunter2@", "WRONGPASS", "Correct the user and password in [store] url."),
        ):
            stranger = Store(server.url.replace("redis://", f"redis://{login}"))
            error = refused(stranger.now_ms)
            assert (error.word, str(error).endswith(advice)) == (word, True)
            assert "hunter" not in str(error)
            stranger.close()


def test_a_user_with_the_rights_that_are_asked_for_may_do_everything(server: Server, store: Store) -> None:
    [rights] = re.findall("it needs (.*)[.]", answers.ADVICE["NOPERM"])
    with server.client() as client:
        client.execute_command("ACL", "SETUSER", "ann", "on", "nopass", *rights.split())
    ann = Store(server.url.replace("redis://", "redis://ann:x@"))
    for asked in CALLS.values():
        try:
            asked(ann)
        except OrdercastError as error:
            assert not isinstance(error, StoreUnreachable), error  # noqa: PT017  any other is as it should be
    ann.close()


def test_a_blocking_wait_at_a_server_that_becomes_a_replica_ends_in_our_error(server: Server, store: Store) -> None:
    box, errors = RedisIntakeQueue(store, store, "q"), []
    waiting = threading.Thread(target=lambda: errors.append(refused(lambda: box.wait(20))))
    with server.client() as client:
        waiting.start()
        wait_until(lambda: client.info("clients")["blocked_clients"] == 1)
        with hiccups.replica(server):
            waiting.join(10)
    assert [error.word for error in errors] == ["UNBLOCKED"]


def test_a_cluster_that_has_the_keys_elsewhere_is_named_and_its_node_is_not_written_to(tmp_path: Path) -> None:
    with hiccups.cluster(tmp_path) as (here, there):
        astray = Store(there.url)
        error = refused(lambda: astray.run("beat", "w", "{}"))
        assert error.word == "MOVED"
        assert f"127.0.0.1:{here.port}. It is a node of a cluster, and the keys are at another" in str(error)
        with there.client() as client:
            assert client.function_list() == []
        right = Store(here.url)
        right.run("beat", "w", "{}")
        assert workers(right) == 1
        here.kill()
        wait_until(lambda: refused(lambda: astray.run("beat", "w", "{}")).word == "CLUSTERDOWN", 20)
        astray.close()
        right.close()
        here.start()


def test_the_memory_of_adapters_does_without_a_store_that_refuses(server: Server, store: Store) -> None:
    memory = AdapterCache(store, ProcessMemory())
    with hiccups.forbidden(server):
        memory.keep("token", "x", 60)
        assert memory.recall("token") == "x"
        assert memory.keep_first("other", "y", 60) == "y"
        memory.forget("token")
    assert memory.recall("token") is None


def test_a_broker_is_called_one_and_by_its_own_setting(server: Server) -> None:
    broker = Store(server.url, is_ledger=False)
    with hiccups.replica(server):
        error = refused(lambda: RedisIntakeQueue(broker, broker, "q").take_over())
    assert str(error).startswith(f"The broker at redis://127.0.0.1:{server.port}/0 answers: READONLY")
    assert str(error).endswith("or name the master in [store] broker_url.")
    broker.close()


def test_a_memory_look_that_finds_a_full_store_goes_on(server: Server, store: Store) -> None:
    with hiccups.without_memory(server):
        Gates(store).measure()


def test_a_further_shard_that_refuses_is_away_and_the_first_goes_on(server: Server, tmp_path: Path) -> None:
    with server.client() as client:
        client.flushall()
    with Server(tmp_path / "further") as further:
        ledger = SplitLedger((server.url, further.url), "one")
        numbers = [next(n for n in map(str, range(100)) if shard(n) == one) for one in (0, 1)]
        here, there = (snapshot(f"e{n}", number=n) for n in numbers)
        with hiccups.replica(further):
            with pytest.raises(
                ShardAway, match=r"^Shard 1 at redis://.* READONLY .* master in .store. shards"
            ) as caught:
                ledger.accept(here, there)
            assert caught.value.word == "READONLY"
            assert ledger.accept(here)[0].status == "duplicate"
            assert [one.answers for one in LedgerStatus(ledger.store).read("q").shards] == [True, True]
        assert [one.status for one in ledger.accept(here, there)] == ["duplicate", "accepted"]
        ledger.close()


def shard(number: str) -> int:
    return shard_of(order_digest(snapshot().source, number), 2)
