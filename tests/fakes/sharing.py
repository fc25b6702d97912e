"""Which tests one process of several runs together. pytest-xdist's own mark for it, ``xdist_group``, does nothing with
pytest 9.2: it writes a field of a test that is no longer read."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).parents[2]
SLOW = ("docs", "flow", "ops", "cases", "awkward", "examples", "intake", "embedded", "bounds")
"""Folders whose tests take long, by themselves or by the processes that they start."""
LONGEST = (
    "docs/test_typed.py", "ops/test_up.py", "ops/test_up_beside.py", "ops/test_demo.py", "ops/test_odd_store.py",
    "ops/test_up_desk.py", "flow/test_delivery.py", "tests/test_dispatch.py", "tests/test_rewording.py",
)  # fmt: skip
"""Groups of half a minute and more, which one process alone would still run when the others have ended."""


@cache
def group_of(path: str) -> str:
    """Tests of one file belong together, since they may share what is costly; all that say ``alone`` do, and all that
    use the one RabbitMQ. Empty where each test of the file is for itself: stories that share nothing."""
    text = (ROOT / path).read_text()
    if "pytest.mark.alone" in text:
        return "alone"
    if "rabbit: Rabbit" in text and "Rabbit(" not in text:
        return "rabbit"
    return "" if "/flow/" in path and 'scope="module"' not in text else path


def rank(path: str) -> int:
    """What is long comes first, so that what is left at the end is short."""
    if group_of(path) in ("alone", "rabbit") or path.endswith(LONGEST):
        return 0
    return 1 if path.split("/")[-2] in SLOW else 2


class Sharing(LoadScopeScheduling):
    """Whoever is free takes the next group."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid.partition("::")[0]) or nodeid
