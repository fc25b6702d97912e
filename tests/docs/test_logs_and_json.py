"""docs/logs-and-json.md: every log line with its fields, and of every command's JSON the shape that it really has."""

from __future__ import annotations

import ast
import contextlib
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.fakes.pages import blocks, page, section
from tests.fakes.program import Program
from worker.errors import OrdercastError
from worker.ops.cli import cli
from worker.ops.local.supervisor import ROOT

PAGE = page("logs-and-json")
COMMANDS = re.findall(r"^### `ordercast (.+)`$", PAGE, re.MULTILINE)
OPEN = {"leaves", "line_ids", "link", "filters", "refusal", "rate", "wanted"}
"""Whose names are the provider's or the producer's, or which may be nothing: their inside is not compared."""

ORDERS = [
    {"id": "2001-1", "number": "2001", "product": "11", "language": "en_US"},
    {"id": "2001-2", "number": "2001", "product": "11", "currency": "EURO"},
    {"id": "2002-1", "number": "2002", "product": "MUG"},
]


def created(id: str, number: str, product: str, currency: str = "EUR", language: str = "en") -> dict[str, Any]:  # noqa: A002  the event's own word
    order = {
        "number": number,
        "currency": currency,
        "language": language,
        "placed_at": "2026-11-21T09:30:00Z",
        "customer": {"email": "ida@example.com", "first_name": "Ida", "last_name": "Holm"},
        "items": [
            {"id": "1", "name": "Mug", "quantity": 2, "unit_price": 10, "product_id": product, "variant_id": "111"}
        ],
        "totals": {"grand": 20},
    }
    envelope = {
        "specversion": "1.0",
        "source": "shop/copenhagen",
        "type": "order.created",
        "time": "2026-11-21T09:30:00Z",
    }
    return {**envelope, "id": id, "subject": number, "data": {"order": order}}


@pytest.fixture(scope="module")
def sandbox(running_sandbox: Program) -> Iterator[Program]:
    """With a delivered order that was repaired, one that one vendor rejected, and one that was refused."""
    lines = "".join(f"{json.dumps(created(**told))}\n" for told in ORDERS)
    (running_sandbox.directory / "orders.jsonl").write_text(lines)
    running_sandbox.ran("enqueue", "orders.jsonl", "--wait", code=4)
    with contextlib.chdir(running_sandbox.directory):
        yield running_sandbox


def said(program: Program, line: str) -> Any:
    """What a command of the page prints as JSON: on standard output, or as an error."""
    if " ID" in line:
        line = line.replace("ID", said(program, "dead")[0]["id"])
    if line == "jobs":  # of nothing, so that the letter stays
        said(program, "discard --fingerprint 00000000 --yes --why w")
    ran = CliRunner().invoke(cli, ["--config", program.environ["ORDERCAST_CONFIG"], *shlex.split(line), "--json"])
    return json.loads(ran.stdout or ran.stderr)


def shape(value: Any) -> Any:
    """The names in it and the kind of each value; a list is what its items have in common, ``None`` what is not known."""
    if isinstance(value, dict):
        return {name: None if name in OPEN else shape(part) for name, part in value.items()}
    if isinstance(value, list):
        whole: Any = None
        for item in value:
            whole = merged(whole, shape(item))
        return [whole]
    kinds = {bool: "flag", int: "number", float: "number", str: "text"}
    return kinds.get(type(value))


def merged(one: Any, other: Any) -> Any:
    """Both shapes in one, the first's where they differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        return {name: merged(one.get(name), other.get(name)) for name in {**one, **other}}
    if isinstance(one, list) and isinstance(other, list):
        return [merged(one[0], other[0])]
    return other if one is None else one


def alike(told: Any, real: Any) -> bool:
    """Whether the page's shape is the real one. What is not known on either side agrees with everything."""
    if told is None or real is None:
        return True
    if isinstance(told, dict) and isinstance(real, dict):
        return told.keys() == real.keys() and all(alike(part, real[name]) for name, part in told.items())
    if isinstance(told, list) and isinstance(real, list):
        return alike(told[0], real[0])
    return bool(told == real)


@pytest.mark.timeout(240)
def test_every_command_prints_the_json_that_the_page_shows(sandbox: Program) -> None:
    assert len(COMMANDS) == 20
    for line in COMMANDS:
        [block] = blocks(section(PAGE, f"`ordercast {line}`"), "json")
        told, real = shape(json.loads(block.text)), shape(said(sandbox, line))
        if line == "status --fail-on dead":
            real = {"failures": real["failures"]}
        if line == "providers":
            told[0]["gate"] = None
        if line == "jobs":
            told[0]["results"] = None
        assert alike(told, real), (line, told, real)
        assert real != [None], f"{line} printed nothing to compare with"


def test_another_name_or_another_kind_of_value_is_seen() -> None:
    real = [{"id": "r1", "count": 1, "sample": {"id": "d2"}, "last_at": None}]
    for told in (
        [{"id": "r1", "count": 1, "sample": {"id": "d2"}}],
        [{"id": "r1", "count": "1", "sample": {"id": "d2"}, "last_at": None}],
        [{"id": "r1", "count": 1, "sample": {"name": "d2"}, "last_at": None}],
        {"id": "r1"},
    ):
        assert not alike(shape(told), shape(real))
    assert alike(shape([{"id": "r9", "count": 7, "sample": {"id": "d1"}, "last_at": "2026"}]), shape(real))


def test_the_page_names_every_reason_of_an_error() -> None:
    found = {cls.reason for cls in errors_of(OrdercastError)}
    assert {str(reason) for reason in found} | {"usage"} == set(
        re.findall(r"`(\w+)`", PAGE.partition("`reason` is one of")[2].partition("\n\n")[0])
    )


def errors_of(parent: type[OrdercastError]) -> Iterator[type[OrdercastError]]:
    """An error and all that derive from it, wherever they stand."""
    for path in (ROOT / "worker").rglob("*.py"):
        if re.search(r"^class \w+\(\w*Error\)|reason = \"", path.read_text(), re.MULTILINE):
            __import__(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
    below = [parent]
    for one in below:
        below += one.__subclasses__()
    yield from below


def logged() -> Iterator[tuple[str, set[str]]]:
    """Every call that logs an event by its name, with the fields that it names."""
    for room in ("worker", "tasks"):
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    first = node.args[0] if node.args else None
                    is_log = node.func.attr in ("info", "warning", "error", "critical")
                    if is_log and isinstance(first, ast.Constant) and re.fullmatch(r"[a-z]+\.[a-z]+", str(first.value)):
                        yield str(first.value), {one.arg for one in node.keywords if one.arg}


def rows_of(event: str) -> str:
    """What stands in the tables' rows of an event, here and on the page of alerts."""
    lines = [*section(PAGE, "Log lines").splitlines(), *page("alerts").splitlines()]
    return "\n".join(line for line in lines if re.match(rf"\|[^|]*`{re.escape(event)}`", line))


def test_every_log_line_is_on_the_page_with_every_field() -> None:
    found = list(logged())
    assert len(found) > 20
    for event, fields in found:
        table = re.findall(rf"^\|[^|]*`{re.escape(event)}`", section(PAGE, "Log lines"), re.MULTILINE)
        assert table, event
        assert all(f"`{name}`" in rows_of(event) for name in fields), (event, fields)


@pytest.mark.parametrize(
    "event",
    ["delivery.settled", "delivery.parked", "delivery.dead", "gate.held", "gate.tripped", "gate.paused", "gate.opened",
     "event.refused", "adapter.failed", "loop.recovered"],
)  # fmt: skip
def test_a_line_whose_name_is_chosen_in_the_code_is_on_the_page_too(event: str) -> None:
    assert rows_of(event)
    code = "".join(path.read_text() for room in ("worker", "tasks") for path in Path(ROOT / room).rglob("*.py"))
    assert f'"{event}"' in code
