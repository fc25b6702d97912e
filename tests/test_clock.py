"""Clocks."""

from __future__ import annotations

from datetime import UTC

from worker.clock import uptime_s, utc_now


def test_the_measuring_clock_never_goes_back():
    readings = [uptime_s() for _ in range(1000)]
    assert readings == sorted(readings)
    assert readings[-1] > readings[0]


def test_the_wall_clock_is_aware():
    assert utc_now().tzinfo is UTC
