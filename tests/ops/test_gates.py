"""pause and resume, and how status and providers show it."""

from __future__ import annotations

import json

import pytest

from tests.fakes.ledger import snapshot
from tests.fakes.ops import SECRET


def test_a_paused_provider_lets_nothing_through_until_it_is_resumed(ops):
    ops.ledger.accept(snapshot("e1"))
    paused = ops.json("pause", "one", "--why", "migration")
    assert paused["provider"] == "one"
    assert {name: paused["gate"][name] for name in ("state", "reason", "until")} == {
        "state": "paused", "reason": "migration", "until": None,
    }  # fmt: skip
    ops.ledger.nothing("one")
    assert ops.json("resume", "one", "--why", "done")["gate"]["state"] == "open"
    assert ops.ledger.claim("one").event.id == "e1"


def test_resuming_an_open_gate_changes_nothing_and_says_so(ops):
    assert ops.json("resume", "one", "--why", "sure")["changed"] is False
    assert ops.run("resume", "one", "--why", "sure").stderr == "one is already open.\n"


@pytest.mark.parametrize("verb", ["pause", "resume"])
def test_an_unknown_provider_is_exit_2_and_names_the_known_ones(ops, verb):
    assert ops.error(verb, "three", "--why", "x", code=2) == (
        "Error: There is no provider 'three'; known are one, two.\n"
    )  # fmt: skip


@pytest.mark.parametrize("verb", ["pause", "resume"])
def test_no_reason_is_exit_2(ops, verb):
    assert "--why" in ops.error(verb, "one", code=2)


def test_providers_are_listed_with_their_gates_and_without_their_secrets(ops):
    ops.ledger.pause("two", who="ada", why="migration", at_ms=0)
    one, two = ops.json("providers")
    assert one["gate"].pop("state") == "open"
    assert set(one.pop("gate").values()) == {None}
    assert one == {
        "provider": "one", "kind": "webhook", "base_url": "http://127.0.0.1:1/hook", "sources": ["*"],
        "events": ["*"], "max_in_flight": 8, "rate": None, "broken": None,
    }  # fmt: skip
    assert two["gate"]["state"] == "paused"
    shown = ops.run("providers")
    assert "paused by ada: migration" in shown.stdout
    assert SECRET not in shown.output + json.dumps([one, two])


def test_providers_are_listed_without_a_store_too(ops):
    ops.config.write_text(ops.config.read_text().replace("unix://", "unix:///nowhere"))
    listed = ops.run("providers", "--json")
    assert (listed.exit_code, [one["gate"] for one in json.loads(listed.stdout)]) == (0, [None, None])
    assert listed.stderr.startswith("Without gates: ")
