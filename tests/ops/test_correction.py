"""replay --edit: a corrected event for a delivery, or for a refusal."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from schemas.event import Event, EventData, EventType, Refund, event_document
from tests.fakes.corrections import ORIGINAL, corrected, refuse
from tests.fakes.ledger import BURY, REJECTED, action, snapshot
from tests.fakes.ops import Ops

NOW = ("--yes", "--why", "mended")


@pytest.fixture
def edit(ops: Ops, tmp_path):
    """Replay something with an edited event; gives the one result."""

    def run(what: str, document: Any, code: int = 0) -> dict[str, str]:
        file = tmp_path / "edited.json"
        file.write_text(document if isinstance(document, str) else json.dumps(document))
        [result] = ops.json("replay", what, "--edit", str(file), *NOW, code=code)["results"]
        return result

    return run


def test_an_edit_is_sent_instead_and_keeps_the_original(ops, edit):
    [dead] = ops.bury(ORIGINAL)
    assert edit(dead, corrected())["result"] == "replayed"
    claim = ops.ledger.claim("one")
    assert (claim.event.order.comment, claim.edit) == ("corrected", 1)
    [event] = ops.json("order", "1001")["events"]
    assert "comment" not in event["original"]["data"]["order"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"id": "e2"}, "Its id is 'e2', not 'e1'"),
        ({"source": "shop/two"}, "Its source is"),
        ({"revision": "three"}, "revision"),
        ({"data": {}}, "data.order"),
        ({"type": "order.deleted", "data": {"deletion": {}}}, "The type cannot change"),
    ],
)
def test_an_edit_that_is_another_event_or_none_is_refused_with_why(ops, edit, change, says):
    [dead] = ops.bury(ORIGINAL)
    result = edit(dead, corrected(**change), code=1)
    assert result["result"] == "refused"
    assert says in result["message"]
    assert ops.ledger.states(provider="one") == {"e1": "dead"}


def test_an_edit_of_another_order_is_refused(ops, edit):
    [dead] = ops.bury(ORIGINAL)
    document = corrected(subject="1002")
    document["data"]["order"]["number"] = "1002"
    assert "Its subject is '1002', not '1001'" in edit(dead, document, code=1)["message"]


def test_an_edit_that_is_refused_is_on_record_as_nothing(ops, edit):
    [dead] = ops.bury(ORIGINAL)
    assert edit(dead, corrected(revision="three"), code=1)["result"] == "refused"
    refusal = refuse(ops, corrected(id="e3", revision="three"))
    assert edit(refusal, corrected(id="e3", revision="four"), code=1)["result"] == "refused"
    assert ops.json("log") == []
    assert edit(dead, corrected())["result"] == "replayed"
    assert [deed["what"] for deed in ops.json("log")] == [f"1: edited {dead}"]


def test_of_several_that_are_edited_those_are_on_record_that_the_edit_is_of(ops, tmp_path):
    dead, other = ops.bury(ORIGINAL, snapshot("e2", "1002"))
    file = tmp_path / "edited.json"
    file.write_text(json.dumps(corrected()))
    done = ops.json("replay", other, dead, "--edit", str(file), *NOW, code=4)
    assert [(one["id"], one["result"]) for one in done["results"]] == [(other, "refused"), (dead, "replayed")]
    assert [deed["what"] for deed in ops.json("log")] == [f"1: edited {dead}"]


def test_an_edit_that_changes_nothing_is_not_replayed_and_says_so(ops, edit):
    [dead] = ops.bury(ORIGINAL)
    same = edit(dead, event_document(ORIGINAL), code=1)
    assert (same["result"], same["message"].split(":")[0]) == ("refused", "Nothing was changed")
    assert (ops.ledger.states(provider="one"), ops.json("log")) == ({"e1": "dead"}, [])
    assert edit(dead, corrected(time="2026-01-01T00:00:00Z"))["result"] == "replayed"


def test_the_original_is_a_change_where_an_edit_would_be_sent(ops, edit):
    [dead] = ops.bury(ORIGINAL)
    assert edit(dead, corrected())["result"] == "replayed"
    ops.ledger.finish(ops.ledger.claim("one"), REJECTED, BURY, "one")
    assert edit(dead, corrected(), code=1)["message"].startswith("Nothing was changed")
    assert edit(dead, event_document(ORIGINAL))["result"] == "replayed"
    assert ops.ledger.claim("one").edit == 2


def test_an_edit_that_is_no_json_is_refused(ops, edit):
    [dead] = ops.bury(ORIGINAL)
    assert "must be JSON" in edit(dead, "{", code=1)["message"]


def test_an_edit_touches_only_what_is_named(ops, tmp_path):
    file = tmp_path / "edited.json"
    file.write_text("{}")
    assert "give the ids" in ops.error("replay", "--state", "dead", "--edit", str(file), *NOW, code=2)
    assert "No such file" in ops.error("replay", "dx", "--edit", str(tmp_path / "none"), *NOW, code=2)


def test_a_corrected_refusal_is_accepted_under_the_number_of_its_arrival(ops, edit):
    refusal = refuse(ops, corrected(revision="three"))
    ops.ledger.accept(action("a1"))
    assert edit(refusal, corrected()) == {"id": refusal, "result": "replayed", "message": ""}
    assert ops.ledger.states(provider="one") == {"e1": "pending", "a1": "pending"}
    assert ops.json("refusals") == []
    first = ops.ledger.records.find([ops.ledger.deliveries(provider="one", type="order.created")[0].id])[0]
    assert f"r{first.place.seq}" == refusal


def test_a_corrected_refusal_that_is_stale_by_now_is_superseded_at_once(ops, edit):
    refusal = refuse(ops, corrected(revision="three"))
    ops.ledger.accept(snapshot("e9", revision=8))
    assert edit(refusal, corrected())["result"] == "replayed"
    assert ops.ledger.states(provider="one") == {"e1": "superseded", "e9": "pending"}


def test_a_corrected_refusal_keeps_what_was_not_at_fault(ops, edit):
    refusal = refuse(ops, corrected(revision="three"))
    assert "Its id is" in edit(refusal, corrected(id="e2"), code=1)["message"]
    assert "Its source is" in edit(refusal, corrected(source="shop/two"), code=1)["message"]
    assert [one["id"] for one in ops.json("refusals")] == [refusal]


def test_an_id_that_was_at_fault_may_be_corrected(ops, edit):
    refusal = refuse(ops, corrected(id="with blanks"))
    assert edit(refusal, corrected(id="with-dashes"))["result"] == "replayed"


def test_a_correction_that_is_still_invalid_says_all_that_is_wrong(ops, edit):
    refusal = refuse(ops, corrected(revision="three"))
    message = edit(refusal, corrected(revision="four", time="noon"), code=1)["message"]
    assert "revision" in message
    assert "time" in message


def test_a_reused_id_stays_refused(ops, edit):
    ops.ledger.accept(ORIGINAL)
    refusal = refuse(ops, corrected())
    result = edit(refusal, corrected(), code=1)
    assert result["result"] == "refused"
    assert "accepted from this source with another body" in result["message"]


def test_what_the_producer_sent_again_meanwhile_is_not_doubled(ops, edit):
    refusal = refuse(ops, corrected(revision="three"))
    ops.ledger.accept(ORIGINAL)
    assert edit(refusal, event_document(ORIGINAL))["message"] == "It had been accepted before."
    assert len(ops.ledger.deliveries(provider="one")) == 1
    assert ops.json("refusals") == []


def refunded(event_id: str = "r1", refund_id: str | None = "rf-9", amount: str = "5.00") -> Event:
    data = EventData(refund=Refund(id=refund_id, amount=Decimal(amount)))
    return action(event_id, type=EventType.REFUNDED, data=data)


def test_a_corrected_refund_that_another_event_told_of_meanwhile_is_not_done_again(ops, edit):
    refusal = refuse(ops, event_document(refunded("r2")) | {"revision": "three"})
    ops.ledger.accept(refunded("r1"))
    result = edit(refusal, event_document(refunded("r2")))
    assert (result["result"], "Event r1 told of the same refund" in result["message"]) == ("replayed", True)
    assert ops.ledger.states(provider="one") == {"r1": "pending"}
    assert ops.json("refusals") == []


def test_a_refund_id_that_was_used_for_another_amount_may_be_corrected(ops, edit):
    ops.ledger.accept(refunded("r1"))
    refusal = refuse(ops, event_document(refunded("r2", amount="6.00")))
    assert edit(refusal, event_document(refunded("r2", amount="6.00")), code=1)["result"] == "refused"
    assert edit(refusal, event_document(refunded("r2", "rf-10", "6.00")))["result"] == "replayed"
    assert ops.ledger.states(provider="one") == {"r1": "pending", "r2": "pending"}


def test_an_edit_may_change_a_refunds_money(ops, edit):
    [dead] = ops.bury(refunded())
    assert edit(dead, event_document(refunded(amount="6.00")))["result"] == "replayed"
    assert ops.ledger.claim("one").event.data.refund.amount == Decimal("6.00")


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        (refunded(), refunded(refund_id="rf-10"), "Its data.refund.id is 'rf-10', not 'rf-9'"),
        (refunded(), refunded(refund_id=None), "Its data.refund.id is absent, not 'rf-9'"),
        (refunded(refund_id=None), refunded(), "Its data.refund.id is 'rf-9', not absent"),
        (refunded(), action("r1"), "Its data.refund.id is absent, not 'rf-9'"),
    ],
)
def test_an_edit_does_no_other_act(ops, edit, was, becomes, says):
    """Another event may tell of that one, or has: it would be done twice."""
    [dead] = ops.bury(was)
    result = edit(dead, event_document(becomes), code=1)
    assert (result["result"], says in result["message"]) == ("refused", True)
    assert ops.ledger.states(provider="one") == {"r1": "dead"}


def test_a_number_that_has_an_event_takes_no_second_one(ops, edit):
    refusal = refuse(ops, {})
    key = ops.ledger.store.keys.key
    kept = ops.ledger.store.client.hgetall(key("refusal", seq=refusal[1:]))
    assert edit(refusal, corrected())["result"] == "replayed"
    ops.ledger.store.client.hset(key("refusal", seq=refusal[1:]), mapping=kept)  # as if a crash had left it
    assert "as event e1" in edit(refusal, corrected(id="e7"), code=1)["message"]


def test_a_refusal_is_not_discarded(ops):
    refusal = refuse(ops, {})
    assert "forgotten" in ops.json("discard", refusal, *NOW, code=1)["results"][0]["message"]


def test_a_refusal_that_was_accepted_says_by_whom_and_when(ops, edit, monkeypatch):
    monkeypatch.setenv("LOGNAME", "mia")
    refusal = refuse(ops, corrected(revision="three"))
    assert edit(refusal, corrected())["result"] == "replayed"
    [deed] = [one for one in ops.json("log") if one["verb"] == "replay"]
    said = f"{refusal} was accepted by mia at {deed['at']} as event e1."
    [again] = ops.json("replay", refusal, *NOW, code=3)["results"]
    assert (again["result"], again["message"]) == ("not_found", said)
    assert said in ops.error("event", refusal, code=3)


def test_the_number_of_an_event_that_was_never_refused_is_no_refusal(ops):
    ops.ledger.accept(ORIGINAL)
    [delivery] = ops.ledger.deliveries(provider="one")
    seq = ops.ledger.records.find([delivery.id])[0].place.seq
    assert "There is no event, delivery or refusal" in ops.error("event", f"r{seq}", code=3)
