"""The table of a contest, in Markdown: medians, then what is held against the bars."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median

from benchmarks.bars import Bar, Pair
from benchmarks.contest import Run

FSYNCS = 50
PAGE_BYTES = 4096

HEAD = """\
| | deliveries/s | CPU-s per 1,000: workers | store | stub | store requests per delivery | store bytes per order |
|---|--:|--:|--:|--:|--:|--:|"""


def table(pairs: Sequence[Pair], counted: Sequence[Run], bars: Sequence[Bar], directory: Path, today: str) -> str:
    """What ``results.md`` holds. ``counted`` are the runs that were listened to."""
    requests = {run.contestant: (run.requests or 0) / run.deliveries for run in counted}
    columns: list[Callable[[Pair], Run]] = [lambda p: p.ours, lambda p: p.plain, lambda p: p.bare, lambda p: p.sent]
    rows = [_row([column(pair) for pair in pairs], requests) for column in columns]
    said = f"{pairs[0].ours.deliveries:,} deliveries a run, medians of {len(pairs)} interleaved rounds"
    return "\n".join(
        [
            f"Written by `python -m benchmarks` on {today}: {said}. {_machine(directory)}",
            "",
            HEAD,
            *rows,
            "",
            *(f"- {'met' if bar.is_met else '**missed**'} · {bar}" for bar in bars),
            "",
        ]
    )


def _row(runs: Sequence[Run], requests: dict[str, float]) -> str:
    def middle(figure: Callable[[Run], float]) -> float:
        return median(map(figure, runs))

    name = runs[0].contestant
    kept = middle(lambda run: run.store_bytes / run.deliveries * 4)
    answers = middle(lambda run: run.receipts_bytes / run.deliveries * 4)
    has_store = name in requests
    cells = [
        name,
        f"{middle(lambda run: run.rate):,.0f}",
        f"{middle(lambda run: run.worker_cpu_s / run.deliveries * 1000):.2f}",
        f"{middle(lambda run: run.store_cpu_s / run.deliveries * 1000):.2f}" if has_store else "–",
        f"{middle(lambda run: run.stub_cpu_s / run.deliveries * 1000):.2f}",
        f"{requests[name]:.1f}" if has_store else "–",
        f"{kept:,.0f} (results of Celery calls: {answers:,.0f})" if has_store else "–",
    ]
    return f"| {' | '.join(cells)} |"


def _machine(directory: Path) -> str:
    return (
        f"{os.cpu_count()} cores, Python {platform.python_version()}, Celery {version('celery')}, "
        f"requests {version('requests')}, fsync {_fsync_ms(directory):.2f} ms."
    )


def _fsync_ms(directory: Path) -> float:
    """How long the disk takes to keep a page, in the middle of ``FSYNCS`` tries."""
    path, took_ms = directory / "fsync", []
    with path.open("wb", buffering=0) as file:
        for _ in range(FSYNCS):
            file.write(bytes(PAGE_BYTES))
            began_s = time.perf_counter()
            os.fsync(file.fileno())
            took_ms.append((time.perf_counter() - began_s) * 1000)
    path.unlink()
    return median(took_ms)
