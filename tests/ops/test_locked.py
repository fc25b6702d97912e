"""Secrets that are missing or are none: who needs them says so, and nobody else is kept from work."""

from __future__ import annotations

import msgspec
import pytest

from schemas.event import event_document
from tests.fakes.ledger import snapshot
from tests.fakes.ops import Ops


@pytest.mark.parametrize(
    "words",
    [
        ["status"],
        ["order", "1001"],
        ["dead"],
        ["log"],
        ["deliveries"],
        ["refusals"],
        ["providers"],
        ["providers", "diff"],
        ["providers", "remove", "one", "--yes", "--why", "x"],
        ["pause", "one", "--why", "x"],
        ["resume", "two", "--why", "x"],
        ["discard", "--provider", "one", "--yes", "--why", "x"],
    ],
)
@pytest.mark.parametrize("text", ["", "no base64"])
def test_commands_that_talk_to_no_vendor_need_no_secret(ops: Ops, words: list[str], text: str) -> None:
    ops.bury(snapshot("e1"))
    (ops.config.parent / "secret").write_text(text)
    result = ops.run(*words)
    assert result.exit_code == 0, result.output


def test_events_are_accepted_from_the_command_line_without_a_secret(ops: Ops) -> None:
    (ops.config.parent / "secret").unlink()
    event = msgspec.json.encode(event_document(snapshot("e1"))).decode()
    result = ops.run("enqueue", "-", typed=event + "\n")
    assert result.exit_code == 0, result.output
    assert [one["pending"] for one in ops.json("status")["providers"]] == [1, 1]


def test_up_starts_nothing_where_no_provider_can_ever_have_its_secret(ops: Ops) -> None:
    secret = ops.config.parent / "secret"
    ops.config.write_text(ops.config.read_text().replace(f'file = "{secret}"', 'env = "NO_SUCH_SECRET"'))
    said = ops.error("up", code=78)
    for name in ("one", "two"):
        assert f"providers.{name}.secret: the variable NO_SUCH_SECRET is not set" in said


def test_an_unset_variable_shuts_out_the_commands_that_need_it_alone(ops: Ops) -> None:
    secret = ops.config.parent / "secret"
    ops.config.write_text(ops.config.read_text().replace(f'file = "{secret}"', 'env = "NO_SUCH_SECRET"', 1))
    assert ops.run("status").exit_code == 0
    assert "providers.one.secret: the variable NO_SUCH_SECRET is not set" in ops.error("vendor", "one", "test", code=78)


def test_a_webhooks_key_that_is_too_short_is_warned_of(ops: Ops) -> None:
    (ops.config.parent / "secret").write_text("whsec_c2hvcnQ=")
    ops.run("check", "--apply", "--yes")
    [first, second] = [one for one in ops.json("check", code=1) if "bytes" in one["message"]]
    assert (first["level"], first["what"], second["what"]) == ("warn", "provider one", "provider two")
    assert "is a key of 5 bytes; Standard Webhooks wants 24 to 64" in first["message"]
