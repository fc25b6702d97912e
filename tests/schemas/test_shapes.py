"""Types are read when a module is loaded: two threads that use one for the first time at once would end the process."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.fakes.house import ROOT

SHARED = """
from __future__ import annotations
import sys, threading, types
from schemas.shapes import reader
sys.setswitchinterval(1e-6)
SOURCE = '''
from __future__ import annotations
import msgspec
class Part(msgspec.Struct):
    name: str
    count: int | None = None
class Whole(msgspec.Struct):
    id: int | str | None = None
    parts: list[Part] = []
    more: dict[str, str] = {}
'''
for n in range(100):
    module = sys.modules[f"shape{n}"] = types.ModuleType(f"shape{n}")
    exec(SOURCE, module.__dict__)
    read, gate, came = reader(module.Whole, strict=False), threading.Barrier(8), []
    def go() -> None:
        gate.wait()
        came.append(read({"id": "7", "parts": [{"name": "Mug", "count": "2"}], "more": {"a": "b"}}))
    threads = [threading.Thread(target=go) for _ in range(8)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    assert [whole.parts[0].count for whole in came] == [2] * 8
"""


def test_many_threads_may_read_a_type_for_the_first_time_at_once() -> None:
    ran = subprocess.run([sys.executable, "-c", SHARED], cwd=ROOT, capture_output=True, check=False, timeout=60)
    assert ran.returncode == 0, ran.stderr.decode()


@pytest.mark.parametrize("tree", ["schemas", "worker", "tasks", "examples"])
def test_no_type_is_left_to_be_read_by_whoever_comes_first(tree: str) -> None:
    """``reader`` of schemas/shapes.py and a decoder of the module's own are the ways."""
    lazy = re.compile(r"msgspec\.convert\(|\bdecode\([^)]*type=")
    found = [path for path in (ROOT / tree).rglob("*.py") if lazy.search(path.read_text())]
    assert [str(path.relative_to(ROOT)) for path in found] == []
