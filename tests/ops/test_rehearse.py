"""rehearse: what would be sent, how it differs from what was sent, and nothing sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from schemas.delivery import SentRequest
from schemas.event import event_document
from tests.fakes.ledger import BURY, REJECTED, ended
from tests.fakes.ops import Ops
from tests.fakes.snapshots import snapshot as sound_snapshot
from worker.providers.base import Request
from worker.providers.sent import shown_request
from worker.providers.webhook import CONTENT_TYPE, event_body

ORIGINAL = sound_snapshot(id="e1", source="shop/one", revision=3)


def sent_of(body: bytes, step: str = "webhook") -> SentRequest:
    request = Request("POST", "", step, {"Content-Type": CONTENT_TYPE}, body, mutating=True)
    return shown_request(request, ())


def bury(ops: Ops, sent: SentRequest | None, event: Any = ORIGINAL) -> str:
    """A dead letter whose only attempt sent this."""
    ops.ledger.accept(event)
    claim = ops.ledger.claim("one")
    ops.ledger.runner("one").finish(claim, ended(claim, REJECTED, BURY, sent=sent), last=True)
    return ops.ledger.deliveries(provider="one", state="dead")[0].id


def as_sent(ops: Ops) -> bytes:
    [delivery] = [one for one in ops.ledger.deliveries(provider="one") if one.event_id == "e1"]
    return event_body(ORIGINAL, delivery.id)


@pytest.fixture
def dead(ops: Ops) -> str:
    """A dead letter that sent what it would send again."""
    ops.ledger.accept(ORIGINAL)
    claim = ops.ledger.claim("one")
    sent = sent_of(as_sent(ops))
    ops.ledger.runner("one").finish(claim, ended(claim, REJECTED, BURY, sent=sent), last=True)
    return ops.ledger.deliveries(provider="one", state="dead")[0].id


def test_what_was_sent_and_would_be_sent_again_is_the_same(ops: Ops, dead: str) -> None:
    told = ops.json("rehearse", dead[:8])
    assert (told["id"], told["result"], told["changes"]) == (dead, "same", [])
    assert told["call"] == {"method": "POST", "step": "webhook", "path": ""}
    places = {line["path"]: line["value"] for line in told["body"]}
    assert (places["id"], places["deliveryid"]) == ('"e1"', f'"{dead}"')
    assert ops.ledger.states(provider="one") == {"e1": "dead"}


def test_what_differs_is_told_place_by_place(ops: Ops) -> None:
    before = event_document(ORIGINAL)
    before["data"]["order"]["comment"] = "as it was"
    dead = bury(ops, sent_of(json.dumps(before).encode()))
    told = ops.json("rehearse", dead)
    assert told["result"] == "changed"
    changes = {change["path"]: (change["before"], change["after"]) for change in told["changes"]}
    assert changes == {"data.order.comment": ('"as it was"', None), "deliveryid": (None, f'"{dead}"')}


def test_where_nothing_is_kept_that_was_sent_the_whole_body_is_told(ops: Ops) -> None:
    told = ops.json("rehearse", bury(ops, None))
    assert (told["result"], told["changes"], told["notes"]) == (
        "would_be_sent",
        None,
        ["Nothing is kept of what was sent before."],
    )


def test_another_call_than_before_is_not_compared(ops: Ops) -> None:
    told = ops.json("rehearse", bury(ops, sent_of(b"{}", step="save")))
    assert told["result"] == "would_be_sent"
    assert told["notes"] == ["The last attempt made another call (save), so the two are not compared."]


def test_an_edit_is_rehearsed_in_the_events_place_and_not_kept(ops: Ops, dead: str, tmp_path: Path) -> None:
    document = event_document(ORIGINAL)
    document["data"]["order"]["comment"] = "corrected"
    file = tmp_path / "edited.json"
    file.write_text(json.dumps(document))
    told = ops.json("rehearse", dead, "--edit", str(file))
    assert [(one["path"], one["after"]) for one in told["changes"]] == [("data.order.comment", '"corrected"')]
    assert ops.json("rehearse", dead)["result"] == "same"
    file.write_text(json.dumps(document | {"id": "e2"}))
    assert "Its id is 'e2', not 'e1'" in ops.error("rehearse", dead, "--edit", str(file), code=2)


def test_who_looked_is_on_record(ops: Ops, dead: str) -> None:
    ops.json("rehearse", dead)
    [deed] = ops.json("log")
    assert (deed["verb"], deed["what"]) == ("read", f"rehearsal {dead}")


def test_all_that_match_are_rehearsed_as_a_job_and_stay_where_they_are(ops: Ops, dead: str) -> None:
    report = ops.json("rehearse", "--provider", "one")
    assert (report["matched"], report["done"], report["failed"]) == (1, 1, 0)
    assert report["results"] == [{"id": dead, "result": "same", "message": ""}]
    assert ops.ledger.states(provider="one") == {"e1": "dead"}
    assert ops.json("job", report["job"])["kind"] == "rehearse"


def test_people_read_what_would_be_sent(ops: Ops, dead: str) -> None:
    shown = ops.run("rehearse", dead).output
    assert f"{dead} at one: same." in shown
    assert "Then it would send: webhook, POST." in shown


def test_ids_that_nobody_knows_and_refusals_are_told_so(ops: Ops, dead: str) -> None:
    assert "There is no" in ops.error("rehearse", "d" + "a" * 25, code=3)
    assert "is a refusal" in ops.error("rehearse", "r12", code=2)
    assert "Give an id or filters" in ops.error("rehearse", dead, "--provider", "one", code=2)
    assert "give ids, or filters" in ops.error("rehearse", code=2)


def test_a_provider_that_is_not_configured_here_is_named(ops: Ops, dead: str) -> None:
    ops.config.write_text(ops.config.read_text().replace("[providers.one]", "[providers.uno]"))
    assert "Provider one is not configured here" in ops.error("rehearse", dead, code=78)
