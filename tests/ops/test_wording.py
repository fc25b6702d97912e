"""The desk says how it is; what to do about it each face says in its own words, the command line what to type."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from schemas.config import Config
from schemas.delivery import Link
from schemas.principal import Face, Principal, Role
from tests.fakes.ledger import snapshot
from tests.fakes.ops import Ops
from worker.ledger.audit import Audit
from worker.ops.cli import COMMANDS
from worker.ops.cli.wording import TEXTS, CommandWording
from worker.ops.desk import advice
from worker.ops.desk.advice import Advice, Advised, BadRequest
from worker.ops.desk.bodies import Bodies
from worker.ops.desk.bulk import BulkAction
from worker.ops.desk.desk import Desk
from worker.ops.desk.links import LinkCorrection
from worker.ops.desk.provider_table import EmptyConfiguration
from worker.ops.desk.query import DeliveryQuery
from worker.ops.desk.vendor_queries import open_account

DESK = Path(advice.__file__).parent
MIA = Principal("mia", Role.OPERATOR, Face.WEB)
TYPED = re.compile(rf"--[a-z]|\bordercast ({'|'.join(COMMANDS)})\b|`up\b|celery -A|Ctrl-C")
"""What only somebody at a terminal can type or press."""


@pytest.fixture
def desk(ops: Ops) -> Desk:
    return Desk(ops.ledger.store, Config(), list, CommandWording())


@pytest.mark.parametrize("path", sorted(DESK.glob("*.py")), ids=lambda path: path.stem)
def test_the_desk_names_no_flag_and_no_command(path: Path) -> None:
    lines = enumerate(path.read_text().splitlines(), 1)
    assert [f"{path.name}:{number} {line.strip()}" for number, line in lines if TYPED.search(line)] == []


def test_the_command_line_has_words_for_all_that_the_desk_advises() -> None:
    assert set(TEXTS) == set(Advice)


def taken(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name} - {"program"}


def told_in_its_comment(advised: Advice) -> set[str]:
    """What the closed list says that the words of this take."""
    [line] = re.findall(rf' = "{advised}"(.*)', (DESK / "advice.py").read_text())
    return set(re.findall(r"\w+", line))


@pytest.mark.parametrize("advised", Advice)
def test_its_words_take_what_the_list_says_that_they_take(advised: Advice) -> None:
    assert taken(TEXTS[advised]) == told_in_its_comment(advised)


def test_what_to_type_names_the_configuration_in_use() -> None:
    typed = CommandWording("ordercast --config x.toml")
    assert typed.say(Advice.APPLY_ALL) == "`ordercast --config x.toml check --apply --yes`"
    assert typed.named("Go on with `ordercast check --apply`.") == (
        "Go on with `ordercast --config x.toml check --apply`."
    )


def asked(**more: Any) -> BulkAction:
    return BulkAction("replay", MIA, **({"ids": ("d1",), "why": "mended"} | more))


REQUESTS: list[tuple[Callable[[], object], str, str]] = [
    (lambda: asked(why=" "), "why", "Say why with --why TEXT: a replay goes on record."),
    (
        lambda: asked(ids=()),
        "ids",
        "Say what to replay: give ids, or filters such as --provider or --state dead.",
    ),
    (lambda: asked(asked=DeliveryQuery(order="7")), "ids", "Give ids or filters, not both."),
    (lambda: LinkCorrection(Link(), "", MIA), "why", "Say why with --why TEXT: a correction goes on record."),
    (
        lambda: open_account(Config(), "desk"),
        "provider",
        (
            "There is no provider 'desk'; configured are none: name the file with --config, as `up --sandbox` prints"
            " its own."
        ),
    ),
]


@pytest.mark.parametrize(("request_it", "field", "typed"), REQUESTS)
def test_a_request_that_cannot_be_done_names_its_field_and_each_face_words_it(
    request_it: Callable[[], object], field: str, typed: str
) -> None:
    with pytest.raises(BadRequest) as caught:
        request_it()
    assert (caught.value.field, CommandWording().of(caught.value)) == (field, typed)
    assert not TYPED.search(str(caught.value)), "said to a program"


def of_the_store(desk: Desk, ops: Ops) -> Iterator[tuple[Callable[[], object], str, str]]:
    """Requests that only the ledger shows to be wrong."""
    other = snapshot("e1", source="shop/two")
    ops.ledger.accept(snapshot("e1"), other)
    [delivery] = [one.id for one in ops.ledger.deliveries(provider="one", source="shop/one")]
    bodies = Bodies(ops.ledger.store)
    yield (lambda: desk.order("1001"), "source", "Order 1001 exists at shop/one, shop/two: say which with --source.")
    yield (
        lambda: bodies.of("e1", source=None, by=MIA),
        "source",
        "Event e1 came from shop/one, shop/two: say which with --source.",
    )
    yield (
        lambda: bodies.of(delivery, source=None, by=MIA, is_edited=True),
        "edited",
        f"No replay of {delivery} was edited: leave --edited out.",
    )
    yield (
        lambda: bodies.of("dabc", source=None, by=MIA),
        "id",
        "dabc is too short. Give more characters of the id, as `ordercast dead` shows them.",
    )
    yield (
        lambda: bodies.of("e9", source=None, by=MIA),
        "id",
        (
            "There is no event, delivery or refusal e9: its days may be over. `ordercast order NUMBER` and `ordercast"
            " refusals` list what is kept."
        ),
    )
    yield (
        lambda: desk.groups(DeliveryQuery(order="7")),
        "",
        "Groups can be asked for by --provider and --reason only.",
    )
    yield (
        lambda: desk.applying.apply(is_confirmed=True, why="a test"),
        "",
        (
            "This configuration has no provider, so nothing was applied: an empty file wipes nothing. Remove a provider"
            " with `ordercast providers remove NAME`; to apply others, add [providers.NAME] to the configuration, or"
            " name another file with --config."
        ),
    )


def test_what_the_ledger_shows_to_be_wrong_is_worded_by_each_face_too(desk: Desk, ops: Ops) -> None:
    for request_it, field, typed in of_the_store(desk, ops):
        with pytest.raises(Advised) as caught:
            request_it()
        assert (caught.value.field, CommandWording().of(caught.value)) == (field, typed)
        assert not TYPED.search(str(caught.value)), "said to a program"


def test_an_error_without_advice_says_what_it_says() -> None:
    assert CommandWording().of(BadRequest("Give one whole.")) == "Give one whole."
    assert (EmptyConfiguration().exit_code, EmptyConfiguration().reason) == (78, "empty_configuration")


def test_what_somebody_did_at_the_command_line_goes_on_record_by_the_bare_name(ops: Ops) -> None:
    by = Principal("mia", Role.ADMIN, Face.CLI)
    Audit(ops.ledger.store).note("read", "event e1", why="", by=by)
    [(_, entry)] = ops.ledger.store.client.xrange(ops.ledger.store.keys.key("audit"))
    assert entry.pop(b"at").isdigit()
    assert entry == {b"verb": b"read", b"what": b"event e1", b"why": b"", b"who": b"mia", b"rid": b""}


def test_what_somebody_did_at_the_web_says_so_and_is_found_by_the_name(desk: Desk, ops: Ops) -> None:
    desk.pause("one", by=MIA, why="release night")
    desk.resume("one", by=Principal("mia", Role.ADMIN, Face.CLI), why="done")
    desk.pause("one", by=Principal("mi", Role.ADMIN, Face.CLI), why="again")
    assert [deed.who for deed in desk.deeds(who="mia")] == ["mia", "mia via web"]
    assert [one["who"] for one in ops.json("log")] == ["mi", "mia", "mia via web"]
