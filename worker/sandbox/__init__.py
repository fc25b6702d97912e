"""Simulated vendors: a server that reads, answers and errs as they do, for the demo, the tests and people."""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

from worker.sandbox.base import Vendor

KINDS = {
    "retargeting": "SimulatedRetargeting",
    "shopscript": "SimulatedShopScript",
    "orderdesk": "SimulatedOrderDesk",
    "openbizbox": "SimulatedOpenBizBox",
    "webhook": "SimulatedWebhook",
}
"""Each kind's class, in the module of its name."""

BASE_PATHS = {
    "retargeting": "/retargeting/api/1.0",
    "shopscript": "/shopscript",
    "orderdesk": "/orderdesk/api/v2",
    "openbizbox": "/openbizbox",
    "webhook": "/webhook",
}
"""What a provider's ``base_url`` has behind the sandbox's address."""


def load_vendors(*, clock: Callable[[], float] = time.time, per_second: float = 3, burst: int = 20) -> list[Vendor]:
    """All vendors, holding nothing. ``clock`` gives seconds; the rate is Order Desk's token bucket."""
    own: dict[str, dict[str, Any]] = {"orderdesk": {"per_second": per_second, "burst": burst}}
    return [
        getattr(import_module(f"worker.sandbox.{kind}"), name)(clock=clock, **own.get(kind, {}))
        for kind, name in KINDS.items()
    ]
