"""What is different at a vendor, and whether the delivery said so: one that no remark tells of is silent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.awkward.sums import ZERO, Json, slack

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_ROUNDED = Decimal("0.006")
"""How far a sum in a remark may be from the sum: remarks have two decimals at least."""


@dataclass(frozen=True)
class Difference:
    """``what`` is its kind, for counts; ``said`` is for people. It is told by a remark that has one of ``words``, or,
    where it is about money, by one that has the difference of ``sums`` (wanted, held) or both of them."""

    what: str
    said: str
    words: tuple[str, ...] = ()
    sums: tuple[Decimal, Decimal] | None = None

    def is_told(self, remark: str) -> bool:
        if self.sums is not None:
            return _tells_sums(remark, *self.sums)
        lower = remark.casefold()
        return any(word.casefold() in lower for word in self.words)


def silent(differences: Iterable[Difference], remark: str) -> list[Difference]:
    """Those that ``remark`` does not tell."""
    return [one for one in differences if not one.is_told(remark)]


def text(wanted: Any, held: Any, what: str, *words: str) -> Iterator[Difference]:
    """A text that is not as it should be; nothing and an empty text are the same."""
    wanted, held = ("" if value is None or value == [] else str(value) for value in (wanted, held))
    if wanted != held:
        yield Difference(what, f"{what}: {_short(held)} is held, not {_short(wanted)}", words or (what,))


def amount(wanted: Decimal, held: Any, what: str, within: Decimal = Decimal("0.00005")) -> Iterator[Difference]:
    """An amount that is further than ``within`` from what it should be."""
    held = Decimal(str(held or 0))
    if abs(wanted - held) > within:
        yield Difference(what, f"{what}: {held:f} is held, not {wanted:f}", sums=(wanted, held))


def made_up(held: Decimal, order: Json, within: Decimal) -> Iterator[Difference]:
    """What entries of no name of ours add to the sum, where that is more than the event leaves open: a rounding entry
    may hide that a line, a tax or a fee is not there."""
    left_open = slack(order)
    if abs(held) > left_open + within:
        said = f"rounding: {held:f} is made up by entries of no name, {left_open:f} is open in the event"
        yield Difference("rounding", said, sums=(ZERO, held))


def once(held: list[Any]) -> Iterator[Difference]:
    """An order that is there several times, or not at all, whatever was said."""
    if len(held) != 1:
        yield Difference("orders", f"orders: {len(held)} of one number are held")


def _tells_sums(remark: str, wanted: Decimal, held: Decimal) -> bool:
    numbers = [Decimal(number) for number in _NUMBER.findall(remark)]

    def has(sought: Decimal) -> bool:
        return any(abs(abs(number) - abs(sought)) <= _ROUNDED for number in numbers)

    return has(wanted - held) or (has(wanted) and has(held))


def _short(value: str) -> str:
    return repr(value if len(value) <= 80 else f"{value[:77]}… ({len(value)} characters)")
