"""Lines that were bought beside the lines that a vendor holds: which is which, and what is wrong with each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from tests.awkward.canon import Bought
from tests.awkward.differences import Difference
from tests.awkward.sums import EXACT

A_CENT_AND_ITS_ROUNDING = Decimal("0.015")


@dataclass(frozen=True)
class Scale:
    """How many decimals of a quantity and of a price go to a vendor, or are kept there, by the pages."""

    quantity: int
    price: int


@dataclass(frozen=True)
class Held:
    """A vendor's line: ``article`` is whatever it is known by there. ``total`` is before what is off it."""

    article: str
    name: str
    quantity: Decimal
    price: Decimal

    @property
    def total(self) -> Decimal:
        return EXACT.multiply(self.quantity, self.price)


Article = Callable[[Bought], str]


def unmatched(
    wanted: list[Bought], held: list[Held], article: Article, scale: Scale, *, named: bool, what: str = "line"
) -> Iterator[Difference]:
    """Every line that is not there as it was bought: lost, of another quantity or price, or one that nobody bought.

    A line is right where quantity and price are the vendor's roundings of ours, or where it went as one piece, or as
    many, at what the line comes to. ``named`` says whether the vendor was told the name.
    """
    left = list(held)
    missing = [one for one in wanted if not _take(left, lambda row, one=one: _is(row, one, article, scale, named))]
    for one in missing:
        near = _nearest(left, article(one), one)
        if near is None:
            yield Difference(what, f"{what} lost: {_told(one)}", _words(one))
        else:
            left.remove(near)
            yield Difference(what, f"{what}: {_told(one)} is held as {_shown(near)}", _words(one))
    for row in left:
        yield Difference(what, f"{what} that nobody bought: {_shown(row)}", (row.name,) if row.name else ())


def fits(row: Held, one: Bought, scale: Scale) -> bool:
    """Whether quantity and price say what was bought."""
    if _near(one.quantity, row.quantity, scale.quantity) and _near(one.price, row.price, scale.price):
        return True
    return row.quantity in (1, one.quantity) and abs(row.total - one.total) <= A_CENT_AND_ITS_ROUNDING


def _is(row: Held, one: Bought, article: Article, scale: Scale, named: bool) -> bool:
    return row.article == article(one) and (not named or _has_name(row, one)) and fits(row, one, scale)


def _has_name(row: Held, one: Bought) -> bool:
    """The name, or, of a line that went as one piece, how many there are and the name."""
    amount = f"{one.quantity.normalize():f}"
    return row.name == one.name or (row.quantity == 1 and row.name == f"{amount} × {one.name}")


def _near(ours: Decimal, theirs: Decimal, decimals: int) -> bool:
    """Whether theirs is ours as rounded to so many decimals, be it before or after a tax."""
    return abs(ours - theirs) <= Decimal(7).scaleb(-decimals - 1)


def _take(rows: list[Held], is_it: Callable[[Held], bool]) -> bool:
    found = next((row for row in rows if is_it(row)), None)
    if found is not None:
        rows.remove(found)
    return found is not None


def _nearest(rows: list[Held], article: str, one: Bought) -> Held | None:
    same = [row for row in rows if row.article == article]
    return min(same, key=lambda row: abs(row.total - one.total), default=None)


def _words(one: Bought) -> tuple[str, ...]:
    """How a remark may name a line: by its name, its id or its sku."""
    return tuple(str(word) for word in (one.name, one.item.get("id"), one.item.get("sku")) if word)


def _told(one: Bought) -> str:
    return f"{one.quantity:f} × {one.price:f} = {one.total:f} of {one.name[:60]!r} ({one.item.get('sku')})"


def _shown(row: Held) -> str:
    return f"{row.quantity:f} × {row.price:f} of {row.article} {row.name[:60]!r}"
