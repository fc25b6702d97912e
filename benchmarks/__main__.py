"""``python -m benchmarks``: all contestants on one stub, one after the other, round after round."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.bars import Bar, Pair, bars
from benchmarks.contest import Run, run
from benchmarks.contestants import Contestant
from benchmarks.contestants.bare import THREADS, Bare
from benchmarks.contestants.ordercast import Ordercast
from benchmarks.contestants.plain import POOLS, Plain
from benchmarks.processes import ROOT
from benchmarks.rss import rss_bars
from benchmarks.table import table

ORDERS, PAIRS = 2_000, 3
TRIED_ORDERS = 200
TRIED_POSTS = 1_000
"""The same for bare requests, which are ten times as fast: a try shall take seconds, not a moment."""
COUNTED_ORDERS = 500
RESULTS = Path(__file__).parent / "results.md"


def main(arguments: Sequence[str] | None = None) -> int:
    """0, or 1 where ``--bars`` was asked for and one is missed."""
    asked = _parser().parse_args(arguments)
    asked.dir.mkdir(parents=True, exist_ok=True)
    stand = rss_bars(asked.dir) if asked.rss else Contest(asked).hold()
    missed = [bar for bar in stand if not bar.is_met]
    for bar in stand if asked.rss else missed:
        print(f"{'missed' if bar in missed else 'met'}: {bar}", file=sys.stderr)
    return 1 if asked.bars and missed else 0


class Contest:
    """The rounds as asked for on the command line."""

    def __init__(self, asked: argparse.Namespace) -> None:
        self.asked = asked

    def hold(self) -> list[Bar]:
        """All rounds, the table and the JSON; the bars as they stand."""
        plain = self._best([Plain(*pool) for pool in POOLS], TRIED_ORDERS)
        bare = self._best([Bare("post", threads) for threads in THREADS], TRIED_POSTS)
        assert isinstance(bare, Bare)
        field = [Ordercast(), plain, bare, Bare("send", bare.threads)]
        pairs = [Pair(*(self._run(each, self.asked.orders) for each in field)) for _ in range(self.asked.pairs)]
        counted = [self._run(each, min(COUNTED_ORDERS, self.asked.orders), listen=True) for each in field[:2]]
        stand = bars(pairs, counted[0])
        self._write(pairs, counted, stand)
        return stand

    def _best(self, candidates: Sequence[Contestant], orders: int) -> Contestant:
        """The fastest of several ways to set up the same contestant, each tried once, briefly."""
        return max(candidates, key=lambda each: self._run(each, min(orders, self.asked.orders)).rate)

    def _run(self, contestant: Contestant, orders: int, *, listen: bool = False) -> Run:
        came_to = run(contestant, orders, self.asked.dir, self.asked.latency_ms, listen=listen)
        figures = f"{came_to.rate:7,.0f} deliveries/s  {came_to.cpu_per_1000_s:5.2f} CPU-s per 1,000"
        if came_to.requests is not None:
            figures = f"{came_to.requests / came_to.deliveries:7.2f} requests to the store per delivery"
        print(f"{contestant.name:48} {came_to.deliveries:6,} deliveries  {figures}", file=sys.stderr)
        return came_to

    def _write(self, pairs: Sequence[Pair], counted: Sequence[Run], stand: Sequence[Bar]) -> None:
        text = table(pairs, counted, stand, self.asked.dir, f"{datetime.now(UTC):%Y-%m-%d}")
        print(text)
        is_full = self.asked.orders >= ORDERS and self.asked.pairs >= PAIRS and not self.asked.latency_ms
        if is_full:
            RESULTS.write_text(text)
        if self.asked.json:
            rounds = [asdict(pair) for pair in pairs]
            held = [{**asdict(bar), "is_met": bar.is_met} for bar in stand]
            document = {"pairs": rounds, "counted": [asdict(each) for each in counted], "bars": held}
            self.asked.json.write_text(json.dumps(document, indent=1))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=f"A full run writes {RESULTS.name}; a shorter one only prints.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--orders", type=int, default=ORDERS, help="orders of each run; four deliveries come of one")
    parser.add_argument("--pairs", type=int, default=PAIRS, help="rounds, interleaved")
    parser.add_argument("--latency-ms", type=float, default=0, help="how long the stub keeps each answer back")
    parser.add_argument("--dir", type=Path, default=ROOT / "var" / "bench", help="where the stores' files go: a disk")
    parser.add_argument("--json", type=Path, help="where every run's figures go")
    parser.add_argument("--bars", action="store_true", help="exit 1 where a bar is missed")
    parser.add_argument("--rss", action="store_true", help="only whether a worker grows")
    return parser


if __name__ == "__main__":
    sys.exit(main())
