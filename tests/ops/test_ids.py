"""Ids as lists show them are taken back: by their first characters, where these name one."""

from __future__ import annotations

import pytest

from tests.fakes.ledger import action, snapshot
from worker.ledger.queries.finding import seqs_beginning
from worker.ops.desk.advice import BadRequest
from worker.ops.desk.ids import whole_id

NOW = ("--yes", "--why", "mended")


def test_the_first_eight_characters_of_an_id_replay_the_delivery(ops):
    first, second = ops.bury(snapshot("e1"), snapshot("f1", "1002"))
    done = ops.json("replay", first[:8], *NOW)
    assert [one["id"] for one in done["results"]] == [first]
    assert [one.state for one in ops.ledger.deliveries(provider="one")] == ["dead", "pending"]
    assert ops.json("discard", second[:8], first, *NOW)["done"] == 2


def test_a_beginning_that_nothing_has_is_not_found(ops):
    ops.bury(snapshot("e1"))
    found = ops.json("replay", "dzzzzzz2", *NOW, code=3)
    assert found["results"] == [
        {"id": "dzzzzzz2", "result": "not_found", "message": "The ledger knows no such delivery or refusal."}
    ]


class Several:
    """Records in which a beginning names two deliveries: by chance that takes ten thousand orders and more."""

    def beginning(self, beginning: str) -> list[str]:
        return [f"{beginning}{end}" for end in ("a" * 18, "b" * 18)]


def test_a_beginning_of_several_ids_is_refused_and_the_ids_are_listed():
    with pytest.raises(BadRequest, match=r"d2345672a{18}, d2345672b{18}\. Write one whole\."):
        whole_id(Several(), "d2345672")


def test_fewer_than_six_characters_are_taken_for_a_whole_id(ops):
    [dead] = ops.bury(snapshot("e1"))
    assert ops.json("replay", dead[:5], *NOW, code=3)["results"][0]["result"] == "not_found"


def test_every_delivery_is_found_by_its_beginning_over_many_blocks(ops, monkeypatch):
    ops.ledger.accept(*(snapshot(f"e{n}", str(n)) for n in range(40)), action("a1", "7"))
    for one in ops.ledger.deliveries(provider="two"):
        assert whole_id(ops.ledger.records, one.id[:8]) == one.id
    assert seqs_beginning(ops.ledger.store, "d") == sorted(range(1, 42), reverse=True)
