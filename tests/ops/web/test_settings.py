"""The page of settings: each with where it comes from, without secrets, and what the provider table has otherwise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from schemas.principal import Role
from tests.fakes.ledger import Ledger
from tests.fakes.ops import PROVIDER, SECRET
from tests.fakes.site import Site
from worker.ledger.gates import Gates
from worker.ledger.worker_facts import WorkerFacts
from worker.settings import load_settings


@pytest.fixture
def shown(site: Site, tmp_path: Path, ledger: Ledger) -> str:
    """The page of a process whose file has a provider of the ledger's, with another limit, in hostile words."""
    (tmp_path / "secret").write_text(SECRET)
    file = tmp_path / "ordercast.toml"
    file.write_text(
        f'[store]\nurl = "{ledger.store.url}"\nbroker_url = "redis://:hidden-word@127.0.0.1:7/0"\n'
        + PROVIDER.format(name="desk", secret=tmp_path / "secret")
        + "max_in_flight = 3\nplaceholder_name = '<b>Bo</b>'\n"
    )
    config = load_settings(str(file), {"ORDERCAST_LIMITS_TOTALS": "off"})
    site.app.extensions["ordercast"] = replace(site.app.extensions["ordercast"], config=config)
    return site.browser(Role.VIEWER).text("/settings")


def test_a_setting_is_shown_with_where_it_comes_from(shown: str) -> None:
    assert "<td>ordercast.toml line 2</td>" in shown.replace(' class="long"', "")
    assert "$ORDERCAST_LIMITS_TOTALS" in shown
    assert "redis://127.0.0.1:7/0" in shown
    assert "set by file " in shown


def test_neither_a_secret_nor_a_password_is_on_the_page_and_hostile_words_are_text(shown: str) -> None:
    assert SECRET.removeprefix("whsec_") not in shown
    assert "hidden-word" not in shown
    assert "&lt;b&gt;Bo&lt;/b&gt;" in shown
    assert "<b>Bo" not in shown


def test_what_the_provider_table_has_otherwise_stands_beside_what_this_configuration_has(shown: str) -> None:
    assert "provider table, version 1" in shown
    assert "This configuration has 3 (ordercast.toml line 10)" in shown


def test_a_worker_that_works_by_another_version_is_named(site: Site, ledger: Ledger) -> None:
    Gates(ledger.store).beat("worker1@host", WorkerFacts(release="0.1.0", table=7))
    page = site.browser(Role.VIEWER).text("/settings")
    assert "worker1@host works by version 7 of the provider table, which is at version 1." in page
