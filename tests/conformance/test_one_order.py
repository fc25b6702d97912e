"""However often a save is sent and wherever it is broken off, the vendor has one order, and it is the right one."""

from __future__ import annotations

import msgspec
import pytest

from schemas.delivery import Link
from schemas.outcome import OutcomeKind, Reason
from tests.conformance.account import Account, open_provider
from tests.conformance.orders import FIRST, THEN, created, lines_of, updated
from tests.conformance.played import play
from worker.providers import KINDS
from worker.providers.base import Absent, Found

MOST_CALLS = 20


def looks_up(kind: str) -> bool:
    return play(kind).operation(created()).look_up is not None


SEARCHED = [kind for kind in KINDS if looks_up(kind)]
every_kind = pytest.mark.parametrize("kind", list(KINDS))


@pytest.fixture(params=SEARCHED)
def searched(request: pytest.FixtureRequest, sandbox, driver) -> Account:
    """An account of each kind that can look an order up."""
    return Account(request.param, sandbox, driver)


def test_a_look_up_of_an_order_that_is_not_there_finds_it_absent(searched: Account) -> None:
    assert searched.look_up(created()) == Absent()
    searched.save(created())
    assert searched.look_up(created(number="1002")) == Absent()


def test_a_look_up_finds_the_order_and_the_next_save_edits_it(searched: Account) -> None:
    learned = searched.save(created())
    found = searched.look_up(created())
    assert isinstance(found, Found)
    assert found.link.order_id == learned.order_id is not None
    assert searched.deliver(updated(), found.link).kind is OutcomeKind.ACCEPTED
    assert searched.lines() == lines_of(THEN)


def test_an_order_of_another_source_is_not_taken_for_ours(searched: Account) -> None:
    searched.save(created())
    stranger = msgspec.structs.replace(created(), source="shop/elsewhere")
    assert searched.look_up(stranger) == Absent()


def test_a_look_up_changes_nothing(searched: Account) -> None:
    searched.save(created())
    before = searched.orders()
    searched.look_up(created())
    assert searched.orders() == before


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_a_look_up_that_is_refused_does_not_find_the_order_absent(searched: Account, status: int) -> None:
    """Nor is it the order's fault: a look-up's own failure must not bury a delivery."""
    searched.save(created())
    searched.fault("status", times=None, match={"mutating": False}, status=status)
    outcome = searched.look_up(created())
    assert not isinstance(outcome, Found | Absent)


@pytest.mark.parametrize("effect", ["garbage", "half", "huge", "reset_after"])
def test_a_look_up_that_cannot_be_read_does_not_find_the_order_absent(searched: Account, effect: str) -> None:
    searched.save(created())
    searched.fault(effect, times=None, match={"mutating": False})
    assert not isinstance(searched.look_up(created()), Found | Absent)


def test_a_save_that_is_sent_again_makes_no_second_order(account: Account) -> None:
    account.save(created())
    again = account.settle_doubt(created())
    assert again.kind is OutcomeKind.ACCEPTED
    assert account.lines() == lines_of(FIRST)


@every_kind
def test_a_create_broken_off_after_any_call_is_finished_by_the_next_attempt(kind: str) -> None:
    for calls in range(1, MOST_CALLS):
        played = play(kind)
        if played.run(played.operation(created()).converse(), at_most=calls) is not None:
            assert calls > 1
            return
        assert played.settle_doubt(created()).kind is OutcomeKind.ACCEPTED, calls
        assert played.lines() == lines_of(FIRST), calls
    pytest.fail(f"a create takes more than {MOST_CALLS} calls")


@every_kind
def test_an_update_broken_off_after_any_call_is_finished_by_the_next_attempt(kind: str) -> None:
    for calls in range(1, MOST_CALLS):
        played = play(kind)
        link = played.save(created()).link
        ended = played.run(played.operation(updated(), link).converse(), at_most=calls)
        if ended is not None:
            assert calls > 1 or ended.reason is Reason.CANNOT_UPDATE
            return
        played.settle_doubt(updated(), link)
        assert played.lines() == lines_of(THEN), calls
    pytest.fail(f"an update takes more than {MOST_CALLS} calls")


@every_kind
def test_an_update_whose_link_was_lost_makes_no_second_order(kind: str) -> None:
    """A store restored from a backup knows less than the vendor: the doubt of its epoch looks up first."""
    played = play(kind)
    played.save(created())
    played.settle_doubt(updated())
    assert len(played.vendor.orders()) == 1


@every_kind
def test_two_orders_of_one_buyer_are_two_orders(kind: str) -> None:
    played = play(kind)
    links = [played.save(created(number=number)).link or Link() for number in ("1001", "1002")]
    assert len(played.vendor.orders()) == 2
    assert links[0] != links[1] or links[0] == Link()
    assert {held["key"] for held in played.vendor.orders()} == {"1001", "1002"}


@every_kind
def test_a_provider_keeps_nothing_of_an_order_between_two_jobs(kind: str) -> None:
    """What must be known again is in the link: any worker may make the next attempt."""
    played = play(kind)
    link = played.save(created()).link
    played.provider = open_provider(kind, "http://127.0.0.1")
    outcome = played.save(updated(), link)
    expected = FIRST if outcome.kind is OutcomeKind.UNSUPPORTED else THEN
    assert played.lines() == lines_of(expected)
