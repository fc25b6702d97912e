"""``results.md``: one chapter for each trial, each replaced when its trial was held again."""

from __future__ import annotations

import os
import platform
import re
import time
from importlib.metadata import version
from pathlib import Path
from statistics import median

FSYNCS = 50
PAGE_BYTES = 4096

_HEAD = "# Results\n\nWritten by `python -m benchmarks`. What each figure means is told in [README.md](README.md).\n"
_CHAPTER = re.compile(r"(?m)^(?=## )")


def merged(present: str, chapters: list[str], titles: list[str]) -> str:
    """The page with these chapters in the place of those with the same titles, all of them in the order of ``titles``;
    what bears another title is dropped."""
    known = {_title(chapter): chapter for chapter in [*_CHAPTER.split(present)[1:], *chapters]}
    return "\n".join([_HEAD, *(f"{known[title].rstrip()}\n" for title in titles if title in known)])


def _title(chapter: str) -> str:
    return chapter.splitlines()[0].removeprefix("## ")


def machine(directory: Path) -> str:
    """What it was measured on, with how long its disk takes to keep a page, in the middle of ``FSYNCS`` tries."""
    return (
        f"{os.cpu_count()} cores, Python {platform.python_version()}, Celery {version('celery')}, "
        f"huey {version('huey')}, dramatiq {version('dramatiq')}, requests {version('requests')}, "
        f"fsync {_fsync_ms(directory):.2f} ms"
    )


def _fsync_ms(directory: Path) -> float:
    path, took_ms = directory / "fsync", []
    with path.open("wb", buffering=0) as file:
        for _ in range(FSYNCS):
            file.write(bytes(PAGE_BYTES))
            began_s = time.perf_counter()
            os.fsync(file.fileno())
            took_ms.append((time.perf_counter() - began_s) * 1000)
    path.unlink()
    return median(took_ms)
