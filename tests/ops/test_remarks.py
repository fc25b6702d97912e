"""remarks: what was repaired at the door, by source and place, for whoever talks to the producers."""

from __future__ import annotations

import json

import pytest

from tests.fakes.bodies import order_body
from tests.fakes.ops import Ops


@pytest.fixture
def repaired(ops: Ops) -> Ops:
    """Two events of one shop, and one of another, whose customer's address is none."""
    events = [
        order_body({"number": number, "customer.email": "x"})
        | {"id": f"e{number}", "subject": number, "source": source}
        for number, source in (("1", "shop/one"), ("2", "shop/one"), ("3", "shop/two"))
    ]
    path = ops.config.parent / "events.json"
    path.write_text(json.dumps(events))
    assert ops.run("enqueue", str(path)).exit_code == 0
    return ops


def test_they_are_counted_by_source_and_place(repaired: Ops) -> None:
    place = "data.order.customer.email"
    assert repaired.json("remarks") == [
        {"source": "shop/one", "path": place, "count": 2},
        {"source": "shop/two", "path": place, "count": 1},
    ]
    assert repaired.json("remarks", "--source", "shop/two") == [{"source": "shop/two", "path": place, "count": 1}]
    assert repaired.run("remarks", "--days", "1").stdout.splitlines() == [
        "source\tpath\tcount",
        f"shop/one\t{place}\t2",
        f"shop/two\t{place}\t1",
    ]


def test_where_nothing_was_repaired_it_says_so(ops: Ops) -> None:
    result = ops.run("remarks")
    assert (result.stdout, result.stderr) == ("", "Nothing was repaired.\n")
    assert ops.json("remarks") == []
    assert "1<=x<=30" in ops.error("remarks", "--days", "31", code=2)
