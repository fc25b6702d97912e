"""Answers that are none at all, and those that are a defect of ours: told apart, and nothing that was sent is repeated."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from tests.fakes import hiccups
from tests.fakes.hiccups import refused
from tests.fakes.servers import Server
from worker.errors import StoreRefused
from worker.ledger.redis_queue import Redeliveries
from worker.ledger.store.client import Store


@pytest.mark.parametrize(
    ("answer", "word", "said"),
    [
        (
            b"HTTP/1.1 400 Bad Request\r\n\r\n",
            "nonsense",
            "does not speak as Redis and Valkey do: correct [store] url.",
        ),
        (b"-LOADING Valkey is loading the dataset in memory\r\n", "LOADING", "It reads its files after a start: wait."),
        (
            b"-ERR unknown command 'FCALL', with args beginning with: 'a secret body'\r\n",
            "ERR",
            "answers: ERR unknown command 'FCALL'. Ordercast needs Redis 7.0 or Valkey 7.2 or later, with no command re",
        ),
        (
            b"-EXECABORT Transaction discarded because of: NOREPLICAS Not enough good replicas to write.\r\n",
            "NOREPLICAS",
            "answers: NOREPLICAS Not enough good replicas to write. It has fewer replicas at work",
        ),
        (b"-\r\n", "ERR", "answers: ERR. That is a defect of Ordercast, or something else has written under its keys"),
        (b"-ERR max number of clients reached\r\n", "ERR", "Raise its maxclients, or end clients that nobody needs."),
    ],
)
def test_a_server_that_speaks_of_something_else_is_answered_with_what_to_do(
    answer: bytes, word: str, said: str
) -> None:
    with hiccups.mumbler(answer) as url:
        store = Store(url)
        error = refused(lambda: store.run("beat", "w", "{}"))
        assert (error.word, said in str(error)) == (word, True), str(error)
        assert "secret body" not in str(error)
        store.close()


def test_an_answer_of_another_kind_than_was_asked_for_is_our_error_too() -> None:
    with hiccups.mumbler(b"+OK\r\n") as url, capture_logs() as logs:
        store = Store(url)
        assert "correct [store] url where that is another program" in str(refused(store.now_ms))
        store.close()
    assert [line["event"] for line in logs] == ["store.refused"]


def test_a_defect_is_told_apart_and_logged_once_with_the_way_that_led_to_it(server: Server, store: Store) -> None:
    key, field = store.keys.key("owners", provider="one"), store.tag[1:5] + "-number"
    store.client.set(key, "no hash")
    with capture_logs() as logs:
        for _ in range(3):
            with pytest.raises(StoreRefused, match=r"WRONGTYPE .* report it"), store.errors():
                store.client.hget(key, field)
    [line] = logs
    assert (line["event"], line["word"], line["log_level"]) == ("store.refused", "WRONGTYPE", "error")
    assert "in test_a_defect_is_told_apart" in line["exception"]
    assert "orde-number" not in str(logs), "what was asked"


def test_what_is_told_of_a_pipeline_does_not_repeat_what_was_sent(server: Server, store: Store) -> None:
    with hiccups.replica(server):
        error = refused(lambda: Redeliveries(store, "q").count(["a-secret-digest"]))
    assert error.word == "READONLY"
    assert "a-secret-digest" not in str(error)
    assert "answers: READONLY You can't write against a read only replica. It is" in str(error)
