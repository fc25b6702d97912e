"""What jobs are done with in tests of kinds that ask no vendor."""

from __future__ import annotations

from typing import NoReturn

from worker.jobs.work import Call, JobTools
from worker.ledger.store.client import Store


def tools(store: Store, call: Call = list) -> JobTools:
    """Without accounts, and without a way to a vendor."""
    return JobTools(store, call, dict, _nobody)


def _nobody() -> NoReturn:
    raise AssertionError("this kind of job asks no vendor")
