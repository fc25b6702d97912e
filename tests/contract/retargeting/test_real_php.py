"""The adapter over HTTP against PHP itself: what ``$_POST`` holds, and ``json_encode`` and ``serialize`` for an answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.config import ProviderConfig, Secret
from schemas.outcome import OutcomeKind, Reason
from schemas.providers.retargeting import RetargetingOptions
from tests.fakes.php_server import needs_php, php_server
from tests.fakes.retargeting import ARGUMENTS, EXAMPLES
from tests.fakes.snapshots import item, job, order, snapshot, totals
from tests.fakes.wire import ShortMemory
from worker.providers.http import Driver
from worker.providers.retargeting import Retargeting

pytestmark = needs_php

VENDOR = r"""
$fine = ['version' => '1.0', 'status' => 200, 'message' => 'OK'];
$answers = [
    'saved' => $fine + ['data' => ['success' => true]],
    'exists' => $fine + ['data' => ['error' => 'Order number exists']],
    'unauthorized' => ['version' => '1.0', 'status' => '401', 'message' => 'Unauthorized', 'error' => 'Invalid Authentication Data'],
    'bad' => ['version' => '1.0', 'status' => '400', 'message' => 'Bad Request', 'error' => 'Größe fehlt'],
    'nothing' => $fine + ['data' => []],
];
preg_match('#^/(\w+)/order/save\.(json|serial)$#', $_SERVER['REQUEST_URI'], $asked);
file_put_contents('posted.json', json_encode((object) $_POST));
echo $asked[2] === 'json' ? json_encode($answers[$asked[1]]) : serialize($answers[$asked[1]]);
"""


@pytest.fixture(scope="module")
def vendor(tmp_path_factory) -> Iterator[tuple[str, Path]]:
    directory = tmp_path_factory.mktemp("vendor")
    with php_server(VENDOR, directory) as url:
        yield url, directory / "posted.json"


@pytest.fixture
def driver() -> Iterator[Driver]:
    driver = Driver()
    yield driver
    driver.close()


def save(driver, url, of, wanted="json", **options):
    made = RetargetingOptions(api_key=Secret("REST_API_KEY"), format=wanted, **options)
    account = Retargeting(ProviderConfig(name="r", kind="retargeting", base_url=url, options=made), ShortMemory())
    return driver.converse(account, account.operation(job(snapshot(of))).converse()).outcome


@pytest.mark.parametrize("wanted", ["json", "serial"])
def test_php_reads_from_our_form_what_the_page_gives_to_its_client(driver, vendor, wanted):
    url, posted = vendor
    outcome = save(driver, f"{url}/saved", EXAMPLES[wanted], wanted)
    assert outcome.kind is OutcomeKind.ACCEPTED
    of, lines = ARGUMENTS[wanted]
    assert json.loads(posted.read_text()) == {
        "api_key": "REST_API_KEY",
        "0": {**of, "adress": of["address"]},
        "1": lines,
    }


@pytest.mark.parametrize("wanted", ["json", "serial"])
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("saved", OutcomeKind.ACCEPTED),
        ("exists", OutcomeKind.ACCEPTED),
        ("unauthorized", OutcomeKind.UNAUTHORIZED),
        ("bad", OutcomeKind.REJECTED),
        ("nothing", OutcomeKind.UNREADABLE),
    ],
)
def test_what_php_answers_is_read_in_both_formats(driver, vendor, wanted, name, kind):
    assert save(driver, f"{vendor[0]}/{name}", EXAMPLES[wanted], wanted).kind is kind


@pytest.mark.parametrize("wanted", ["json", "serial"])
def test_the_words_of_a_refusal_keep_their_letters(driver, vendor, wanted):
    """1, ``.serial`` [ran]: text lengths count bytes."""
    outcome = save(driver, f"{vendor[0]}/bad", EXAMPLES[wanted], wanted)
    assert outcome.message == "Retargeting refused the order: Größe fehlt."


def test_php_reads_the_most_lines_that_we_send_and_would_cut_what_we_refuse(driver, vendor):
    """1 quirk 8 [inf; mechanism ran]: ``max_input_vars`` is 1000 by default."""
    url, posted = vendor
    fitting = order(items=[item(n) for n in range(240)], totals=totals("4800"))
    assert save(driver, f"{url}/saved", fitting).reason is Reason.SAVED
    assert len(json.loads(posted.read_text())["1"]) == 240
    longer = order(items=[item(n) for n in range(300)])
    assert save(driver, f"{url}/saved", longer).reason is Reason.TOO_MANY_LINES
    save(driver, f"{url}/saved", longer, max_input_vars=5000)
    assert len(json.loads(posted.read_text())["1"]) < 300
