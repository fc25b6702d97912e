"""What earlier events and people have left in the shop, met by the next event."""

import pytest

from schemas.delivery import Link
from schemas.event import Cancellation, Deletion, EventType
from schemas.order import Address, Customer, ProviderRefs
from schemas.outcome import OutcomeKind, Reason
from tests.fakes.shop import account, held_order, shop_order
from tests.fakes.snapshots import action, job, snapshot, totals
from tests.fakes.wire import converse, reply, run
from worker.sandbox.shopscript import SimulatedShopScript
from worker.sandbox.shopscript.customers import Contacts

CANCELLED = action(EventType.CANCELLED, cancellation=Cancellation())
DELETED = action(EventType.DELETED, deletion=Deletion())
IDA = {"email": "ida@example.com", "first_name": "Ida", "last_name": "Holm"}
AARHUS, RIGA = Address(city="Aarhus", country="DK"), Address(city="Riga", country="LV")


class Story:
    """One order at a played shop: what is told of it, and what people do there by hand."""

    def __init__(self, shop=None, **options):
        self.shop, self.options, self.link = shop or SimulatedShopScript(), options, None

    def tell(self, event):
        outcome = run(account(**self.options).operation(job(event, link=self.link)).converse(), self.shop)
        self.link = outcome.link or self.link
        return outcome

    def save(self, **changes):
        return self.tell(snapshot(shop_order(**changes)))

    def by_hand(self, state):
        self.shop._orders.by_id["1"]["state_id"] = state

    @property
    def held(self):
        (order,) = self.shop.orders()
        return order


def test_an_order_that_people_opened_and_deleted_again_is_not_opened_by_us():
    story = Story()
    story.save(status="processing")
    story.tell(CANCELLED)
    story.by_hand("processing")
    story.save(status="processing", comment="Ring")
    story.by_hand("deleted")
    outcome = story.save(status="processing", comment="Ring twice")
    assert (story.held["state_id"], outcome.reason) == ("deleted", Reason.REMARK)
    assert "its state was left" in outcome.message


def test_an_order_that_people_deleted_before_our_cancellation_is_not_opened_by_us():
    story = Story()
    story.save(status="processing")
    story.by_hand("deleted")
    assert story.tell(CANCELLED).reason is Reason.EXISTS
    outcome = story.save(status="processing", comment="Ring")
    assert (story.held["state_id"], outcome.reason) == ("deleted", Reason.REMARK)


def test_an_order_that_we_cancelled_is_opened_by_a_later_snapshot():
    story = Story()
    story.save(status="processing")
    story.tell(CANCELLED)
    assert "is open again" in story.save(status="processing", comment="Ring").message
    assert story.held["state_id"] == "processing"


def test_a_deletion_never_writes_a_paid_order_off():
    story = Story(cancelled=("refund", "delete"))
    story.save(status="paid")
    outcome = story.tell(DELETED)
    assert (outcome.kind, story.held["state_id"]) == (OutcomeKind.REJECTED, "paid")
    assert "workflow" not in outcome.message
    story.tell(CANCELLED)
    assert story.held["state_id"] == "refunded"


@pytest.mark.parametrize("has_innodb", [False, True])
def test_an_attribute_that_is_there_in_another_spelling_takes_nothing_with_it(has_innodb):
    story = Story(SimulatedShopScript(has_innodb=has_innodb))
    story.save(attributes={"Size": "L"}, shipping_address=AARHUS)
    outcome = story.save(attributes={"size": "42"}, shipping_address=RIGA, status="paid")
    params = story.held["params"]
    assert (params["Size"], params["shipping_address.city"], params["ordercast_status"]) == ("42", "Riga", "paid")
    assert outcome.message == (
        "attribute size went as Size: the shop takes names that differ by case or accents alone for one."
    )
    again = story.save(attributes={"size": "43", "Size": "XL"}, shipping_address=AARHUS, status="paid")
    params = story.held["params"]
    assert (again.kind, params["Size"], params["size_"]) == (OutcomeKind.ACCEPTED, "XL", "43")
    assert params["shipping_address.city"] == "Aarhus"


def test_an_attribute_that_a_plugin_wrote_in_another_spelling_is_found_there():
    story = Story()
    story.save()
    story.shop._orders.by_id["1"]["params"]["SIZE"] = "?"
    story.save(attributes={"size": "42"}, shipping_address=RIGA)
    assert (story.held["params"]["SIZE"], story.held["params"]["shipping_address.city"]) == ("42", "Riga")


def test_an_update_with_known_attributes_reads_nothing_before_it():
    story = Story()
    story.save(attributes={"Size": "L", "Gift wrap": "red"})
    event = snapshot(shop_order(attributes={"Size": "M"}))
    first = next(account().operation(job(event, link=story.link)).converse())
    assert (first.step, first.mutating) == ("shop.order.save", True)


def test_an_order_that_the_producer_knows_there_is_not_edited_in_another_currency():
    """F19: its currency is read, since no save of ours has noted it."""
    story = Story()
    story.save()
    story.link = None
    refs = {"shopscript": ProviderRefs(order_id="1", line_ids={"line-1": "1"})}
    outcome = story.save(currency="USD", refs=refs)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.CURRENCY)
    assert [entry[0] for entry in story.held["saves"]] == ["create"]


def test_a_look_up_learns_the_currency_too():
    story = Story()
    story.save()
    found = run(account().operation(job(snapshot(shop_order()))).look_up(), story.shop)
    assert found.link.notes["currency"] == "EUR"


def test_a_customer_that_the_shop_did_not_write_is_told(monkeypatch):
    story = Story()
    story.save(customer=Customer(**IDA))
    monkeypatch.setattr(Contacts, "change", lambda *_: None)
    outcome = story.save(customer=Customer(email="kim@example.com", first_name="Kim", last_name="Holm"))
    assert outcome.message == "The shop's customer is otherwise than it was sent: email, firstname."


def test_an_amount_that_no_column_holds_is_an_unreadable_answer():
    _, outcome = converse(
        account().operation(job(CANCELLED, link=Link(order_id="18"))).converse(),
        reply(200, held_order(discount="1e40")),
    )
    assert outcome.kind is OutcomeKind.UNREADABLE


def test_the_search_after_an_ok_carries_that_it_was_answered():
    operation = account().operation(job(snapshot(shop_order(totals=totals("20", items="20")))))
    requests, _ = converse(operation.converse(), reply(200, {"status": "ok", "data": []}), reply(503))
    assert [request.known and request.known.notes for request in requests] == [None, {"accepted": "0"}]
