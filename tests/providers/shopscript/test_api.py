import msgspec
import pytest

from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.shopscript import read_actions
from tests.fakes.wire import reply
from worker.providers.shopscript.api import is_not_there, is_server_error, judge, judge_any, judge_save

XML = {"Content-Type": "text/xml; charset=utf-8"}
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def error(code):
    return {"error": code, "error_description": "Что-то пошло не так"}


@pytest.mark.parametrize(
    ("status", "body", "kind", "reason"),
    [
        (200, {"status": "fail", "errors": ["Нет товаров"]}, OutcomeKind.REJECTED, Reason.REJECTED),
        (200, {"status": "fail", "errors": {"order": {"common": "Нет"}}}, OutcomeKind.REJECTED, Reason.REJECTED),
        (200, error("invalid_request"), OutcomeKind.REJECTED, Reason.REJECTED),
        (200, error("invalid_param"), OutcomeKind.REJECTED, Reason.REJECTED),
        (400, error("token_required"), OutcomeKind.UNAUTHORIZED, Reason.CREDENTIALS),
        (400, error("app_not_installed"), OutcomeKind.REJECTED, Reason.REJECTED),
        (400, error("invalid_param"), OutcomeKind.REJECTED, Reason.REJECTED),
        (401, error("invalid_token"), OutcomeKind.UNAUTHORIZED, Reason.CREDENTIALS),
        (401, "", OutcomeKind.UNAUTHORIZED, Reason.CREDENTIALS),
        (402, error("payment_required"), OutcomeKind.UNAUTHORIZED, Reason.CREDENTIALS),
        (402, "", OutcomeKind.UNAUTHORIZED, Reason.CREDENTIALS),
        (403, {"error": "access_denied"}, OutcomeKind.UNAUTHORIZED, Reason.CREDENTIALS),
        (404, error("disabled"), OutcomeKind.UNAUTHORIZED, Reason.CREDENTIALS),
        (404, error("invalid_method"), OutcomeKind.REJECTED, Reason.REJECTED),
        (404, "<html>no such page</html>", OutcomeKind.REJECTED, Reason.REJECTED),
        (405, error("invalid_request"), OutcomeKind.REJECTED, Reason.REJECTED),
        (301, "", OutcomeKind.REJECTED, Reason.REJECTED),
        (429, error("invalid_token"), OutcomeKind.THROTTLED, Reason.THROTTLED),
        (500, error("server_error"), OutcomeKind.UNKNOWN, Reason.SERVER_ERROR),
        (500, "", OutcomeKind.UNKNOWN, Reason.SERVER_ERROR),
        (503, {"status": "fail", "errors": []}, OutcomeKind.UNKNOWN, Reason.SERVER_ERROR),
        (200, "", OutcomeKind.UNREADABLE, Reason.UNREADABLE),
        (200, "<html>", OutcomeKind.UNREADABLE, Reason.UNREADABLE),
        (200, "[1]", OutcomeKind.UNREADABLE, Reason.UNREADABLE),
        (200, {"data": []}, OutcomeKind.UNREADABLE, Reason.UNREADABLE),
        (200, "[" * 100_000, OutcomeKind.UNREADABLE, Reason.UNREADABLE),
        (200, b'{"status":"ok\xff"}', OutcomeKind.UNREADABLE, Reason.UNREADABLE),
    ],
)
def test_a_save_is_judged_by_status_and_code(status, body, kind, reason):
    outcome = judge_save(reply(status, body))
    assert (outcome.kind, outcome.reason, outcome.http_status) == (kind, reason, status)
    assert outcome.message.endswith((".", ")", "is."))


@pytest.mark.parametrize(
    "body", ['{"status":"ok","data":[]}', HEAD + "<response>\n  <status>ok</status>\n</response>\n"]
)
def test_ok_is_ok_in_both_formats(body):
    assert judge_save(reply(200, body, XML)) is None


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("<status>fail</status><errors>Нет товаров</errors><errors>И цены</errors>", "Нет товаров; И цены"),
        ("<status>fail</status><errors><order><common>Пусто</common></order></errors>", "Пусто"),
        ("<error>invalid_request</error><error_description>x</error_description>", "invalid_request"),
    ],
)
def test_failures_are_read_from_xml(body, shown):
    outcome = judge_save(reply(200, f"{HEAD}<response>{body}</response>", XML))
    assert outcome.kind is OutcomeKind.REJECTED
    assert shown in outcome.message


def test_only_what_changes_something_is_unknown_after_a_500():
    assert judge(reply(500), mutating=False).kind is OutcomeKind.UNAVAILABLE
    assert judge(reply(500), mutating=True).kind is OutcomeKind.UNKNOWN


def test_an_unreadable_save_may_have_been_done():
    assert judge_save(reply(200, "")).may_have_been_done
    assert not judge(reply(200, ""), mutating=False).may_have_been_done


def test_half_a_body_is_unreadable_even_where_it_reads_well():
    assert judge_save(reply(200, {"status": "ok"}, cut=True)).kind is OutcomeKind.UNREADABLE


@pytest.mark.parametrize(
    "body",
    [
        '<!DOCTYPE r [<!ENTITY a "ok">]><response><status>&a;</status></response>',
        '<!doctype r SYSTEM "file:///etc/passwd"><response><status>ok</status></response>',
        f"<response>{'<a>' * 40}{'</a>' * 40}<status>ok</status></response>",
    ],
)
def test_xml_with_a_document_type_or_too_deep_is_not_read(body):
    assert judge_save(reply(200, body, XML)).kind is OutcomeKind.UNREADABLE


def test_xml_in_another_encoding_cannot_hide_a_document_type():
    body = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE r [<!ENTITY a "ok">]><r>&a;</r>'.encode("utf-16")
    assert judge_save(reply(200, body, XML)).kind is OutcomeKind.UNREADABLE


def test_an_unknown_order_is_told_by_status_and_code():
    assert is_not_there(reply(404, error("invalid_param")))
    assert not is_not_there(reply(404, error("invalid_method")))
    assert not is_not_there(reply(400, error("invalid_param")))
    assert not is_not_there(reply(404, "<html></html>"))


def test_a_server_error_with_its_code_is_told_from_one_without():
    assert is_server_error(reply(500, error("server_error")))
    assert not is_server_error(reply(500))
    assert not is_server_error(reply(503, error("server_error")))


def test_a_message_shows_no_more_than_a_few_hundred_characters():
    outcome = judge_save(reply(200, {"status": "fail", "errors": ["x" * 10_000]}))
    assert isinstance(outcome, Outcome)
    assert len(outcome.message) < 400


@pytest.mark.parametrize(
    ("body", "ids"),
    [
        ([{"id": "pay", "name": "Оплатить"}, {"id": "delete"}], {"pay", "delete"}),
        ([], set()),
        ("<response><id>pay</id><name>x</name><id>delete</id><name>y</name></response>", {"pay", "delete"}),
        ("<response><id>restore</id><name/></response>", {"restore"}),
        ("<response/>", set()),
    ],
)
def test_open_actions_are_read_from_both_formats(body, ids):
    assert read_actions(judge_any(reply(200, body, XML), mutating=False)) == ids


@pytest.mark.parametrize(
    "tree", [{"success": "1"}, {"id": [None]}, {"id": {"a": "b"}}, [{"name": "pay"}], ["pay"], [{"id": 1}]]
)
def test_what_are_no_actions_is_not_taken_for_none(tree):
    with pytest.raises(msgspec.ValidationError):
        read_actions(tree)


def test_a_list_is_an_answer_only_where_one_is_expected():
    assert judge(reply(200, [1]), mutating=False).kind is OutcomeKind.UNREADABLE
    assert judge_any(reply(200, [1]), mutating=False) == [1]
    assert judge_any(reply(500, [1]), mutating=False).kind is OutcomeKind.UNAVAILABLE
    assert judge_any(reply(404, [1]), mutating=False).kind is OutcomeKind.REJECTED
