"""Card numbers in texts, which no order may carry where people look."""

from __future__ import annotations

import re

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
    """Groups with one blank or dash between each two: from each on, the first stretch that is a card number."""
    run = found[0]
    if len(run) < _SHORTEST:
        return run
    groups = list(re.finditer("[0-9]+", run))
    pieces, written, first = [], 0, 0
    while first < len(groups):
        after = _end_of_card(groups, first)
        if after:
            start, end = groups[first].start(), groups[after - 1].end()
            pieces += [run[written:start], _masked(run[start:end])]
            written = end
        first = after or first + 1
    return "".join(pieces) + run[written:]


def _end_of_card(groups: list[re.Match[str]], first: int) -> int:
    """The place behind the last group of a card number that begins with this one, 0 where none does."""
    digits = ""
    for place in range(first, min(first + _MOST_GROUPS, len(groups))):
        digits += groups[place][0]
        if len(digits) > _LONGEST:
            return 0
        if len(digits) in _ISSUERS and _ISSUERS[len(digits)].match(digits) and _passes_luhn(digits):
            return place + 1
    return 0


def _masked(number: str) -> str:
    left = sum(char.isdigit() for char in number) - _SHOWN
    return re.sub("[0-9]", "*", number, count=left)


def _passes_luhn(digits: str) -> bool:
    figures = [int(digit) for digit in reversed(digits)]
    return (sum(figures[::2]) + sum(sum(divmod(2 * figure, 10)) for figure in figures[1::2])) % 10 == 0
