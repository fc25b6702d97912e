"""A vendor's words, fit to be kept: without our secrets and without the customer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from schemas.order import Address, Customer, Order
from worker.masks import MASK, pattern_of, secret_needles, spellings

KEPT_BYTES = 2048
"""The longest text kept of an answer, in UTF-8."""

_READ_CHARS = 4 * KEPT_BYTES  # what may be looked at: masks only shorten it, and the search stays short
_PHONE_DIGITS = 6  # a shorter run of digits is found in too much
_LINE_CHARS = 4  # a shorter line of an address is found in too much
_PARTIAL_CHARS = 4  # a shorter beginning of a secret at the cut gives nothing away
_LETTER = r"[^\W\d_]"


def without_fields(text: str, names: Iterable[str]) -> str:
    """An answer, or a part of one, in JSON or XML, with stars for the text of every field of these names."""
    either = "|".join(map(re.escape, names))
    if not either:
        return text
    text = re.sub(rf'("(?:{either})"\s*:\s*")[^"]*', rf"\g<1>{MASK}", text)
    return re.sub(rf"(<({either})>)[^<]*", rf"\g<1>{MASK}", text)


def scrub(text: str, secrets: Iterable[str], order: Order | None = None) -> str:
    """The text with stars for every secret and for the customer's e-mail, phone, names and lines of addresses; at most
    2 KiB.

    Secrets are found also URL-encoded, in base64 and escaped for JSON or HTML, e-mail and phone in any writing, names
    of two letters or more as whole words, a line of an address where it is whole; case does not matter. Never raises;
    takes time in proportion to its bounds.
    """
    if not text:
        return ""
    secrets = tuple(secrets)
    kept = text[:_READ_CHARS]
    pattern = "|".join(part for part in (pattern_of(secrets), *_customer(order)) if part)
    if pattern:
        kept = re.sub(pattern, MASK, kept, flags=re.IGNORECASE)
    # An adapter cuts an excerpt before it comes here: a secret may have lost its end, and looks like none.
    kept = _without_partial(kept, secrets)
    return kept.encode()[:KEPT_BYTES].decode(errors="ignore")


def _without_partial(text: str, secrets: tuple[str, ...]) -> str:
    for secret in secrets:
        for needle in secret_needles(secret):
            for length in range(len(needle) - 1, _PARTIAL_CHARS - 1, -1):
                if text.endswith(needle[:length]):
                    return text[:-length] + MASK
    return text


def _customer(order: Order | None) -> Iterator[str]:
    """Regular expressions that find the order's customer, the most telling first."""
    if order is None:
        return
    people: list[Customer | Address] = [order.customer]
    people += [address for address in (order.billing_address, order.shipping_address) if address]
    yield from _written(order.customer.email)
    for phone in {person.phone for person in people}:
        yield from _dialled(phone)
    for line in sorted(set(_lines(order)), key=len, reverse=True):
        yield from _word(line)
    yield from _names([name for person in people for name in (person.first_name, person.last_name)])
    for company in {person.company for person in people}:
        yield from _word(company)


def _lines(order: Order) -> Iterator[str]:
    """Lines of addresses, and what else tells who somebody is as a whole."""
    back = order.return_address
    told = [order.customer.tax_id, back and back.name]
    for place in (order.billing_address, order.shipping_address):
        told += [place.address1, place.address2, place.address3, place.address4] if place else []
    told += [back.address1, back.address2] if back else []
    yield from (line.strip() for line in told if line and len(line.strip()) >= _LINE_CHARS)


def _written(value: str | None) -> Iterator[str]:
    if value:
        yield from (re.escape(needle) for needle in sorted(spellings(value), key=len, reverse=True))


def _dialled(phone: str | None) -> Iterator[str]:
    digits = re.sub(r"\D", "", phone or "")[-9:]  # without country code or trunk 0: the other side may write its own
    if len(digits) >= _PHONE_DIGITS:
        yield r"(?:%20|[\s().+/-]){0,3}".join(digits)


def _names(names: Iterable[str | None]) -> Iterator[str]:
    words = {word for name in names if name for word in re.split(r"[\s-]+", name)}
    for word in sorted(words, key=len, reverse=True):
        yield from _word(word)


def _word(value: str | None) -> Iterator[str]:
    if not value or len(re.findall(_LETTER, value)) < 2:  # noqa: PLR2004  one letter is an initial
        return
    for needle in sorted(spellings(value), key=len, reverse=True):
        yield rf"(?<!{_LETTER}){re.escape(needle)}(?!{_LETTER})"
