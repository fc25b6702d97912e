"""Producers set up as Celery's own pages advise: all are read and answered, or found and named."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cases.telling import house
from tests.fakes.house import ROOT, House
from tests.fakes.waiting import wait_until

PREFIXED = "shop-one:ordercast.intake"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("house")) as made:
        yield made


@pytest.fixture(scope="module")
def told(shop: House) -> dict[str, str]:
    """What each producer got back within its four seconds."""
    program = [sys.executable, str(Path(__file__).parent / "29-celery-producers.py"), shop.embedded.celery_url]
    ran = subprocess.run(program, capture_output=True, text=True, cwd=ROOT, timeout=120, check=True)
    lines = [line for line in ran.stdout.splitlines() if re.match(r"\d\d-", line)]
    return {line.split()[0]: line[35:] for line in lines}


@pytest.mark.parametrize(
    "name",
    [
        "01-plain", "02-priority-5", "03-priority-steps-of-the-docs", "04-steps-and-sep-of-the-docs",
        "06-expires-in-a-second", "07-expired-before-it-is-read", "09-gzip", "10-keyword",
    ],
)  # fmt: skip
def test_an_honest_producer_is_answered(told: dict[str, str], name: str) -> None:
    assert "'status': 'accepted'" in told[name]


def test_a_producer_that_wants_no_result_is_read_too(shop: House, told: dict[str, str]) -> None:
    assert told["11-ignore-result"] == "None"
    wait_until(lambda: {"29-11"} <= {one.event_id for one in shop.deliveries()})


def test_a_countdown_is_refused_at_once_and_its_sender_is_told_why(told: dict[str, str]) -> None:
    assert "'status': 'refused'" in told["08-countdown"]
    assert "'event_id': None" in told["08-countdown"]


def test_a_prefix_that_no_setting_names_is_named_everywhere_and_read_once_it_is_set(
    shop: House, told: dict[str, str]
) -> None:
    assert "TimeoutError" in told["05-global-keyprefix"]
    assert json.loads(ordercast(shop, "status"))["intake"]["unread_lists"] == [PREFIXED]
    findings = [one["message"] for one in json.loads(ordercast(shop, "check")) if one["what"] == "intake"]
    assert ['intake_prefix = "shop-one:"' in message for message in findings] == [True]
    wait_until(lambda: '"queue.unread"' in shop.logs(), 20)
    [line] = [json.loads(one) for one in shop.logs().splitlines() if '"queue.unread"' in one]
    assert (line["level"], line["queue"], line["queued"]) == ("warning", PREFIXED, 1)
    [first] = shop.living()
    first.terminate()
    first.wait(20)
    shop.start_worker(ORDERCAST_STORE_INTAKE_PREFIX="shop-one:")
    wait_until(lambda: {"29-05"} <= {one.event_id for one in shop.deliveries()}, 30)
    assert shop.store.client.llen(PREFIXED) == 0


def ordercast(shop: House, *words: str) -> str:
    """What a command says as JSON, however it ends: ``check`` finds the vendors to be played."""
    command = [sys.executable, "-c", "from worker.ops.cli import main; main()", *words, "--json"]
    ran = subprocess.run(command, env=shop.environ, cwd=shop.directory, capture_output=True, text=True, check=False)
    return ran.stdout
