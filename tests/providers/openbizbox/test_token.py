"""OpenBizBox: the token that every call needs, and the article that every line needs."""

from urllib.parse import parse_qs

import pytest

from schemas.outcome import OutcomeKind, Reason
from tests.fakes.openbizbox import SLOT, TOKEN, account, body, held, save, sold
from tests.fakes.snapshots import item, job, order, snapshot
from tests.fakes.wire import converse, reply


def test_a_token_is_asked_for_as_a_form_and_kept_a_little_shorter_than_it_lasts():
    provider = account(token=None)
    create = provider.operation(job(snapshot(sold()))).converse()
    requests, outcome = converse(create, reply(body=TOKEN), reply(201, held()))
    assert (requests[0].method, requests[0].path) == ("POST", "/oauth/v2/token")
    assert parse_qs(requests[0].body.decode()) == {
        "client_id": ["client"],
        "client_secret": ["a&b=c"],
        "grant_type": ["client_credentials"],
    }
    assert not requests[0].mutating
    assert requests[1].headers["Authorization"] == "Bearer TOKEN-1"
    assert provider.memory.kept[SLOT] == ("TOKEN-1", 3540)
    assert outcome.kind is OutcomeKind.ACCEPTED


def test_a_token_that_went_stale_is_renewed_once_and_the_call_made_again():
    renewed = TOKEN | {"access_token": "TOKEN-2"}
    requests, outcome = save(reply(401), reply(body=renewed), reply(201, held()))
    assert [request.headers.get("Authorization") for request in requests] == ["Bearer TOKEN-1", None, "Bearer TOKEN-2"]
    assert requests[0].body == requests[2].body
    assert outcome.kind is OutcomeKind.ACCEPTED


def test_a_second_401_is_about_our_credentials_and_its_token_is_forgotten():
    provider = account()
    create = provider.operation(job(snapshot(sold()))).converse()
    _, outcome = converse(create, reply(401), reply(body=TOKEN | {"access_token": "TOKEN-2"}), reply(401))
    assert (outcome.kind, outcome.reason) == (OutcomeKind.UNAUTHORIZED, Reason.CREDENTIALS)
    assert provider.memory.recall(SLOT) is None


def test_a_token_that_another_conversation_renewed_is_taken():
    provider = account()
    conversation = provider.operation(job(snapshot(sold()))).converse()
    next(conversation)
    provider.memory.keep(SLOT, "TOKEN-3", 3600)
    assert conversation.send(reply(401)).headers["Authorization"] == "Bearer TOKEN-3"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reply(400, {"error": "invalid_client"}), OutcomeKind.UNAUTHORIZED),
        (reply(401), OutcomeKind.UNAUTHORIZED),
        (reply(503), OutcomeKind.UNAVAILABLE),
        (reply(429), OutcomeKind.THROTTLED),
        (reply(200, "<html>"), OutcomeKind.UNREADABLE),
        (reply(200, {"access_token": "two\r\nlines"}), OutcomeKind.UNREADABLE),
        (reply(200, []), OutcomeKind.UNREADABLE),
    ],
)
def test_without_a_token_nothing_is_sent(answer, kind):
    requests, outcome = save(answer, token=None)
    assert [request.path for request in requests] == ["/oauth/v2/token"]
    assert outcome.kind is kind


def test_skus_are_asked_for_once_and_kept_for_a_day():
    provider = account()
    of = order(items=[item(1, sku="v512"), item(2, sku="v512", variant_id="7"), item(3, variant_id="x", sku="m2")])
    mapping = [{"model": "v512", "product_id": 1, "variant_id": 1014}, {"model": "m2", "variant_id": 1015}]
    requests, _ = converse(
        provider.operation(job(snapshot(of))).converse(), reply(body=mapping), reply(201, {"id": 1}), reply(404)
    )
    assert (requests[0].path, body(requests[0])) == ("/api/v3/products/mapping.json", {"models": ["v512", "m2"]})
    assert [line["product_article_id"] for line in body(requests[1])["lines"]["products"]] == [1014, 7, 1015]
    assert provider.memory.kept["openbizbox:article:v512"] == ("1014", 86_400)
    requests, _ = converse(provider.operation(job(snapshot(of))).converse(), reply(201, {"id": 1}), reply(404))
    assert requests[0].path == "/api/v2/orders.json"


@pytest.mark.parametrize(
    "mapping", [[], [{"model": "other", "variant_id": 1}], [{"model": "A", "variant_id": n} for n in (1, 2)]]
)
def test_a_sku_without_a_single_article_is_refused(mapping):
    requests, outcome = save(reply(body=mapping), of=order(items=[item(1, sku="A")]))
    assert not any(request.mutating for request in requests)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.NO_ARTICLE)
    assert "line-1 (sku A)" in outcome.message


def test_an_item_with_neither_article_nor_sku_is_refused_without_a_request():
    requests, outcome = save(of=order(items=[item(1)]))
    assert requests == []
    assert outcome.reason is Reason.NO_ARTICLE


def test_kept_articles_are_asked_for_again_after_a_refusal():
    provider = account()
    provider.memory.keep("openbizbox:article:A", "5", 86_400)
    create = provider.operation(job(snapshot(order(items=[item(1, sku="A")])))).converse()
    converse(create, reply(400, '"product_article_id: This value is not valid."'))
    assert provider.memory.recall("openbizbox:article:A") is None
