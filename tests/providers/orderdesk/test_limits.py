"""How many lines fit into an answer of Order Desk's: counted before an order is sent that could never be read back."""

import pytest

from schemas.outcome import OutcomeKind, Reason
from tests.fakes.orderdesk import account, created, save
from tests.fakes.snapshots import item, job
from tests.fakes.wire import exchange
from worker.providers.orderdesk import limits
from worker.providers.orderdesk.limits import lines_that_fit
from worker.providers.orderdesk.mapping import wanted_of
from worker.sandbox.orderdesk import OrderDesk

CAP_BYTES = 262_144
ROOM_BYTES = CAP_BYTES * 3 // 4


@pytest.fixture(autouse=True)
def small_room(monkeypatch):
    """A small cap, so that orders past it are made quickly."""
    monkeypatch.setattr(limits, "ROOM_BYTES", ROOM_BYTES)


def fitting(*items):
    return lines_that_fit(wanted_of(job(created(items=list(items))), account().config.options))


def test_a_usual_order_fits_whole():
    assert fitting(*(item(n) for n in range(50))) == 50


def test_a_long_order_is_cut_where_the_answer_would_be_full():
    count = fitting(*(item(n) for n in range(2000)))
    assert 300 < count < 1000


def test_long_lines_leave_room_for_fewer():
    longer = [item(n, metadata={"engraving": "x" * 2000}) for n in range(500)]
    assert 50 < fitting(*longer) < fitting(*(item(n) for n in range(500)))


def test_letters_beyond_ascii_take_the_room_that_the_vendor_gives_them():
    """``ж`` is two bytes from us and six from the vendor, ``/`` one and two."""
    latin, cyrillic = ([item(n, name=letter * 100) for n in range(900)] for letter in "xж")
    assert fitting(*cyrillic) * 1.5 < fitting(*latin)
    assert fitting(*[item(n, name="/" * 100) for n in range(900)]) < fitting(*latin)


def test_one_line_that_fills_an_answer_fits_not():
    assert fitting(item(1, metadata={"picture": "x" * ROOM_BYTES}), item(2)) == 0


def test_what_fits_is_answered_within_what_is_read():
    named = [item(n, name="жюри /" * 10) for n in range(900)]
    whole = created(items=named[: fitting(*named)])
    request = next(account().operation(job(whole)).converse())
    answer = exchange(request, OrderDesk(store_id="S", api_key="K"))
    assert answer.status == 201
    assert ROOM_BYTES / 2 < len(answer.body) < CAP_BYTES


def test_an_order_too_long_to_be_read_is_refused_before_it_is_sent():
    requests, outcome = save(created(items=[item(n) for n in range(2000)]))
    assert requests == []
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.TOO_MANY_LINES)
