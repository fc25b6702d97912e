"""Decimals: money, quantities, weights and rates, exact from the producer's text to the vendor's scale."""

from __future__ import annotations

import math
import re
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any, Literal

from marshmallow import ValidationError

from schemas.fields import JsonSchema, Plain, ended
from schemas.order import ZERO

HIGHEST = Decimal(10) ** 12
_NUMBER_DIGITS = 15  # what every double keeps; more is the noise of binary arithmetic
_EXACT = Context(prec=400)  # a text may be as long as a double's decimals
_DECIMAL = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")


class Amount(Plain[Decimal]):
    """A decimal text, or a JSON number read as the shortest decimal of its double.

    ``decimals`` counts without trailing zeros. Within 10^12; not negative unless ``signed``; ``positive`` refuses
    zero. What ``rounds`` half-even to its decimals: JSON numbers, such as the 20 / 3 of a price, or texts too, or
    nothing, where a digit more is refused. The result has no trailing zeros, so that equal amounts are equal texts.
    """

    def __init__(
        self,
        *,
        decimals: int = 10,
        signed: bool = False,
        positive: bool = False,
        rounds: Literal["numbers", "texts too", "nothing"] = "numbers",
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.decimals = decimals
        self.rounds = rounds
        self.signed = signed
        self.positive = positive

    def read(self, value: Any) -> Decimal:
        text = _decimal_text(value)
        whole, _, fraction = text.partition(".")
        fraction = fraction.rstrip("0")
        amount = Decimal(f"{whole}.{fraction}" if fraction else whole) or ZERO
        if len(fraction) > self.decimals:
            amount = self._rounded(amount, is_text=isinstance(value, str))
        self._within(amount, negative=text.startswith("-"))
        return amount

    def _rounded(self, amount: Decimal, *, is_text: bool) -> Decimal:
        if self.rounds == "nothing" or (is_text and self.rounds == "numbers"):
            raise ValidationError(f"must have at most {self.decimals} decimals")
        return canonical(amount.quantize(Decimal(1).scaleb(-self.decimals), ROUND_HALF_EVEN, _EXACT))

    def _within(self, amount: Decimal, *, negative: bool) -> None:
        if negative and not self.signed:
            raise ValidationError("must not be negative")
        if self.positive and not amount:
            raise ValidationError("must be more than 0")
        if not -HIGHEST <= amount <= HIGHEST:
            raise ValidationError("must be within 10^12")

    def json_schema(self) -> JsonSchema:
        number: JsonSchema = {"type": "number", "maximum": int(HIGHEST)}
        if self.positive:
            number["exclusiveMinimum"] = 0
        else:
            number["minimum"] = -int(HIGHEST) if self.signed else 0
        return {"anyOf": [{"type": "string", "pattern": self._pattern()}, number]}

    def _pattern(self) -> str:
        sign = "-?" if self.signed else ""
        some = rf"(?!{ended('0+(?:[.]0+)?$')})" if self.positive else ""
        fraction = r"(?:\.[0-9]+)?" if self.rounds == "texts too" else rf"(?:\.(?:[0-9]{{1,{self.decimals}}}0*))?"
        return ended(rf"^{some}{sign}0*(?:1000000000000(?:\.0+)?|[0-9]{{1,12}}{fraction})$")


class Rate(Amount):
    """A tax rate as a fraction from 0 to 1 with at most 6 decimals: 25 % is 0.25."""

    def __init__(self, **options: Any) -> None:
        super().__init__(decimals=6, **options)

    def _within(self, amount: Decimal, *, negative: bool) -> None:
        super()._within(amount, negative=negative)
        if 1 < amount <= 100:  # noqa: PLR2004  percent
            raise ValidationError(f"must be a fraction from 0 to 1: for {amount} % write {canonical(amount / 100)}")
        if amount > 1:
            raise ValidationError("must be a fraction from 0 to 1")

    def json_schema(self) -> JsonSchema:
        text = {"type": "string", "pattern": ended(r"^0*(?:1(?:\.0+)?|0(?:\.[0-9]{1,6}0*)?)$")}
        return {"anyOf": [text, {"type": "number", "minimum": 0, "maximum": 1}]}


def canonical(amount: Decimal) -> Decimal:
    """The same amount without trailing zeros; zero is plain 0."""
    text = format(amount, "f")
    return Decimal(text.rstrip("0").rstrip(".") if "." in text else text) or ZERO


def _decimal_text(value: Any) -> str:
    if isinstance(value, str):
        if not _DECIMAL.fullmatch(value):
            raise ValidationError('must be a decimal such as "12.50": digits, a point, no exponent')
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValidationError('must be a decimal such as "12.50"')
    # before any text is made of a number of a thousand digits
    if (isinstance(value, float) and not math.isfinite(value)) or abs(value) > HIGHEST:
        raise ValidationError("must be within 10^12")
    return _number_text(value)


def _number_text(value: float) -> str:
    text = repr(value)
    digits = text.partition("e")[0].replace(".", "").lstrip("-0")
    if len(digits) > _NUMBER_DIGITS:
        text = format(value, f".{_NUMBER_DIGITS}g")
    return format(Decimal(text), "f").removeprefix("-") if value == 0 else format(Decimal(text), "f")
