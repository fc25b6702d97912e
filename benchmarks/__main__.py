"""``python -m benchmarks``: every trial on one machine in one run, each with its rounds interleaved."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.bars import Bar, unmeasured
from benchmarks.contest import Contest
from benchmarks.processes import ROOT
from benchmarks.results import machine, merged
from benchmarks.section import Section
from benchmarks.sizes import ORDERS, PAIRS, Sizes, sizes
from benchmarks.trials import backfill, drain, growth, isolation, kept, rate, records, recovery, steady, waiting

TRIALS: dict[str, Callable[[Contest], Section]] = {
    "rate": rate.hold,
    "kept": kept.hold,
    "drain": drain.hold,
    "waiting": waiting.hold,
    "steady": steady.hold,
    "isolation": isolation.hold,
    "backfill": backfill.hold,
    "recovery": recovery.hold,
    "records": records.hold,
    "growth": growth.hold,
}
TITLES = [each.TITLE for each in (rate, kept, drain, waiting, steady, isolation, backfill, recovery, records, growth)]
RESULTS = Path(__file__).parent / "results.md"


def main(arguments: Sequence[str] | None = None) -> int:
    """0, or 1 where ``--bars`` was asked for and one is missed."""
    asked = _parser().parse_args(arguments)
    asked.dir.mkdir(parents=True, exist_ok=True)
    size = sizes(
        asked.orders,
        asked.pairs,
        drained=asked.drained,
        parked=asked.parked,
        records=asked.records,
        window_s=asked.window_s,
    )
    contest = Contest(size, asked.dir)
    chapters, held = [], {}
    for name in asked.only or TRIALS:
        held[name] = section = TRIALS[name](contest)
        chapters.append(section.text(_said(size, asked.dir)))
        print(chapters[-1], flush=True)
        if size.is_whole:
            RESULTS.write_text(merged(RESULTS.read_text(), [chapters[-1]], TITLES))
    if asked.json:
        asked.json.write_text(json.dumps(_document(size, held), indent=1))
    missed = _missed([bar for section in held.values() for bar in section.bars], is_all=not asked.only)
    for line in missed:
        print(f"missed: {line}", file=sys.stderr)
    return 1 if asked.bars and missed else 0


def _said(size: Sizes, directory: Path) -> str:
    return f"On {datetime.now(UTC):%Y-%m-%d}, {size.pairs} rounds: {machine(directory)}."


def _missed(bars: list[Bar], *, is_all: bool) -> list[str]:
    """What is below its bar, and in a run of all trials what was not measured at all."""
    return [str(bar) for bar in bars if not bar.is_met] + (unmeasured(bars) if is_all else [])


def _document(size: Sizes, held: dict[str, Section]) -> dict[str, object]:
    return {
        "sizes": asdict(size),
        "trials": {name: section.figures for name, section in held.items()},
        "bars": [
            {"says": bar.says, "found": bar.found, "wanted": bar.wanted, "is_met": bar.is_met}
            for section in held.values()
            for bar in section.bars
        ],
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=f"A run of {ORDERS:,} orders and {PAIRS} rounds or more writes {RESULTS.name}; a shorter one only "
        "prints. What is not said of the sizes follows from --orders.",
    )
    parser.add_argument("--only", nargs="+", choices=TRIALS, metavar="TRIAL", help=f"of {', '.join(TRIALS)}")
    parser.add_argument("--orders", type=int, default=ORDERS, help="of each timed run; four deliveries come of one")
    parser.add_argument("--pairs", type=int, default=PAIRS, help="rounds, interleaved; with 1 rivals are not tuned")
    parser.add_argument("--drained", type=int, help="orders of a queue that is drained: 2.5 × as many")
    parser.add_argument("--parked", type=int, help="orders of the recovery and of the replay: 10 × as many")
    parser.add_argument("--records", type=int, help="deliveries kept: 50 × as many")
    parser.add_argument("--window-s", type=float, help="seconds of load at a steady rate: 30 for 2,000 orders")
    parser.add_argument("--dir", type=Path, default=ROOT / "var" / "bench", help="where the stores' files go: a disk")
    parser.add_argument("--json", type=Path, help="where every run's figures go")
    parser.add_argument("--bars", action="store_true", help="exit 1 where a bar is missed")
    return parser


if __name__ == "__main__":
    sys.exit(main())
