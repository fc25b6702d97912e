"""Every command where the store cannot be had: its address once, why, and what to do, in one sentence."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import click
import pytest
from structlog.testing import capture_logs

from tests.fakes.bodies import event_body
from tests.fakes.ops import CommandLine
from tests.fakes.ports import free_ports
from tests.fakes.servers import Server
from worker.ledger.store.client import Store
from worker.loops import Loop, Work
from worker.ops.cli import COMMANDS, cli

NEEDS_NONE = {"demo", "schema", "sandbox", "vendor", "web"}
"""These have a store of their own, or ask none."""

GIVEN = {"provider": "one", "names": "one", "file": "events.json", "role": "viewer", "what": "deliveries",
         "tables": "limits"}  # fmt: skip
"""What stands for an argument, by its name; any other is a number."""

NEEDED = {
    ("reconcile",): ("--since", "1d"),
    ("erase",): ("--customer", "ida@example.com"),
    ("user", "add"): ("--role", "viewer"),
    ("token", "create"): ("--role", "viewer"),
}
"""Options without which a command does not begin."""

FORGIVES = {("providers",), ("settings", "limits")}
"""These tell what they can tell without the store, too."""

REFUSED = "does not answer: connection refused. Start it"
UNREACHABLE = 69


def all_commands() -> Iterator[tuple[str, ...]]:
    """Each command that the program has, with whatever it asks for, from the program itself."""
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        yield from spelled(command, (name,), context)


def spelled(command: click.Command, words: tuple[str, ...], context: click.Context) -> Iterator[tuple[str, ...]]:
    options = {one.name: one for one in command.params if isinstance(one, click.Option)}
    needed = [GIVEN.get(one.name or "", "1") for one in command.params if isinstance(one, click.Argument)]
    chosen = ("--provider", "one") if words[0] in ("replay", "discard") else needed
    chosen = [*chosen, *NEEDED.get(words, ())]
    is_act = {"why", "yes"} <= set(options)
    why = ("--why", "x") if is_act or ("why" in options and options["why"].required) else ()
    if not isinstance(command, click.Group) or command.invoke_without_command:
        yield (*words, *chosen, *why, *(("--yes",) if is_act else ()))
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from spelled(inner, (*words, name), context)


ALL = [words for words in all_commands() if words[0] not in NEEDS_NONE]
OTHERWISE = [
    ("check", "--apply", "--yes"),
    ("dead", "--group"),
    ("enqueue", "events.json", "--json"),
    ("link", "one", "1", "--none", "--why", "x"),
    ("refusals", "--order", "1"),
    ("status", "--fail-on", "dead"),
    ("status", "--json"),
]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "events.json").write_text(json.dumps([event_body()]))
    return tmp_path


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("locked") / "server") as made:
        with made.client() as client:
            client.config_set("requirepass", "right")
        yield made


def said_by(program: CommandLine, words: tuple[str, ...], code: int) -> str:
    """All that a command prints. Any other end than by that exit code is a failure, a traceback above all."""
    result = program.run(*words)
    assert result.exception is None or isinstance(result.exception, SystemExit), (words, result.exception)
    assert result.exit_code == code, (words, result.output)
    assert "Traceback" not in result.output
    return result.output


def test_the_commands_are_those_of_the_program() -> None:
    assert {words[0] for words in ALL} | NEEDS_NONE == set(COMMANDS)
    assert ("providers", "diff") in ALL


@pytest.mark.parametrize("words", [*ALL, *OTHERWISE], ids=" ".join)
def test_every_command_says_the_address_once_and_why_and_what_to_do(place: Path, words: tuple[str, ...]) -> None:
    [port] = free_ports(1)
    program = CommandLine(place, f"redis://someone:hunter2@127.0.0.1:{port}/0", "one")
    told = said_by(program, words, 0 if words in FORGIVES else UNREACHABLE)
    assert f"The store at redis://127.0.0.1:{port}/0 {REFUSED}, or correct [store] url." in told
    assert told.count(str(port)) == 1
    assert "hunter2" not in told
    assert "someone" not in told


def test_vendor_asks_no_store(place: Path) -> None:
    [port] = free_ports(1)
    told = said_by(CommandLine(place, f"redis://127.0.0.1:{port}/0", "one"), ("vendor", "one"), 0)
    assert str(port) not in told


@pytest.mark.parametrize(
    ("login", "why"),
    [
        ("", "answers: NOAUTH: it wants a password, and was given none. Put its user and password into [store] url."),
        (
            ":hunter2@",
            "answers: WRONGPASS: the user or the password is wrong. Correct the user and password in [store] url.",
        ),
        (
            "someone:hunter2@",
            "answers: WRONGPASS: the user or the password is wrong. Correct the user and password in [store] url.",
        ),
    ],
)
def test_every_command_says_that_the_password_is_wrong_and_never_what_was_given(
    locked: Server, place: Path, login: str, why: str
) -> None:
    program = CommandLine(place, f"redis://{login}127.0.0.1:{locked.port}/0", "one")
    for words in ALL:
        told = said_by(program, words, 0 if words in FORGIVES else UNREACHABLE)
        assert why in told, (words, told)
        assert told.count(str(locked.port)) == 1, (words, told)
        assert "hunter2" not in told
        assert "someone" not in told


@pytest.mark.parametrize("words", [("dead",), ("deliveries",), ("refusals", "--order", "1"), ("check",)])
def test_the_shard_that_does_not_answer_is_the_one_that_is_named(
    clean_store: str, place: Path, words: tuple[str, ...]
) -> None:
    [port] = free_ports(1)
    gone = f"redis://:hunter2@127.0.0.1:{port}/0"
    told = CommandLine(place, clean_store, "one", shards=(clean_store, gone)).run(*words).output
    sentence = f"Shard 2 at redis://127.0.0.1:{port}/0 {REFUSED}, or correct [store] shards."
    assert sentence in told
    assert told.count(str(port)) == told.count(sentence)
    assert "hunter2" not in told


@pytest.mark.parametrize("words", ["check", "status"])
@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_check_and_status_say_of_a_broker_of_its_own_that_it_is_stopped_in_the_same_form(
    clean_store: str, place: Path, scheme: str, words: str
) -> None:
    [port] = free_ports(1)
    url = f"{scheme}://someone:hunter2@127.0.0.1:{port}/0"
    told = CommandLine(place, clean_store, "one", more=f'broker_url = "{url}"').run(words).output
    assert f"The broker at {scheme}://127.0.0.1:{port}/0 {REFUSED}, or correct [store] broker_url." in told
    assert told.count(str(port)) == 1
    assert "hunter2" not in told
    assert "someone" not in told


def test_a_loop_of_a_worker_says_it_once_in_the_same_words(place: Path) -> None:
    [port] = free_ports(1)
    stopped = threading.Event()
    turns = iter([1, 2, 3])
    with closing(Store(f"redis://:hunter2@127.0.0.1:{port}/0")) as store, capture_logs() as logs:

        def turn() -> None:
            if next(turns) == 3:
                stopped.set()
            store.now_ms()

        Loop("tick", lambda: Work(turn), stopped, away_s=0.0).run()
    [line] = [one for one in logs if one["event"] == "store.missed"]
    assert line["message"] == f"The store at redis://127.0.0.1:{port}/0 {REFUSED}, or correct [store] url."
