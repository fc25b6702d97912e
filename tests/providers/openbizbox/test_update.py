"""OpenBizBox: an order being read, edited and read again."""

from decimal import Decimal

import pytest

from schemas.delivery import Link
from schemas.order import Address, Note, Payment
from schemas.outcome import OutcomeKind, Reason
from tests.fakes.openbizbox import LINKED, MARK, body, held, save, sold
from tests.fakes.wire import reply


def edited(now, of=None, link=LINKED, saved=None):
    """The body of the PUT that follows from what is held now."""
    requests, outcome = save(reply(body=now), reply(204), reply(body=saved or now), of=of, link=link)
    return body(requests[1]), outcome


def test_an_edit_of_what_is_there_already_writes_nothing():
    requests, outcome = save(reply(body=held()), link=LINKED)
    assert [request.method for request in requests] == ["GET"]
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.EXISTS)
    assert outcome.link == Link(order_id="777", contact_id="1511", line_ids={"line-1": "74"}, notes={"kept": "yes"})


def test_an_edit_reads_writes_and_reads_again():
    now = held(lines={"products": [held()["lines"]["products"][0] | {"quantity": 1}]}, total=10)
    requests, outcome = save(reply(body=now), reply(204), reply(body=held()), link=LINKED)
    assert [(request.method, request.path, request.mutating) for request in requests] == [
        ("GET", "/api/v2/orders/777.json", False),
        ("PUT", "/api/v2/orders/777.json", True),
        ("GET", "/api/v2/orders/777.json", False),
    ]
    assert body(requests[1]) == {"lines": {"products": [{"quantity": 2}]}}
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.SAVED)


def test_an_edit_that_did_not_take_is_rejected():
    now = held(lines={"products": [held()["lines"]["products"][0] | {"quantity": 1}]}, total=10)
    _, outcome = edited(now)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.DIFFERS)


def test_an_order_that_is_gone_is_an_unknown_one():
    _, outcome = save(reply(404), link=LINKED)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.UNKNOWN_ORDER)


def test_a_linked_order_with_the_mark_of_another_is_not_touched():
    requests, outcome = save(reply(body=held(comment="[ordercast shop/malmo#1001]")), link=LINKED)
    assert [request.method for request in requests] == ["GET"]
    assert outcome.reason is Reason.SOURCE_CONFLICT


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reply(500), OutcomeKind.UNKNOWN),
        (reply(400, '"no"'), OutcomeKind.REJECTED),
        (reply(200, {"errors": "no"}), OutcomeKind.REJECTED),
        (reply(429), OutcomeKind.THROTTLED),
    ],
)
def test_each_answer_to_an_edit_comes_to_its_outcome(answer, kind):
    assert save(reply(body=held(total=20, comment="")), answer, link=LINKED)[1].kind is kind


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reply(500), OutcomeKind.UNKNOWN),
        (reply(404), OutcomeKind.UNKNOWN),
        (reply(200, "?"), OutcomeKind.UNKNOWN),
        (reply(429), OutcomeKind.THROTTLED),
    ],
)
def test_an_edit_that_cannot_be_compared_may_have_been_done(answer, kind):
    _, outcome = save(reply(body=held(comment="")), reply(204), answer, link=LINKED)
    assert outcome.kind is kind
    assert outcome.may_have_been_done


def test_the_mark_is_added_to_an_order_that_lacks_it_and_a_persons_words_stay():
    sent, _ = edited(held(comment="Called the customer /bo"))
    assert sent == {"comment": f"Called the customer /bo\n{MARK}"}


@pytest.mark.parametrize(
    ("there", "comment", "sent"),
    [
        pytest.param(MARK, "Ring twice", f"Ring twice\n{MARK}", id="words that are new come first"),
        pytest.param(f"Ring twice\n{MARK}", "Ring twice", None, id="words that are there are not sent"),
        pytest.param(f"Ring twice\n{MARK}", None, None, id="words are not taken out"),
        pytest.param(f"Ring twice\n{MARK}\nCalled /bo", "Wait", f"Wait\nRing twice\n{MARK}\nCalled /bo", id="changed"),
        pytest.param(f"Called /bo\nWait\n{MARK}", "Wait", f"Wait\nCalled /bo\n{MARK}", id="below a person's words"),
        pytest.param(f"Ring\n\n  twice \n{MARK}", "Ring\ntwice", None, id="blanks are nobody's words"),
        pytest.param(f"R&amp;D\n{MARK}", "R&amp;D", None, id="an entity of the buyer's own"),
        pytest.param("Called /bo", "Wait", f"Wait\nCalled /bo\n{MARK}", id="words and mark"),
    ],
)
def test_the_buyers_words_are_the_comments_first_and_everything_else_stays(there, comment, sent):
    requests, _ = save(
        reply(body=held(comment=there)),
        *[reply(204), reply(body=held())] * (sent is not None),
        of=sold(comment=comment),
        link=LINKED,
    )
    assert [body(request) for request in requests if request.method == "PUT"] == ([{"comment": sent}] if sent else [])


def test_a_note_that_is_there_already_is_not_written_again():
    of = sold(notes=[Note(text="Checked", author="Kim")])
    sent, _ = edited(held(), of=of)
    assert sent == {"comment": f"{MARK}\nKim: Checked"}
    requests, _ = save(reply(body=held(comment=f"{MARK}\nKim: Checked")), of=of, link=LINKED)
    assert len(requests) == 1


def test_a_number_with_an_entity_in_it_is_ours_as_the_shop_shows_it():
    of = sold(number="R&amp;D 7")
    shown = held(comment="[ordercast shop/copenhagen#R&amp;D 7]")
    assert save(reply(body=shown), of=of, link=LINKED)[1].reason is Reason.EXISTS


def test_only_sections_that_differ_are_sent_and_titles_zips_and_objects_are_read_as_what_they_are():
    of = sold(
        status="shipped",
        billing_address=Address(address1="A & B Street", postal_code="DK-6000", country="DK"),
        payment=Payment(method="Fee \N{NO-BREAK SPACE}1", fee=Decimal(0)),
    )
    address = {
        "name": "Ada Lovelace",
        "street": "A &amp; B Street",
        "zip": "6000",
        "country": {"id": "DNK", "title": "D"},
    }
    lines = held()["lines"] | {"payment": {"title": "Fee &nbsp;1", "price": 0}}
    now = held(billing_address=address, status={"id": 4, "title": "Pending"}, lines=lines)
    requests, _ = save(reply(body=now), reply(204), reply(body=now), of=of, link=LINKED, statuses={"shipped": 6})
    assert body(requests[1]) == {"status": 6}
