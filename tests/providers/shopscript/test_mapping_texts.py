"""What an edit makes of the comment that is there."""

import pytest

from schemas.delivery import Link
from schemas.order import Note
from tests.fakes.shop import shop_order
from worker.providers.shopscript.journal import mark_of
from worker.providers.shopscript.mapping_texts import comment_must_be_read, comment_of, comment_to_send


def known(said=None, *, noted=False):
    notes = {} if said is None else {"comment": mark_of(said)}
    return Link(order_id="18", notes=notes | ({"noted": "1"} if noted else {}))


def test_a_comment_that_says_what_it_said_is_left_out():
    assert comment_to_send(shop_order(comment="Ring"), known("Ring"), None) is None
    assert comment_to_send(shop_order(comment="Ring"), known("Ring", noted=True), None) is None
    assert not comment_must_be_read(shop_order(comment="Ring"), known("Ring", noted=True))


@pytest.mark.parametrize(
    ("said", "text", "goes_out"),
    [
        (None, None, None),
        (None, "Ring", "Ring"),
        ("Ring", "Knock", "Knock"),
        ("Ring", None, ""),
        ("", "Ring", "Ring"),
    ],
)
def test_a_comment_that_changed_is_sent_and_one_that_was_taken_away_is_blanked(said, text, goes_out):
    assert comment_to_send(shop_order(comment=text), known(said), None) == goes_out
    assert not comment_must_be_read(shop_order(comment=text), known(said))


@pytest.mark.parametrize(
    ("said", "there", "goes_out"),
    [
        ("Ring", "Ring\n\nKim: n", "Knock\n\nKim: n"),
        ("Ring", "Ring", "Knock"),
        ("Ring", "By hand\n\nKim: n", "Knock\n\nBy hand\n\nKim: n"),
        ("", "Kim: n", "Knock\n\nKim: n"),
        (None, "Ring\n\nKim: n", "Knock\n\nRing\n\nKim: n"),
        ("Ring", "Ring\n\nKnock\n\nKim: n", "Knock\n\nKim: n"),
        ("Ring", None, "Knock"),
    ],
)
def test_what_others_wrote_below_is_kept_where_notes_were_written(said, there, goes_out):
    link = known(said, noted=True)
    assert comment_must_be_read(shop_order(comment="Knock"), link)
    assert comment_to_send(shop_order(comment="Knock"), link, there) == goes_out


def test_an_order_says_its_comment_and_then_its_notes():
    assert (
        comment_of(shop_order(comment="Ring", notes=[Note(text="a", author="Kim"), Note(text="b")]))
        == "Ring\n\nKim: a\n\nb"
    )
    assert comment_of(shop_order()) == ""
