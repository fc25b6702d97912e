"""What is in an order arrives as it was: any script, any amount, any number of lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from schemas.outcome import OutcomeKind, Reason
from tests.conformance.account import Account
from tests.conformance.orders import created, lines_of, many, updated

TEXTS = {
    "cyrillic": "Зоя Щукіна",
    "han": "张伟 國",
    "arabic, written from the right": "محمد عبد الله",
    "hebrew": "אורי",
    "thai": "สมชาย",
    "emoji of several code points": "Zoë 👩‍👩‍👧 🇩🇰",
    "quotes": 'Seán O\'Neil "Ace" ’',
    "ampersands and signs of a form": "A&B=C+D%41;E [x]?#",
    "angle brackets": "<b>Bo</b> & <Co>",
    "backslashes and slashes": "C:\\new/\\u0041",
    "signs of templates and queries": "{0} %s ${x} ' OR 1=1 --",
}
EXACT = (("701", "0.5", "0.10"), ("702", "1", "1234567.8901"), ("703", "3", "0"), ("704", "2", "0.01"))
FEE = "-1.25"
MOST_LINES = 2000


def texts_in(tree: Any) -> Iterator[str]:
    """Every text in what a vendor holds."""
    if isinstance(tree, dict):
        for name, branch in tree.items():
            yield str(name)
            yield from texts_in(branch)
    elif isinstance(tree, list):
        for branch in tree:
            yield from texts_in(branch)
    elif isinstance(tree, str):
        yield tree


def is_held(account: Account, text: str) -> bool:
    return any(text in held for held in texts_in(account.orders()))


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_names_and_places_arrive_unharmed(account: Account, text: str) -> None:
    changes = {
        "customer__first_name": text,
        "billing_address__first_name": text,
        "billing_address__city": f"Town of {text}",
        "shipping_address__city": f"Port of {text}",
    }
    account.save(created(**changes))
    assert is_held(account, text)
    assert is_held(account, f"Town of {text}")


@pytest.mark.parametrize("text", [*TEXTS.values(), "first\nsecond\n\nfourth"], ids=[*TEXTS, "several lines"])
def test_a_buyers_comment_arrives_unharmed(account: Account, text: str) -> None:
    link = account.save(created(comment=text))
    assert is_held(account, text) == account.row.comments
    outcome = account.deliver(updated(comment=f"{text} again"), link)
    if outcome.kind is OutcomeKind.ACCEPTED and account.row.comments:
        assert all(is_held(account, line) for line in f"{text} again".splitlines())


def test_amounts_arrive_exactly(account: Account) -> None:
    """Ten cents, four decimals of a large price, half a piece, a free line, a fee below zero."""
    grand = sum((Decimal(q) * Decimal(p) for _, q, p in EXACT), Decimal(FEE))
    account.save(created(EXACT, fees=[{"title": "Voucher", "amount": FEE}], totals={"grand": str(grand)}))
    [held] = account.orders()
    lines = account.row.lines(held)
    finest = account.row.finest
    worth = [(article, (q * p).quantize(finest)) for article, q, p in lines_of(EXACT)]
    assert sorted((article, (q * p).quantize(finest)) for article, q, p in lines) == worth
    if account.row.splits:
        assert sorted(lines) == lines_of(EXACT)
    assert abs(Decimal(str(account.row.total(held))) - grand) < Decimal("0.01")


def test_an_order_of_two_thousand_lines_is_whole_there_or_never_sent(account: Account) -> None:
    outcome = account.deliver(created(many(MOST_LINES)))
    if outcome.kind is OutcomeKind.ACCEPTED:
        assert len(account.lines()) == MOST_LINES
        return
    assert (outcome.kind, outcome.reason, outcome.calls) == (OutcomeKind.REJECTED, Reason.TOO_MANY_LINES, 0)
    fitting = number_that_fits(outcome.message)
    assert account.deliver(created(many(fitting + 1))).reason is Reason.TOO_MANY_LINES
    assert account.orders() == []


def test_as_many_lines_as_are_said_to_fit_do_fit(account: Account) -> None:
    refused = account.deliver(created(many(MOST_LINES)))
    fitting = MOST_LINES if refused.kind is OutcomeKind.ACCEPTED else number_that_fits(refused.message)
    if refused.kind is OutcomeKind.REJECTED:
        link = account.save(created(many(fitting)))
        outcome = account.deliver(updated(many(fitting)[:-1]), link)
        assert outcome.kind in {OutcomeKind.ACCEPTED, OutcomeKind.UNSUPPORTED}
    assert len(account.lines()) >= fitting - 1 >= 1


def number_that_fits(message: str) -> int:
    """A refusal names how many lines the order has, then how many fit."""
    has, fit, *_ = re.findall(r"\d+", message)
    assert int(has) == MOST_LINES
    return int(fit)
