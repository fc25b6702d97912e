"""Store and broker on servers of their own, behind TLS. Those that are killed: tests/chaos/test_brokers.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.apart import HouseApart
from tests.fakes.revisions import broken, two_of_each
from tests.fakes.servers import DEBIANS, SecureServer


@pytest.mark.skipif(DEBIANS is None, reason="needs Debian's redis-server, which speaks TLS")
def test_store_and_broker_that_speak_tls_carry_everything(tmp_path: Path) -> None:
    with (
        SecureServer(tmp_path / "store") as store,
        SecureServer(tmp_path / "broker") as broker,
        HouseApart(tmp_path, place=store.url, broker=broker.url) as house,
    ):
        assert house.send(*two_of_each(10)).get(timeout=30)["status"] == "accepted"
        house.settled(20)
        assert broken(house, 10) == []
        assert "hunter2" not in house.logs()
        assert "insecure" not in house.logs()
