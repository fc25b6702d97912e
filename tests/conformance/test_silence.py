"""No secret and no order body in a log line, a repr or an exception; no secret and no customer in what is kept.

Markers are planted in the account's credentials and all over the order; the vendor repeats them where it can.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import Any
from urllib.parse import unquote

import pytest

from schemas.outcome import Outcome
from tests.conformance.account import HASTY, Account
from tests.conformance.orders import created, updated
from tests.conformance.played import play
from tests.fakes.hostile import closed_port
from worker.errors import LeaseLost
from worker.masks import spellings
from worker.providers.base import Reply, Request

CUSTOMER = {
    "customer__email": "planted.mail@example.com",
    "customer__first_name": "Plantedfirst",
    "customer__last_name": "Plantedlast",
    "customer__phone": "+45 98 76 54 32",
}
CONTENT = {
    "billing_address__address1": "Planted Street 7",
    "billing_address__city": "Plantedtown",
    "comment": "Planted comment",
    "items__0__name": "Planted product",
    "notes__0__text": "Planted note",
    "attributes": {"Gift": "Planted gift"},
    "metadata": {"margin": "Planted margin"},
}
ELSEWHERE = {"Location": "https://elsewhere.example/login?key=planted.mail@example.com"}

Overheard = list[Request | Reply]


def texts(tree: Any) -> Iterator[str]:
    if isinstance(tree, dict):
        for branch in tree.values():
            yield from texts(branch)
    else:
        yield tree


def secrets_of(account: Account) -> set[str]:
    """Those of the settings, and the tokens that were given for them."""
    kept = account.provider.memory.kept
    tokens = (value for name, (value, _) in kept.items() if not name.endswith(":currency"))
    return {*account.provider.secrets, *tokens}


def overheard(conversation: Generator[Request, Reply, Any], kept: Overheard) -> Generator[Request, Reply, Any]:
    """The same conversation; what is asked and answered goes to ``kept``."""
    with closing(conversation):
        try:
            request = next(conversation)
            while True:
                kept.append(request)
                reply = yield request
                kept.append(reply)
                request = conversation.send(reply)
        except StopIteration as end:
            return end.value


def echo(account: Account) -> str:
    """Everything that is planted, as the vendor would repeat it."""
    return " | ".join([*secrets_of(account), *CUSTOMER.values(), *texts(CONTENT)])


def refuse_with_echo(account: Account) -> None:
    status, body = account.row.refusal(echo(account))
    account.fault_save("status", status=status, body=body)


def answer_with_echo(status: int) -> Callable[[Account], None]:
    return lambda account: account.fault_save("status", status=status, body=echo(account), headers=ELSEWHERE)


def suffer(effect: str) -> Callable[[Account], None]:
    return lambda account: account.fault_save(effect)


def go_nowhere(account: Account) -> None:
    account.made = None
    account.base_url = f"http://127.0.0.1:{closed_port()}"


TROUBLES: dict[str, Callable[[Account], None]] = {
    "none": lambda _: None,
    "refused": refuse_with_echo,
    **{f"answered {status}": answer_with_echo(status) for status in (200, 302, 400, 401, 404, 409, 429, 500)},
    **{effect: suffer(effect) for effect in ("garbage", "half", "hang", "huge", "reset_before", "reset_after", "slow")},
    "connection refused": go_nowhere,
}


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
def test_nothing_planted_is_logged_shown_or_kept(
    account: Account,
    trouble: Callable[[Account], None],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    account.timeout = HASTY
    link = account.save(created(number="1000"))
    event, kept = created(**CUSTOMER, **CONTENT), []
    with caplog.at_level(logging.DEBUG):
        trouble(account)
        secrets = secrets_of(account)
        attempt = overheard(account.operation(event).converse(), kept)
        ran = account.driver.converse(account.provider, attempt, order=event.data.order)
        changed = overheard(account.operation(updated(number="1000", **CUSTOMER, **CONTENT), link).converse(), kept)
        again = account.driver.converse(account.provider, changed, order=event.data.order)
    said = "".join([*map(repr, kept), *logged(caplog), *capfd.readouterr()])
    said += repr(account.provider) + repr(account.provider.config) + repr(account.driver)
    assert not found({*secrets, *CUSTOMER.values(), *texts(CONTENT)}, said)
    assert not found({*secrets, *CUSTOMER.values()}, told(ran.outcome))
    # By now a token may be another one; only what this attempt sent is its own to hide.
    assert not found({*account.provider.secrets, *CUSTOMER.values()}, told(again.outcome))


def test_a_look_up_keeps_nothing_planted(account: Account, caplog: pytest.LogCaptureFixture) -> None:
    event = created(**CUSTOMER, **CONTENT)
    operation = account.operation(event)
    if operation.look_up is None:
        assert operation.on_unknown != "look_up"
        return
    with caplog.at_level(logging.DEBUG):
        account.save(event)
        account.fault("status", times=None, match={"mutating": False}, status=400, body=echo(account))
        outcome = account.look_up(event)
    assert isinstance(outcome, Outcome)
    secrets = secrets_of(account)
    assert not found({*secrets, *CUSTOMER.values(), *texts(CONTENT)}, "".join(logged(caplog)))
    assert not found({*secrets, *CUSTOMER.values()}, told(outcome))


def test_a_look_up_that_is_shown_names_nothing_planted() -> None:
    """OpenBizBox is searched by the time of the order, which names nobody."""
    look_up = play("openbizbox").operation(created(**CUSTOMER)).look_up
    assert look_up is not None
    kept: Overheard = []
    play("openbizbox").run(overheard(look_up(), kept))
    asked = [unquote(part.path) for part in kept if isinstance(part, Request)]
    assert not found(set(CUSTOMER.values()), "".join(asked))
    assert not found(set(CUSTOMER.values()), "".join(map(repr, kept)))


def test_an_exception_of_ours_names_nothing_planted(account: Account) -> None:
    account.save(created(number="1000"))
    event = created(**CUSTOMER, **CONTENT)
    with pytest.raises(LeaseLost) as lost:
        account.driver.converse(account.provider, account.operation(event).converse(), lambda _needed_s: False)
    said = "".join(traceback.format_exception(lost.value)) + repr(lost.value)
    assert not found({*secrets_of(account), *CUSTOMER.values(), *texts(CONTENT)}, said)


def test_a_secret_shows_in_no_repr_of_its_settings(account: Account) -> None:
    assert account.provider.secrets
    assert not found(set(account.provider.secrets), repr(account.provider.config))
    assert not found(set(account.provider.secrets), str(account.provider.config.options))


def logged(caplog: pytest.LogCaptureFixture) -> Iterator[str]:
    """Every record with all that hangs on it."""
    return (f"{record.getMessage()} {record.__dict__}" for record in caplog.records)


def told(outcome: Outcome) -> str:
    return f"{outcome.message} {outcome.excerpt} {outcome!r}"


def found(markers: set[str], text: str) -> list[str]:
    """The markers that are in a text, in upper or lower case, escaped or not."""
    assert markers
    folded = text.casefold()
    return [marker for marker in markers if any(needle.casefold() in folded for needle in spellings(marker))]
