"""A customer who is to be erased: what tells who that is, and events without it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from msgspec.structs import replace

from schemas.delivery import Link
from schemas.event import Cancellation, Deletion, Event, EventData
from schemas.order import Address, Customer, Note, Order, ReturnAddress
from worker.masks import spellings

MASKED = "(erased)"
_EMAIL = re.compile(r"[^\s\"'<>(),;:\[\]\\{}|=/?&]+@[^\s\"'<>(),;:\[\]\\{}|=/?&@]+")
_PHONE_DIGITS = 6  # a shorter run of digits is found in too much
_DIALLED = 9  # without country code or trunk 0: the other side may write its own
_SHORTEST = 4  # what is shorter is found in too much
_BETWEEN = r"(?:%20|[\s().+/-]){0,3}"


def emails_in(text: str) -> Iterator[str]:
    """Whatever in a text looks like an e-mail."""
    return (found.rstrip(".") for found in _EMAIL.findall(text) if "@" in text)


class Person:
    """What tells who a customer is: the e-mail by ``is_email``, which has its hash alone; and, of the events that were
    learned, e-mails, phones, names, companies, and the lines of addresses."""

    def __init__(self, is_email: Callable[[str], bool]) -> None:
        self.is_email = is_email
        self._phones: set[str] = set()
        self._words: set[str] = set()

    def learn(self, event: Event) -> None:
        """Know also what an event tells of its customer."""
        if (order := event.data.order) is None:
            return
        self._phones |= set(_phones(order))
        self._words |= {one.strip() for one in _words(order) if one and len(one.strip()) >= _SHORTEST}

    def is_named_in(self, text: str) -> bool:
        """Whether a text has the e-mail, or a phone of at least six digits."""
        return any(map(self.is_email, emails_in(text))) or any(re.search(one, text) for one in self._phones)

    def masked(self, text: str) -> str:
        """A text without any of it. Names and the lines of an address are found as they were written and whole."""
        for one in sorted({one for one in emails_in(text) if self.is_email(one)}, key=len, reverse=True):
            text = text.replace(one, MASKED)
        for phone in self._phones:
            text = re.sub(phone, MASKED, text)
        needles = {needle for word in self._words for needle in spellings(word) if needle in text}
        for needle in sorted(needles, key=len, reverse=True):
            text = re.sub(rf"(?<!\w){re.escape(needle)}(?!\w)", MASKED, text)
        return text

    def masked_link(self, link: Link) -> Link:
        """A link without the contact's id, and without a word of the customer in what the adapter noted."""
        return replace(link, contact_id=None, notes={name: self.masked(note) for name, note in link.notes.items()})


def without_person(event: Event) -> Event:
    """What may stay of an event: ids, types, times, the order's state and its sums, which lines were refunded."""
    told = event.data
    return replace(
        event,
        data=EventData(
            order=told.order and _bare(told.order),
            cancellation=told.cancellation and Cancellation(restock=told.cancellation.restock),
            deletion=told.deletion and Deletion(),
            invoice=told.invoice,
            refund=told.refund and replace(told.refund, reason=None),
            note=told.note and Note(text=""),
        ),
        extensions={},
        remarks=(),
    )


def _bare(order: Order) -> Order:
    return Order(
        number=order.number,
        currency=order.currency,
        placed_at=order.placed_at,
        items=[],
        totals=order.totals,
        status=order.status,
        updated_at=order.updated_at,
    )


def _people(order: Order) -> list[Customer | Address]:
    return [order.customer, *filter(None, (order.billing_address, order.shipping_address))]


def _phones(order: Order) -> Iterator[str]:
    """A pattern for each phone, in any writing."""
    back = order.return_address
    for phone in (*(one.phone for one in _people(order)), back and back.phone):
        digits = re.sub(r"\D", "", phone or "")[-_DIALLED:]
        if len(digits) >= _PHONE_DIGITS:
            yield _BETWEEN.join(digits)


def _words(order: Order) -> Iterator[str | None]:
    customer = order.customer
    yield from (customer.email, customer.tax_id, customer.ip_address, customer.birthday)
    for one in _people(order):
        first, last = one.first_name or "", one.last_name or ""
        yield from (f"{first} {last}", f"{last} {first}", f"{last}, {first}", last, one.company)
    for place in (order.billing_address, order.shipping_address, order.return_address):
        if place:
            yield from (place.address1, place.address2)
            yield from (place.name,) if isinstance(place, ReturnAddress) else (place.address3, place.address4)
