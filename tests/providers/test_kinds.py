"""Every kind of provider is cut by one plan (ADDING_A_PROVIDER.md, "The plan of a directory")."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from schemas.config import Secret
from schemas.providers import DEFAULTS
from schemas.providers.webhook import WebhookOptions
from tests.conformance.account import open_provider
from tests.fakes.retargeting import account as retargeting
from tests.fakes.snapshots import job
from tests.fakes.wire import open_account
from worker.providers.webhook import Webhook

ROOT = Path(__file__).parents[2]
PLANNED = ("openbizbox", "orderdesk", "retargeting")
PLAN = {
    "__init__", "api", "mapping", "sums", "tax", "lines", "lookup", "limits", "save", "actions", "journal", "compare",
    "queries",
}  # fmt: skip


@pytest.mark.parametrize("kind", PLANNED)
def test_each_file_of_a_kind_has_a_name_of_the_plan_and_perhaps_its_part(kind):
    files = [path.stem for path in (ROOT / "worker/providers" / kind).glob("*.py")]
    assert len(files) > 1
    assert [name for name in files if name not in PLAN and name.partition("_")[0] not in PLAN] == []


@pytest.mark.parametrize("kind", DEFAULTS)
def test_the_settings_know_which_kinds_of_account_can_be_asked_for_an_order(kind):
    provider = open_provider(kind, "https://vendor.example")
    assert DEFAULTS[kind].is_asked == ("order" in provider.questions)


def test_the_page_for_newcomers_names_every_file_of_the_plan():
    page = (ROOT / "ADDING_A_PROVIDER.md").read_text().partition("### The plan of a directory")[2]
    rows = "".join(line for line in page.splitlines() if line.startswith("|"))
    assert {name.removesuffix(".py") for name in re.findall(r"`(\w+\.py)`", rows)} == PLAN


@pytest.mark.parametrize(
    "account",
    [retargeting(), open_account(Webhook, WebhookOptions(secret=(Secret("whsec_AAAA"),)))],
    ids=lambda a: a.kind,
)
def test_a_kind_that_cannot_be_asked_for_an_order_compares_none(account):
    assert not account.questions
    assert account.compare(job(), {"id": "1"}) is None
