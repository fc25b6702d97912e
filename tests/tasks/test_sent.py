"""What an attempt sent is kept where it did not end well, by a real driver; and then a rehearsal compares with it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from schemas.config import ProviderConfig, Secret
from schemas.providers.webhook import WebhookOptions
from tasks.attempt import Attempting
from tests.fakes.hostile import Hostile, answer, says
from tests.fakes.ledger import Ledger, snapshot
from worker.jobs.rehearsing import Rehearser
from worker.ledger.lanes import Finished
from worker.ledger.queries.next_attempts import NextAttempts
from worker.providers import make_provider
from worker.providers.base import Provider
from worker.providers.http import Driver
from worker.providers.memory import ProcessMemory
from worker.providers.webhook import event_body

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # Standard Webhooks, the specification's example


@pytest.fixture
def ledger(clean_store: str) -> Iterator[Ledger]:
    made = Ledger(clean_store)
    yield made
    made.store.close()


@pytest.fixture
def driver() -> Iterator[Driver]:
    driver = Driver()
    yield driver
    driver.close()


def webhook(url: str) -> Provider:
    options = WebhookOptions(secret=(Secret(SECRET),), allow_private=True)
    return make_provider(ProviderConfig(name="one", kind="webhook", base_url=url, options=options), ProcessMemory())


def attempt(ledger: Ledger, provider: Provider, driver: Driver) -> Finished:
    claim = ledger.claim()
    owner, plan = claim.event.source, ledger.plans["one"]
    finished = Attempting(claim, claim.event, provider, plan, driver, guard=lambda _: True, owner=owner).run()
    ledger.runner().finish(claim, finished, last=True)
    return finished


def test_what_a_refused_attempt_sent_is_kept_and_would_be_sent_again(ledger: Ledger, driver: Driver) -> None:
    ledger.accept(snapshot())
    with Hostile(says(answer(422))) as server:
        provider = webhook(server.url)
        finished = attempt(ledger, provider, driver)
    [delivery] = ledger.deliveries()
    found = NextAttempts(ledger.store).of(delivery.id)
    assert found is not None
    assert [one.body for one in found.sent] == [event_body(snapshot(), delivery.id)]
    assert finished.attempt is not None
    assert finished.attempt.digest == found.sent[0].digest
    told = Rehearser(ledger.store, {"one": provider}).of(delivery.id)
    assert told is not None
    assert (told.result, told.changes) == ("same", ())


def test_of_an_attempt_that_was_accepted_or_never_left_nothing_is_kept(ledger: Ledger, driver: Driver) -> None:
    ledger.accept(snapshot("e1", "1"), snapshot("e2", "2"))
    with Hostile(says(answer(200))) as server:
        assert attempt(ledger, webhook(server.url), driver).sent is None
    assert attempt(ledger, webhook("http://127.0.0.1:1/hook"), driver).sent is None
    assert list(ledger.store.client.scan_iter(f"{ledger.store.tag}sb:*")) == []
