"""What producers' messages are calls, whatever client wrote them; and what is none is kept and answered."""

from __future__ import annotations

import gzip
import json
import zlib
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest

from tests.fakes.post import QUEUE, Post, event_body


@pytest.fixture
def post(clean_store: str) -> Iterator[Post]:
    made = Post(clean_store)
    yield made
    made.app.close()
    made.ledger.store.close()


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"name": "other.task", "args": [{}]}, "only calls of ordercast.accept"),
    ({"args": [{}], "countdown": 5}, "eta"),
    ({"args": []}, "give one argument"),
    ({"args": [{}, {}]}, "give one argument"),
    ({"args": [{}], "kwargs": {"event": {}}}, "give one argument"),
    ({"kwargs": {"order": {}}}, "give one argument"),
    ({"args": [{}], "link": "x"}, "links, chains and chords"),
    ({"args": [{}], "compression": "bzip2"}, "uncompressed, or with gzip"),
    ({"args": [{}], "serializer": "pickle"}, "task_serializer = 'json'"),
]


@pytest.mark.parametrize("protocol", [1, 2])
@pytest.mark.parametrize(("options", "told"), WRONG, ids=[told for _, told in WRONG])
def test_what_is_no_plain_call_is_kept_and_its_sender_is_answered(
    post: Post, options: dict[str, Any], told: str, protocol: int
) -> None:
    """A sender without an answer would wait for as long as it has patience."""
    post.app.conf.task_protocol = protocol
    asked = {"name": "ordercast.accept", "queue": QUEUE, **options}
    if "link" in asked:
        asked["link"] = post.app.signature("x")
    result = post.app.send_task(**asked)
    post.read()
    [kept] = post.refusals()
    assert kept["reason"] == "not_a_call"
    assert told in kept["errors"]
    assert kept["task"] == result.id
    assert kept["id"] == ""
    receipt = result.get(timeout=5)
    assert (receipt["event_id"], receipt["status"], receipt["reason"]) == (None, "refused", "not_a_call")
    assert told in receipt["errors"][0]["message"]
    assert post.left == 0


def test_a_refused_call_is_kept_by_its_orders_number_and_source(post: Post) -> None:
    post.send(event_body(id="e1", subject="4711"), countdown=5)
    post.read()
    [kept] = post.refusals()
    assert (kept["source"], kept["id"], kept["order"]) == ("shop/test", "e1", "4711")
    headers = json.loads(kept["headers"])
    assert (headers["task"], headers["content_type"]) == ("ordercast.accept", "application/json")
    assert not any("4711" in value for value in headers.values())


EVENT = event_body(id="e1", subject="60001")


@pytest.mark.parametrize("protocol", [1, 2])
@pytest.mark.parametrize(
    "given",
    [
        {"args": [EVENT, {"priority": 5}]},
        {"args": ["shop", EVENT]},
        {"kwargs": {"order": EVENT}},
        {"kwargs": EVENT},
        {"kwargs": {"orders": [EVENT, EVENT]}},
        {"args": [[EVENT]], "kwargs": {"urgent": True}},
        {"args": [EVENT | {"subject": 60001}, EVENT]},
    ],
    ids=[
        "two",
        "second",
        "wrong keyword",
        "keywords of an event",
        "list below a keyword",
        "list and keyword",
        "number",
    ],
)
def test_a_refused_call_is_found_by_its_orders_number_wherever_in_it_the_event_is(
    post: Post, given: dict[str, Any], protocol: int
) -> None:
    post.app.conf.task_protocol = protocol
    post.app.send_task("ordercast.accept", queue=QUEUE, **given)
    post.read()
    [kept] = post.refusals()
    assert (kept["reason"], kept["order"], kept["source"], kept["id"]) == ("not_a_call", "60001", "shop/test", "e1")


def test_a_refused_call_whose_result_nobody_wants_is_not_answered(post: Post) -> None:
    post.app.send_task("ordercast.accept", [], queue=QUEUE, task_id="t1", ignore_result=True)
    post.read()
    assert len(post.refusals()) == 1
    assert post.ledger.store.client.exists("celery-task-meta-t1") == 0


@pytest.mark.parametrize("protocol", [1, 2])
def test_both_of_celerys_protocols_are_calls(post: Post, protocol: int) -> None:
    post.app.conf.task_protocol = protocol
    one, both = post.send(event_body(id="e1")), post.send([event_body(id="e2"), event_body(id="e3")])
    post.read()
    assert one.get(timeout=5)["status"] == "accepted"
    assert [receipt["event_id"] for receipt in both.get(timeout=5)] == ["e2", "e3"]


@pytest.mark.parametrize("keyword", ["event", "events"])
def test_the_event_may_be_a_keyword(post: Post, keyword: str) -> None:
    given = event_body(id="e1")
    kwargs = {keyword: [given] if keyword == "events" else given}
    result = post.app.send_task("ordercast.accept", kwargs=kwargs, queue=QUEUE)
    post.read()
    receipt = result.get(timeout=5)
    assert (receipt[0] if keyword == "events" else receipt)["status"] == "accepted"


@pytest.mark.parametrize("compression", ["gzip", "zlib"])
def test_what_celery_calls_gzip_is_unpacked(post: Post, compression: str) -> None:
    result = post.send(event_body(id="e1"), compression=compression)
    post.read()
    assert result.get(timeout=5)["status"] == "accepted"


def envelope(body: bytes, **headers: Any) -> bytes:
    """As another client writes it."""
    message = {
        "body": b64encode(body).decode(),
        "content-type": "application/json",
        "content-encoding": "utf-8",
        "headers": {"task": "ordercast.accept", "id": "t1", **headers},
        "properties": {"body_encoding": "base64"},
    }
    return json.dumps(message).encode()


@pytest.mark.parametrize(
    ("body", "headers", "told"),
    [
        (zlib.compress(b" " * 20_000_000), {"compression": "application/x-gzip"}, "more than 16 MiB"),
        (zlib.compress(b"[[{}],{},{}]")[:-6], {"compression": "application/x-gzip"}, "its end is missing"),
        (b"[[{}],{},{}]", {"compression": "application/x-gzip"}, "cannot be unpacked"),
        (b"[[{}],{},{}]", {"id": 7}, "its task id is not a text"),
        (b"[[{}],{},{}]", {"id": None}, "carries no task id"),
        (b"[[{}],{},{}]", {"id": "t" * 2000}, "its task id is longer than 1024 characters"),
        (b"[[{}],{},{}]", {"id": "t\ud800"}, "half characters"),
        (b'[[{}],"x",{}]', {}, "not a list and an object of keywords"),
        (b'{"id":"t1"}', {}, "the body is not [args, kwargs, embed]"),
    ],
)
def test_a_strange_message_is_refused_with_what_is_true_of_it(
    post: Post, body: bytes, headers: dict[str, Any], told: str
) -> None:
    post.ledger.store.client.lpush(QUEUE, envelope(body, **headers))
    post.read()
    [kept] = post.refusals()
    assert told in kept["errors"]
    assert post.left == 0


JSON_AS_OTHERS_WRITE_IT = ("application/json; charset=utf-8", "application/json;charset=UTF-8", "Application/JSON")


@pytest.mark.parametrize("content_type", JSON_AS_OTHERS_WRITE_IT)
def test_json_with_a_charset_of_utf_8_is_taken(post: Post, content_type: str) -> None:
    written = envelope(json.dumps([[event_body(id="e1")], {}, {}]).encode())
    post.ledger.store.client.lpush(QUEUE, json.dumps(json.loads(written) | {"content-type": content_type}))
    post.read()
    assert post.refusals() == []


@pytest.mark.parametrize("content_type", ["application/json; charset=latin-1", "text/json", "", None, 7])
def test_another_charset_or_type_is_refused(post: Post, content_type: object) -> None:
    written = envelope(json.dumps([[event_body(id="e1")], {}, {}]).encode())
    post.ledger.store.client.lpush(QUEUE, json.dumps(json.loads(written) | {"content-type": content_type}))
    post.read()
    assert "send it as application/json" in post.refusals()[0]["errors"]


def test_a_blank_eta_is_none_and_a_false_that_is_a_text_is_false(post: Post) -> None:
    body = json.dumps([[event_body(id="e1")], {}, {}]).encode()
    post.ledger.store.client.lpush(QUEUE, envelope(body, eta="", ignore_result="false"))
    post.ledger.store.client.lpush(QUEUE, envelope(body, id="t2", ignore_result="true"))
    post.ledger.store.client.lpush(QUEUE, envelope(b"[]", id="t3", ignore_result="False"))
    post.read()
    assert [kept["task"] for kept in post.refusals()] == ["t3"]
    answered = [post.ledger.store.client.exists(f"celery-task-meta-{one}") for one in ("t1", "t2", "t3")]
    assert answered == [1, 0, 1]


def test_gzips_own_form_and_keywords_that_are_null_are_taken(post: Post) -> None:
    body = json.dumps([[event_body(id="e1")], None, None]).encode()
    post.ledger.store.client.lpush(QUEUE, envelope(gzip.compress(body), compression="application/x-gzip"))
    post.ledger.store.client.lpush(QUEUE, envelope(body.replace(b'"e1"', b'"e2"'), id="t" * 1000))
    post.read()
    assert post.refusals() == []
    assert post.ledger.store.client.exists(f"celery-task-meta-{'t' * 1000}", "celery-task-meta-t1") == 2


def test_two_messages_of_one_task_id_in_one_batch_have_the_first_ones_receipt(post: Post) -> None:
    post.send(event_body(id="e1"), task_id="t1")
    second = post.send(event_body(id="e2"), task_id="t1")
    post.read()
    assert second.get(timeout=5)["event_id"] == "e1"
    assert post.ledger.row().pending == 2
