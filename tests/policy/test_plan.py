"""A provider's plan: what is made of its settings and of what its adapter says."""

from __future__ import annotations

import pytest

from schemas.config import ProviderConfig
from worker.policy.plan import plan_of


@pytest.mark.parametrize(
    ("order_key", "sends_key", "shares_keys"),
    [
        ("{number}", True, True),
        ("{source}-{number}", True, False),
        ("{number}", False, False),
        ("{source}-{number}", False, False),
    ],
)
def test_two_sources_meet_in_one_key_only_where_one_is_sent_that_names_no_source(
    order_key: str, sends_key: bool, shares_keys: bool
) -> None:
    config = ProviderConfig(name="one", kind="x", base_url="x", options=None, order_key=order_key)
    assert plan_of(config, sends_key=sends_key).shares_keys is shares_keys
