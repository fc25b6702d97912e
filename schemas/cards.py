"""Card numbers in texts, which no order may carry where people look."""

from __future__ import annotations

import re
from collections.abc import Iterator

_GROUPED = re.compile("[0-9]+(?:[ \t\u00a0\u202f\u2010-\u2013-][0-9]+)*")  # one blank or dash between two groups
_MOST_GROUPS = 8
_SHORTEST, _LONGEST = 15, 19
_SHOWN = 4
# Visa, Discover, JCB, UnionPay and Maestro have 16 or 19 digits; Mastercard, Diners, Mir and Dankort 16; American
# Express 15. Source: the ranges as the networks publish them, November 2026.
_BOTH = r"4|6011|64[4-9]|65|352[89]|35[3-8]|62|5018|5020|5038|5893|6304|6759|676[1-3]"
_ISSUERS = {
    15: re.compile(r"3[47]"),
    16: re.compile(_BOTH + r"|5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720|30[0-5]|3[689]|220[0-4]|5019"),
    19: re.compile(_BOTH),
}


def without_card_numbers(text: str) -> str:
    """The text, of each card number in it the last four digits alone: of groups that together have a card number's
    length, an issuer's prefix and its check digit (Luhn). One parcel number in ten has all three."""
    if len(text) < _SHORTEST:
        return text
    return _GROUPED.sub(_masked_run, text)


def _masked_run(found: re.Match[str]) -> str:
    run = found[0]
    if len(run) < _SHORTEST:
        return run
    for start, end, digits in _candidates(run):
        if len(digits) in _ISSUERS and _ISSUERS[len(digits)].match(digits) and _passes_luhn(digits):
            return run[:start] + _masked(run[start:end]) + _GROUPED.sub(_masked_run, run[end:])
    return run


def _masked(number: str) -> str:
    left = sum(char.isdigit() for char in number) - _SHOWN
    return re.sub("[0-9]", "*", number, count=left)


def _candidates(run: str) -> Iterator[tuple[int, int, str]]:
    """Every stretch of whole groups that is not too long: where it begins and ends, and its digits."""
    groups = list(re.finditer("[0-9]+", run))
    for first in range(len(groups)):
        digits = ""
        for group in groups[first : first + _MOST_GROUPS]:
            digits += group[0]
            if len(digits) > _LONGEST:
                break
            yield groups[first].start(), group.end(), digits


def _passes_luhn(digits: str) -> bool:
    figures = [int(digit) for digit in reversed(digits)]
    return (sum(figures[::2]) + sum(sum(divmod(2 * figure, 10)) for figure in figures[1::2])) % 10 == 0
