"""The lines of an order as a played OpenBizBox shop reads them: by position, as PHP reads an array.

Source: page "Order", "Update order", "Add new line", "Remove lines" (2020-02-20). A line that is not mentioned is
removed, so that an empty array, however it is written, removes every line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Literal

NUMBERS = ("price", "quantity", "weight", "tax_rate")
_FIELDS = {"price": "sent_price"}
MAX_INDEX = 1_000_000
MAX_NUMBER = Decimal(10) ** 12


class Refused(Exception):
    """The shop refuses the request: its text is the whole answer, as a bare JSON string."""


@dataclass(frozen=True, slots=True)
class Shop:
    """What the shop itself makes of a line. ``prices`` says what its API takes: net or gross. ``keeps`` is how many
    decimals its table has of a number, by the field's name; ``rounds`` whether it rounds a line with tax to a cent, or
    each piece of it. No page says either."""

    prices: str = "net"
    tax_rate: Decimal = Decimal("0.25")
    tax_classes: Mapping[int, Decimal] = field(default_factory=dict)
    keeps: Mapping[str, int] = field(default_factory=dict)
    rounds: Literal["line", "piece"] = "line"

    def kept(self, name: str, number: Decimal) -> Decimal:
        """The number as the table has it: MySQL rounds half up, and says nothing."""
        if name not in self.keeps:
            return number
        return number.quantize(Decimal(1).scaleb(-self.keeps[name]), ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class OpenBizBoxLine:
    """One line. ``sent_price`` is of one piece, as it was sent; always positive, a discount's too."""

    id: int
    title: str
    sent_price: Decimal
    quantity: Decimal
    tax_rate: Decimal
    tax_title: str
    weight: Decimal
    article: int | None = None
    model: str = ""

    def net(self, prices: str) -> Decimal:
        return self.sent_price if prices == "net" else self.sent_price / (1 + self.tax_rate)

    def gross(self, prices: str) -> Decimal:
        return self.sent_price * (1 + self.tax_rate) if prices == "net" else self.sent_price


@dataclass(slots=True)
class OpenBizBoxLines:
    """The lines of one order, as they stand."""

    products: tuple[OpenBizBoxLine, ...] = ()
    discounts: tuple[OpenBizBoxLine, ...] = ()
    fees: tuple[OpenBizBoxLine, ...] = ()
    shipping: OpenBizBoxLine | None = None
    payment: OpenBizBoxLine | None = None

    def all(self) -> tuple[OpenBizBoxLine, ...]:
        single = [line for line in (self.shipping, self.payment) if line]
        return (*self.products, *self.discounts, *self.fees, *single)


class LineReader:
    """Reads what is sent of lines. ``ids`` gives each new line its number, shop-wide; ``models`` names articles."""

    def __init__(self, shop: Shop, ids: Iterator[int], models: Mapping[int, str]) -> None:
        self._shop = shop
        self._ids = ids
        self._models = models

    def read(self, sent: Any, held: OpenBizBoxLines) -> OpenBizBoxLines:
        """The lines after a request; what it does not name stays. Raises ``Refused``, and then nothing has changed."""
        if not isinstance(sent, dict):
            raise Refused("lines: This value is not valid.")
        after = replace(held)
        for name in ("products", "discounts", "fees"):
            if name in sent:
                setattr(after, name, self._collection(name, sent[name], getattr(held, name)))
        for name in ("shipping", "payment"):
            if name in sent:
                setattr(after, name, self._single(name, sent[name], getattr(held, name)))
        return after

    def _collection(self, name: str, slots: Any, held: tuple[OpenBizBoxLine, ...]) -> tuple[OpenBizBoxLine, ...]:
        """A line that is not mentioned is gone, an index past the end is a new line, or nothing where it is empty."""
        if not isinstance(slots, dict) or not all(isinstance(at, int) and 0 <= at < MAX_INDEX for at in slots):
            raise Refused(f"lines.{name}: This value is not valid.")
        make: Callable[[str, Any], OpenBizBoxLine] = self._product if name == "products" else self._extra
        kept = [
            self._changed(f"{name}[{index}]", slots[index], line)
            for index, line in enumerate(held)
            if slots.get(index) is not None
        ]
        new = [index for index in sorted(slots) if index >= len(held) and slots[index]]
        return (*kept, *(make(f"{name}[{index}]", slots[index]) for index in new))

    def _single(self, name: str, sent: Any, held: OpenBizBoxLine | None) -> OpenBizBoxLine | None:
        if sent is None:
            return None
        return self._changed(name, sent, held) if held else self._extra(name, sent)

    def _product(self, place: str, sent: Any) -> OpenBizBoxLine:
        article = sent.get("product_article_id") if isinstance(sent, dict) else None
        if not isinstance(article, int) or isinstance(article, bool) or article <= 0:
            raise Refused(f"lines.{place}.product_article_id: This value is not valid.")
        blank = OpenBizBoxLine(
            next(self._ids), f"Article {article}", Decimal(100), Decimal(1), self._shop.tax_rate, "", Decimal(0)
        )
        return self._changed(place, sent, replace(blank, article=article, model=self._models.get(article, "")))

    def _extra(self, place: str, sent: Any) -> OpenBizBoxLine:
        if not isinstance(sent, dict) or not sent.get("title"):
            raise Refused(f"lines.{place}.title: This value should not be blank.")
        blank = OpenBizBoxLine(next(self._ids), "", Decimal(0), Decimal(1), self._shop.tax_rate, "", Decimal(0))
        return self._changed(place, sent, blank)

    def _changed(self, place: str, sent: Any, line: OpenBizBoxLine) -> OpenBizBoxLine:
        """``{}`` leaves the line as it is. A line's article is not the request's to change: no page says that it is."""
        if not isinstance(sent, dict) or any(isinstance(value, dict) for value in sent.values()):
            raise Refused(f"lines.{place}: This value is not valid.")
        changes: dict[str, Any] = {
            _FIELDS.get(name, name): self._shop.kept(name, number_of(f"lines.{place}.{name}", sent[name]))
            for name in NUMBERS
            if name in sent
        }
        if "tax_class_id" in sent:
            rates, named = self._shop.tax_classes, sent["tax_class_id"]
            changes["tax_rate"] = (
                rates.get(named, self._shop.tax_rate) if isinstance(named, int) else self._shop.tax_rate
            )
        changes |= {name: str(sent[name]) for name in ("title", "tax_title") if name in sent}
        return replace(line, **changes) if changes else line


def number_of(place: str, value: Any) -> Decimal:
    """A number from zero to 10^12, or a text that is one. Raises ``Refused``."""
    try:
        number = Decimal(value) if isinstance(value, int | str | Decimal) and not isinstance(value, bool) else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite() or not 0 <= number <= MAX_NUMBER:
        raise Refused(f"{place}: This value is not valid.")
    return number
