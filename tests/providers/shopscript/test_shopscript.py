from urllib.parse import parse_qs

import pytest
from msgspec.structs import replace

from schemas.delivery import Link
from schemas.event import EventType, Invoice, Refund, RefundLine
from schemas.outcome import OutcomeKind, Reason
from tests.fakes.shop import NO_ORDER, SAVED, account, converse, held_line, held_order, hits, product, shop_order
from tests.fakes.snapshots import action, job, snapshot, totals
from tests.fakes.wire import reply
from worker.providers.base import Absent, Found
from worker.providers.shopscript.journal import mark_of

NOTES = {"discount": "0.0000", "told": "eflB", "currency": "EUR", "comment": mark_of("")}
LINKED = Link(order_id="18", contact_id="5", line_ids={"line-1": "31"}, notes=NOTES)
SERVER_ERROR = reply(500, {"error": "server_error", "error_description": "Order not found."})


ALL_ORDERS = reply(200, {"orders": "100"})


def save(*replies, of=None, link=None, **options):
    operation = account(**options).operation(job(snapshot(of or shop_order()), link=link))
    return converse(operation.converse(), *replies)


def look_up(*replies, of=None, link=None):
    operation = account().operation(job(snapshot(of or shop_order()), link=link))
    assert operation.on_unknown == "look_up"
    return converse(operation.look_up(), *replies)


def steps(requests):
    return [(request.method, request.path.partition("?")[0], request.mutating) for request in requests]


def test_a_create_is_saved_found_and_read_back():
    requests, outcome = save(reply(200, SAVED), reply(200, hits(held_order())), reply(200, held_order()))
    assert steps(requests) == [
        ("POST", "/api.php/shop.order.save", True),
        ("GET", "/api.php/shop.order.search", False),
        ("GET", "/api.php/shop.order.getInfo", False),
    ]
    query = parse_qs(requests[1].path.partition("?")[2])
    assert query == {"hash": ["search/params.ordercast_order=cba82aec072ca40b52e456db110359fa"]}
    assert requests[2].path.endswith("?id=18")
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.SAVED)
    assert outcome.link == LINKED


def test_a_create_that_cannot_be_found_yet_may_have_been_done():
    _, outcome = save(reply(200, SAVED), reply(200, hits()))
    assert (outcome.kind, outcome.may_have_been_done) == (OutcomeKind.UNKNOWN, True)
    assert (outcome.link.order_id, outcome.link.notes) == (None, {"accepted": "0"})


def test_an_ok_that_cannot_be_found_again_is_looked_for_and_never_followed_by_another_create():
    """F2: three looks, then a dead letter that says why; a replay looks again, and creates nothing."""
    link, kinds = None, []
    for replies in ([reply(200, SAVED), reply(200, hits())], *[[reply(200, hits())]] * 3):
        requests, outcome = save(*replies, link=link)
        assert sum(request.mutating for request in requests) == (link is None)
        kinds.append((outcome.kind, outcome.reason))
        link = outcome.link
    early, dead = (OutcomeKind.UNKNOWN, Reason.TOO_EARLY), (OutcomeKind.REJECTED, Reason.ACCEPTED_NOT_FOUND)
    assert kinds == [early, early, dead, dead]
    assert all(cause in outcome.message for cause in ("may not see all orders", "database refused", "contact"))


def test_an_ok_that_is_found_after_all_is_edited_and_forgotten():
    accepted = Link(notes={"accepted": "2"})
    replies = [reply(200, answer) for answer in (hits(held_order()), SAVED, held_order())]
    requests, outcome = save(*replies, link=accepted)
    steps = ["shop.order.search", "shop.order.save", "shop.order.getInfo"]
    assert [request.step for request in requests] == steps
    assert b"id=18" in requests[1].body
    assert (outcome.kind, "accepted" in outcome.link.notes) == (OutcomeKind.ACCEPTED, False)


@pytest.mark.parametrize("answer", [reply(401), reply(429), reply(500), reply(200, "?"), reply(200, {"error": "x"})])
def test_a_create_whose_search_fails_may_have_been_done(answer):
    _, outcome = save(reply(200, SAVED), answer)
    assert (outcome.kind, outcome.may_have_been_done) == (OutcomeKind.UNKNOWN, True)


@pytest.mark.parametrize("answer", [reply(401), reply(429), reply(500), reply(200, "?"), reply(404, NO_ORDER)])
def test_a_create_that_cannot_be_read_back_keeps_the_id_it_found(answer):
    _, outcome = save(reply(200, SAVED), reply(200, hits(held_order())), answer)
    assert (outcome.kind, outcome.may_have_been_done) == (OutcomeKind.UNKNOWN, True)
    assert outcome.link.order_id == "18"


@pytest.mark.parametrize("params", [{"ordercast_source": "shop/other"}, {"ordercast_number": "1002"}, []])
def test_a_hit_that_is_not_surely_ours_does_not_count(params):
    other = held_order()
    other["params"] = params and other["params"] | params
    _, outcome = save(reply(200, SAVED), reply(200, hits(other)))
    assert outcome.kind is OutcomeKind.UNKNOWN
    _, sighting = look_up(reply(200, hits(other)), ALL_ORDERS)
    assert sighting == Absent()


def test_of_several_hits_the_lowest_id_counts_and_a_remark_names_the_others():
    twice = hits(held_order(order_id=20), held_order(order_id=9), held_order(order_id=18))
    requests, outcome = save(reply(200, SAVED), reply(200, twice), reply(200, held_order(order_id=9)))
    assert requests[2].path.endswith("?id=9")
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.REMARK)
    assert "18, 20" in outcome.message
    assert outcome.link.order_id == "9"
    assert "duplicates" not in outcome.link.notes


def test_a_duplicate_found_by_a_look_up_is_remarked_on_once():
    _, found = look_up(reply(200, hits(held_order(order_id=20), held_order())))
    _, first = save(reply(200, SAVED), reply(200, held_order()), link=found.link)
    assert first.reason is Reason.REMARK
    _, second = save(reply(200, SAVED), reply(200, held_order()), link=first.link)
    assert second.reason is Reason.SAVED


@pytest.mark.parametrize(
    ("held", "clause"),
    [
        (held_order(total="19.0000"), "total 19.0000 there, 20 is what the buyer paid"),
        (held_order(held_line(31, price="9.0000")), "line line-1 has price 9.0000, 10 sent"),
        (held_order(held_line(31, quantity="3.000")), "line line-1 has quantity 3.000, 2 sent"),
        (held_order(held_line(31, number=2)), "line line-1 is missing"),
        (held_order(held_line(31), held_line(32)), "lines there that were not sent: 1"),
        (held_order(currency="RUB"), "currency RUB there, EUR sent"),
        (held_order(items=[]), "lines: 0 there, 1 sent"),
    ],
)
def test_what_the_shop_holds_differently_is_rejected_with_the_difference(held, clause):
    _, outcome = save(reply(200, SAVED), reply(200, hits(held)), reply(200, held))
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.DIFFERS)
    assert clause in outcome.message
    assert outcome.link.order_id == "18"


def test_an_edit_with_all_line_ids_is_saved_and_read_back():
    requests, outcome = save(reply(200, SAVED), reply(200, held_order()), link=LINKED)
    assert [request.step for request in requests] == ["shop.order.save", "shop.order.getInfo"]
    assert (outcome.kind, outcome.link) == (OutcomeKind.ACCEPTED, LINKED)


def test_an_edit_without_all_line_ids_reads_the_order_first():
    of = shop_order(product(1), product(2), totals=totals("40"))
    before = held_order()
    after = held_order(held_line(31), held_line(32, 2), total="40.0000")
    requests, outcome = save(reply(200, before), reply(200, SAVED), reply(200, after), of=of, link=Link(order_id="18"))
    assert [request.step for request in requests] == ["shop.order.getInfo", "shop.order.save", "shop.order.getInfo"]
    assert b"items%5B0%5D%5Bitem_id%5D=31" in requests[1].body
    assert b"items%5B1%5D%5Bitem_id%5D" not in requests[1].body
    assert outcome.link.line_ids == {"line-1": "31", "line-2": "32"}


def test_an_edit_keeps_a_discount_given_by_hand_in_the_shop():
    held = held_order(discount="5.0000", total="15.0000")
    requests, outcome = save(reply(200, SAVED), reply(200, held), link=LINKED)
    assert b"discount=" not in requests[0].body
    assert outcome.message == "The shop's total is 15.0000 there, 20 is what the buyer paid."


def test_an_order_unknown_to_the_shop_is_not_edited():
    requests, outcome = save(reply(404, NO_ORDER), link=Link(order_id="18"))
    assert not any(request.mutating for request in requests)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.UNKNOWN_ORDER)


def test_after_a_server_error_on_an_edit_reading_tells_that_the_link_is_stale():
    requests, outcome = save(SERVER_ERROR, reply(404, NO_ORDER), link=LINKED)
    assert [request.step for request in requests] == ["shop.order.save", "shop.order.getInfo"]
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.UNKNOWN_ORDER)


@pytest.mark.parametrize("answer", [reply(200, held_order()), reply(500), reply(401)])
def test_after_a_server_error_on_an_edit_of_an_order_that_is_there_it_stays_open(answer):
    _, outcome = save(SERVER_ERROR, answer, link=LINKED)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.UNKNOWN, Reason.SERVER_ERROR)


@pytest.mark.parametrize("link", [None, LINKED])
def test_a_server_error_that_names_no_code_is_not_asked_about(link):
    requests, outcome = save(reply(500), link=link)
    assert len(requests) == 1
    assert (outcome.kind, outcome.reason) == (OutcomeKind.UNKNOWN, Reason.SERVER_ERROR)


def test_a_save_that_is_refused_ends_there():
    requests, outcome = save(reply(200, {"status": "fail", "errors": ["Нет"]}))
    assert len(requests) == 1
    assert (outcome.kind, outcome.message) == (OutcomeKind.REJECTED, "Shop-Script refused the call: Нет.")


def test_a_look_up_by_our_key_finds_the_order_and_all_its_lines():
    requests, found = look_up(reply(200, hits(held_order())))
    assert len(requests) == 1
    assert found == Found(replace(LINKED, notes={"discount": "0.0000", "currency": "EUR"}))


def test_that_an_order_is_nowhere_is_not_believed_of_a_user_who_would_not_see_it():
    requests, sighting = look_up(reply(200, hits()), reply(200, {"orders": "1"}))
    assert [request.step for request in requests] == ["shop.order.search", "shop.rights"]
    assert (sighting.kind, sighting.reason) == (OutcomeKind.UNAUTHORIZED, Reason.FORBIDDEN)
    assert look_up(reply(200, hits()), reply(503))[1].kind is OutcomeKind.UNAVAILABLE


def test_a_look_up_of_a_known_order_reads_it_by_its_id():
    requests, found = look_up(reply(200, held_order()), link=LINKED)
    assert requests[0].path == "/api.php/shop.order.getInfo?id=18"
    assert found == Found(LINKED)


def test_a_look_up_of_a_known_order_that_is_gone_searches_by_our_key():
    assert look_up(reply(404, NO_ORDER), reply(200, hits()), ALL_ORDERS, link=LINKED)[1] == Absent()
    _, found = look_up(reply(404, NO_ORDER), reply(200, hits(held_order(order_id=22))), link=LINKED)
    assert found.link.order_id == "22"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reply(404, {"error": "invalid_method"}), OutcomeKind.UNKNOWN),
        (reply(302), OutcomeKind.UNKNOWN),
        (reply(401), OutcomeKind.UNAUTHORIZED),
        (reply(429), OutcomeKind.THROTTLED),
        (reply(503), OutcomeKind.UNAVAILABLE),
        (reply(200, {"what": 1}), OutcomeKind.UNREADABLE),
        (reply(200, {"orders": [{"id": "x"}]}), OutcomeKind.UNREADABLE),
    ],
)
@pytest.mark.parametrize("link", [None, LINKED])
def test_a_look_up_that_is_not_answered_never_rejects_the_delivery(answer, kind, link):
    _, outcome = look_up(answer, link=link)
    assert outcome.kind is kind


@pytest.mark.parametrize(
    ("event", "word"),
    [
        (action(EventType.REFUNDED, refund=Refund(amount=1)), "in part"),
        (action(EventType.REFUNDED, refund=Refund(lines=[RefundLine(item_id="line-1")])), "in part"),
        (action(EventType.INVOICED, invoice=Invoice()), "invoice"),
    ],
)
def test_what_the_shop_has_no_call_for_is_skipped_visibly(event, word):
    requests, outcome = converse(account().operation(job(event)).converse())
    assert requests == []
    assert (outcome.kind, outcome.reason) == (OutcomeKind.UNSUPPORTED, Reason.UNSUPPORTED)
    assert word in outcome.message


def test_the_test_call_asks_for_the_users_rights_and_changes_nothing():
    requests, outcome = converse(account().test(), reply(200, {"backend": 1, "orders": 100}))
    assert steps(requests) == [("GET", "/api.php/shop.rights", False)]
    assert outcome.kind is OutcomeKind.ACCEPTED
    assert converse(account().test(), reply(401))[1].kind is OutcomeKind.UNAUTHORIZED


@pytest.mark.parametrize(
    ("rights", "kind"),
    [
        ({"backend": 1, "orders": 100}, "accepted"),
        ({"backend": "2147483647", "orders": "2147483647"}, "accepted"),
        ({"backend": 2}, "accepted"),
        ({"backend": 1, "orders": 99}, "unauthorized"),
        ({"backend": 1, "orders": 1}, "unauthorized"),
        ({"backend": 1, "orders": None}, "unauthorized"),
        ({"orders": 1, "order_edit": 1}, "unauthorized"),  # a courier
        ([], "unauthorized"),  # no right to the app
    ],
)
def test_a_user_who_may_not_see_all_orders_fails_the_test(rights, kind):
    """F2: every search of such a user is empty, and what we create cannot be found again."""
    outcome = converse(account().test(), reply(200, rights))[1]
    assert (outcome.kind, "see all orders" in outcome.message) == (kind, kind == "unauthorized")


def test_a_shop_too_old_to_tell_rights_is_asked_for_an_order():
    unknown = reply(404, {"error": "invalid_method"})
    requests, outcome = converse(account().test(), unknown, reply(200, hits()))
    assert [request.step for request in requests] == ["shop.rights", "shop.order.search"]
    assert outcome.kind is OutcomeKind.ACCEPTED


def test_an_edit_in_another_currency_is_refused_before_it_is_sent():
    """F19: an edit's currency is not read."""
    requests, outcome = save(of=shop_order(currency="USD"), link=LINKED)
    assert (requests, outcome.kind, outcome.reason) == ([], OutcomeKind.REJECTED, Reason.CURRENCY)
    read = Link(order_id="18")
    requests, outcome = save(reply(200, held_order()), of=shop_order(currency="USD"), link=read)
    assert (len(requests), outcome.reason) == (1, Reason.CURRENCY)
    assert "in EUR in the shop" in outcome.message


def test_a_token_that_goes_into_the_form_goes_into_the_query_of_a_call_that_reads():
    requests, _ = save(reply(200, SAVED), reply(200, hits()), token_in="form")
    assert parse_qs(requests[1].path.partition("?")[2])["access_token"] == ["test-shopscript-token"]
    assert "Authorization" not in requests[1].headers
