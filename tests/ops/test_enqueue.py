"""enqueue: events from a file, refusals by line, and what became of the deliveries."""

from __future__ import annotations

import gzip
import json
import threading

import msgspec
import pytest
from click.testing import CliRunner

from schemas.loading import load_event
from tests.fakes.bodies import NOW, event_body
from tests.fakes.ledger import ACCEPTED, BURY, DELIVER, REJECTED
from worker.errors import StoreUnreachable
from worker.intake.admission import Admission
from worker.ledger.provider_table import apply_table
from worker.ops.cli import cli
from worker.ops.desk import import_events as importing


def order(number, event_id=None, event_type="order.created"):
    named = {"id": event_id or f"e{number}", "subject": number}
    return event_body(event_type, named | ({"data.order.number": number} if event_type == "order.created" else {}))


def orders(count):
    return [order(str(n)) for n in range(count)]


def loaded(*documents):
    return [load_event(document, now=NOW) for document in documents]


def written(*events, broken=()):
    documents = [json.dumps(event) for event in events]
    for line, text in broken:
        documents.insert(line - 1, text)
    return ("\n".join(documents) + "\n").encode()


@pytest.fixture
def enqueue(ops):
    def run(content, *words, code=0):
        result = CliRunner().invoke(cli, ["--config", str(ops.config), "enqueue", "-", "--json", *words], input=content)
        assert result.exit_code == code, (result.exit_code, result.output)
        return json.loads(result.stdout)

    return run


def test_events_are_accepted_for_every_provider_in_the_order_of_the_file(ops, enqueue):
    assert enqueue(written(*orders(3))) == {"accepted": 3, "duplicates": 0, "refused": 0, "refusals": []}
    assert [one.order for one in reversed(ops.ledger.deliveries(provider="two"))] == ["0", "1", "2"]


def test_a_packed_file_by_its_name_and_a_plain_one_are_the_same(ops, tmp_path):
    plain, packed = tmp_path / "events.jsonl", tmp_path / "events.json.gz"
    plain.write_bytes(written(*orders(2)))
    packed.write_bytes(gzip.compress(json.dumps(orders(3)).encode()))
    assert ops.json("enqueue", str(plain))["accepted"] == 2
    again = ops.json("enqueue", str(packed))
    assert (again["accepted"], again["duplicates"]) == (1, 2)


def test_a_file_larger_than_a_batch_goes_in_whole(ops, enqueue, monkeypatch):
    monkeypatch.setattr(importing, "BATCH", 4)
    assert enqueue(written(*orders(9)))["accepted"] == 9
    assert len(ops.ledger.deliveries(provider="one")) == 9


def test_a_refusal_names_its_line_and_what_is_wrong_there(enqueue):
    shown = enqueue(written(*orders(2), broken=[(2, '{"id": "x"}'), (4, "nonsense")]), code=4)
    assert (shown["accepted"], shown["refused"]) == (2, 2)
    first, second = shown["refusals"]
    assert (first["line"], first["event_id"], first["reason"]) == (2, "x", "invalid")
    assert {"path": "source", "message": "is required"} in first["errors"]
    assert (second["line"], second["reason"]) == (4, "not_json")


def test_a_file_of_which_nothing_is_accepted_has_failed(enqueue):
    assert enqueue(b"nonsense\n", code=1)["refused"] == 1


def test_people_read_the_refusals_as_a_table_and_the_sum(ops):
    result = CliRunner().invoke(cli, ["--config", str(ops.config), "enqueue", "-"], input=b"nonsense\n")
    titles, row, total = result.stdout.splitlines()
    assert titles.split("\t") == ["line", "event", "reason", "what is wrong"]
    assert row.startswith("1\t\tnot_json\t")
    assert total == "0 accepted, 0 duplicates, 1 refused."


def test_one_duplicate_is_told_in_the_singular(ops):
    said = [
        CliRunner().invoke(cli, ["--config", str(ops.config), "enqueue", "-"], input=written(*orders(1))).stdout.strip()
        for _ in range(2)
    ]
    assert said == ["1 accepted, 0 duplicates, 0 refused.", "0 accepted, 1 duplicate, 0 refused."]


def refund(event_id, amount="5.00"):
    data = {"refund": {"id": "rf-9", "amount": amount}}
    return event_body("order.refunded", {"id": event_id, "subject": "1", "data": data})


def test_a_refund_that_another_event_told_of_is_a_duplicate_that_names_it(ops, enqueue):
    shown = enqueue(written(order("1"), refund("r1"), refund("r2")))
    assert (shown["accepted"], shown["duplicates"], shown["refused"]) == (2, 1, 0)
    assert shown["told_before"] == [{"line": 3, "event_id": "r2", "duplicate_of": "r1"}]
    result = CliRunner().invoke(cli, ["--config", str(ops.config), "enqueue", "-"], input=written(refund("r3")))
    assert "Line 1: r3 tells of the same refund or invoice as r1" in result.stderr


def test_another_amount_under_a_refund_id_is_refused_with_its_line(ops, enqueue):
    shown = enqueue(written(order("1"), refund("r1"), refund("r2", "6.00")), code=4)
    [refusal] = shown["refusals"]
    assert (refusal["line"], refusal["reason"], refusal["errors"][0]["path"]) == (3, "id_reused", "data.refund.id")
    assert ops.json("refusals")[0]["reason"] == "id_reused"


@pytest.mark.parametrize(("count", "said"), [(1, "1 event was accepted"), (2, "2 events were accepted")])
def test_events_that_no_provider_wants_are_told(ops, count, said):
    picky = {name: msgspec.structs.replace(one, sources=("other/*",)) for name, one in ops.ledger.configs.items()}
    apply_table(ops.ledger.store, picky, "picky")
    content = written(*orders(count))
    result = CliRunner().invoke(cli, ["--config", str(ops.config), "enqueue", "-"], input=content)
    assert result.exit_code == 0
    assert f"{said} that no provider wants" in result.stderr
    assert "one: your file wants another kind" in result.stderr


def test_programs_are_told_how_many_events_no_provider_wants(ops):
    apply_table(ops.ledger.store, {"one": ops.ledger.configs["one"]}, "one alone")
    content = written(*orders(2))
    found = json.loads(
        CliRunner().invoke(cli, ["--config", str(ops.config), "enqueue", "-", "--json"], input=content).stdout
    )
    assert "unwanted" not in found
    apply_table(ops.ledger.store, {}, "nobody")
    content = written(*orders(4)[2:])
    found = json.loads(
        CliRunner().invoke(cli, ["--config", str(ops.config), "enqueue", "-", "--json"], input=content).stdout
    )
    assert (found["accepted"], found["unwanted"]) == (2, 2)


def test_a_ledger_without_providers_accepts_nothing_and_says_what_to_do(ops):
    """What it accepted would go to nobody, and its repeat would be a duplicate."""
    ops.ledger.store.client.flushall()
    result = CliRunner().invoke(cli, ["--config", str(ops.config), "enqueue", "-"], input=written(*orders(2)))
    assert result.exit_code == 78
    assert "has no providers yet" in result.stderr
    assert "ordercast check --apply" in result.stderr
    assert list(ops.ledger.store.client.scan_iter("*ev:*")) == []


def test_an_empty_file_is_nothing_and_no_failure(enqueue):
    assert enqueue(b"")["accepted"] == 0


def test_waiting_counts_what_became_of_each_delivery(ops, enqueue):
    for event in orders(3):
        ops.ledger.accept(*loaded(event))
        ops.ledger.deliver("one")
        ops.ledger.deliver("two")
    shown = enqueue(written(*orders(3)), "--wait")
    assert (shown["duplicates"], shown["delivered"], shown["unfinished"]) == (3, 6, 0)


def test_waiting_ends_when_the_last_delivery_has_ended(ops, enqueue, monkeypatch):
    monkeypatch.setattr(importing, "LOOK_S", 0.01)

    def deliver_all():
        for name in ("one", "two"):
            claimed = ops.ledger.runner(name).begin()
            ops.ledger.finish(claimed, ACCEPTED, DELIVER, name)

    later = threading.Timer(0.2, deliver_all)
    ops.ledger.accept(*loaded(*orders(1)))
    later.start()
    shown = enqueue(written(*orders(1)), "--wait", "--timeout", "30")
    later.join()
    assert (shown["delivered"], shown["unfinished"]) == (2, 0)


def test_waiting_for_too_long_fails_with_what_is_to_come(enqueue):
    shown = enqueue(written(*orders(2)), "--wait", "--timeout", "0.05", code=1)
    assert (shown["accepted"], shown["delivered"], shown["unfinished"]) == (2, 0, 4)


def test_a_dead_letter_ends_the_waiting_and_fails_it_partly(ops, enqueue):
    ops.bury(*loaded(*orders(1)))
    ops.ledger.deliver("two")
    shown = enqueue(written(*orders(1)), "--wait", code=4)
    assert (shown["delivered"], shown["dead"], shown["unfinished"]) == (1, 1, 0)


def test_what_waits_behind_a_dead_letter_is_not_waited_for(ops):
    events = [order("1"), order("1", "a1", "order.cancelled")]
    ops.ledger.accept(*loaded(*events))
    ops.ledger.finish(ops.ledger.claim("one"), REJECTED, BURY, "one")
    ops.ledger.deliver("two")
    ops.ledger.deliver("two")
    content = written(*events)
    result = CliRunner().invoke(cli, ["--config", str(ops.config), "enqueue", "-", "--wait"], input=content)
    assert result.exit_code == 4
    assert "2 delivered, 0 skipped, 0 superseded, 1 dead, 0 discarded, 1 unfinished" in result.stdout
    assert "Waiting behind dead letters: 1" in result.stderr


def test_a_full_store_is_waited_for_and_nothing_is_counted_twice(ops, enqueue, monkeypatch):
    monkeypatch.setattr(importing, "FULL_WAIT_S", 0.01)
    ops.ledger.accept(*loaded(*orders(1)))
    ops.config.write_text(ops.config.read_text() + "\n[limits]\nmax_pending = 4\n")
    later = threading.Timer(0.2, lambda: [ops.ledger.deliver(name) for name in ("one", "two")])
    later.start()
    shown = enqueue(written(*orders(2), order("9")))
    later.join()
    assert (shown["accepted"], shown["duplicates"]) == (2, 1)


def test_a_full_store_is_named_again_and_again_with_what_is_safe(ops, monkeypatch):
    monkeypatch.setattr(importing, "FULL_WAIT_S", 0.01)
    monkeypatch.setattr(importing, "SAY_S", 0.05)
    ops.ledger.accept(*loaded(*orders(1)))
    ops.config.write_text(ops.config.read_text() + "\n[limits]\nmax_pending = 4\n")
    later = threading.Timer(0.5, lambda: [ops.ledger.deliver(name) for name in ("one", "two")])
    later.start()
    result = ops.run("enqueue", "-", typed=written(*orders(2), order("9")))
    later.join()
    assert result.exit_code == 0, result.output
    first, second, *_ = [line for line in result.stderr.splitlines() if "Ctrl-C is safe" in line]
    assert first.endswith("run it again with the whole file, and nothing is taken twice.")
    assert ("Still waiting" in first, "Still waiting, for 0 s now." in second) == (False, True)


def test_a_time_limit_without_waiting_is_a_mistake(ops):
    assert "--wait" in ops.error("enqueue", "-", "--timeout", "3", code=2)


def test_a_file_that_is_not_there_is_a_mistake(ops):
    assert "nowhere.jsonl" in ops.error("enqueue", "nowhere.jsonl", code=2)


def test_a_store_that_is_away_takes_nothing(ops):
    ops.config.write_text(ops.config.read_text().replace(ops.ledger.store.url, "redis://127.0.0.1:1/0"))
    result = CliRunner().invoke(cli, ["--config", str(ops.config), "enqueue", "-"], input=written(*orders(1)))
    assert result.exit_code == 69
    assert "does not answer" in result.stderr


def test_a_store_that_goes_away_leaves_the_count_of_what_was_accepted(ops, monkeypatch):
    admit, calls = Admission.admit, []

    def admit_once(door, raws, reader=None):
        calls.append(raws)
        if len(calls) > 1:
            raise StoreUnreachable("The store went away.")
        return admit(door, raws, reader)

    monkeypatch.setattr(importing, "BATCH", 2)
    monkeypatch.setattr(importing, "AWAY_S", 0)
    monkeypatch.setattr(Admission, "admit", admit_once)
    result = CliRunner().invoke(cli, ["--config", str(ops.config), "enqueue", "-"], input=written(*orders(3)))
    assert result.exit_code == 69
    assert "2 events had been accepted before; run it again with the whole file" in result.stderr


@pytest.fixture
def first_answer_is_lost(monkeypatch):
    admit, calls = Admission.admit, []

    def admit_and_lose_the_answer(door, raws, reader=None):
        receipts = admit(door, raws, reader)
        calls.append(raws)
        if len(calls) == 1:
            raise StoreUnreachable("The answer is lost.")
        return receipts

    monkeypatch.setattr(importing, "LOOK_S", 0.01)
    monkeypatch.setattr(Admission, "admit", admit_and_lose_the_answer)


@pytest.mark.usefixtures("first_answer_is_lost")
def test_a_store_that_comes_back_soon_is_waited_for_and_nothing_is_counted_twice(ops, enqueue):
    ops.ledger.accept(*loaded(*orders(1)))
    shown = enqueue(written(*orders(3)))
    assert (shown["accepted"], shown["duplicates"]) == (2, 1)


@pytest.mark.usefixtures("first_answer_is_lost")
def test_a_refund_told_twice_in_a_batch_that_is_brought_again_is_still_one(ops, enqueue):
    shown = enqueue(written(order("1"), refund("r1"), refund("r2")))
    assert (shown["accepted"], shown["duplicates"]) == (2, 1)
