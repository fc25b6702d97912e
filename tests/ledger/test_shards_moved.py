"""A shard moves to a server of its own, as docs/shards.md says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.ledger import SOURCE, snapshot
from tests.fakes.servers import Server
from tests.fakes.split import SplitLedger
from tests.fakes.waiting import wait_until
from worker.errors import ConfigError
from worker.ledger.store.shards import open_store


def test_a_shard_moves_as_a_replica_and_its_old_place_is_no_shard_any_more(tmp_path: Path) -> None:
    with Server(tmp_path / "old") as old, Server(tmp_path / "new") as new:
        before = SplitLedger((old.url,) * 3)
        before.accept(*[snapshot(f"e{n}1", str(n)) for n in range(12)])
        moved = before.states(provider="one")
        before.close()
        with old.client() as one, new.client() as other:
            other.replicaof("127.0.0.1", str(old.port))
            wait_until(lambda: other.info("replication").get("master_link_status") == "up")
            other.replicaof("NO", "ONE")
            one.unlink(*one.keys("{ordercast.2}:*"))
            other.unlink(*other.keys("{ordercast}:*"), *other.keys("{ordercast.1}:*"))
        after = SplitLedger((old.url, old.url, new.url))
        assert after.states(provider="one") == moved
        after.borrow(rounds=10)
        wanted = [event for event in moved if after.shard(SOURCE, event[1:-1]) == 2]
        claimed = {claim.event.id for claim in after.claim_all(2)}
        assert claimed
        assert claimed <= set(wanted)
        assert int(after.store.shards[2].client.hget("{ordercast.2}:epoch", "number")) == 2
        after.close()
        stale = open_store(old.url, [old.url, old.url])
        with pytest.raises(ConfigError, match="cannot be shard 2: it was a part of this ledger"):
            stale.shards[2].now_ms()
        for shard in stale.shards:
            shard.close()
