"""Generators of types come from our JSON Schema to the order and its fields (``make clients``).

They are run as docs/events.md says.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from schemas.json_schema import event_json_schema
from schemas.order_schema import OrderSchema
from tests.clients.clients import PROGRAMS, Missing, npm_installed, pip_installed, run
from tests.fakes.bodies import TYPES, event_body
from tests.schemas.test_mutants import mutant, mutants

pytestmark = [
    pytest.mark.skipif(os.environ.get("ORDERCAST_CLIENTS") != "full", reason="installs generators: make clients"),
    pytest.mark.timeout(300),
]

PYTHON = {"datamodel-code-generator": "0.89.0", "pydantic": "2.14.4"}
NODE = {"json-schema-to-typescript": "16.0.0", "quicktype": "26.0.0", "typescript": "7.0.2"}
ROOT = Path(__file__).parents[2]
EXAMPLES = (ROOT / "examples/orders.jsonl").read_text("utf-8").splitlines()
RIGHT = [
    *map(json.loads, EXAMPLES),
    *map(event_body, TYPES),
    event_body("order.created", {"traceparent": "00-a-b-01", "tenant": "a", "shard": 7, "revision": 3}),
]
FIELDS = set(OrderSchema().fields)


def run_as_documented(generator: str, bin_folder: Path, folder: Path, *more: str) -> None:
    """Run the generator in a folder, with the schema in it; ``more`` are options that the page's line has not."""
    folder.mkdir(exist_ok=True)
    (folder / "schema.json").write_text(json.dumps(event_json_schema()))
    page = (ROOT / "docs/events.md").read_text("utf-8")
    [options] = re.findall(rf"^    {generator} (.*)$", page, re.MULTILINE)
    run([str(bin_folder / generator), *options.split(), *more], folder)


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter that has the generator and pydantic."""
    try:
        return Path(pip_installed(tmp_path_factory.mktemp("pydantic"), "3.11", PYTHON))
    except Missing as lack:
        pytest.skip(f"{lack} is not on this machine")


Model = tuple[Path, Path]
"""The interpreter, and the folder with what was generated."""


@pytest.fixture(scope="module")
def model(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Model:
    folder = tmp_path_factory.mktemp("model")
    run_as_documented("datamodel-codegen", python.parent, folder)
    return python, folder


def judged(model: Model, bodies: list[dict[str, Any]]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What the model says of its order, and of each event."""
    python, folder = model
    (folder / "events.jsonl").write_text("".join(f"{json.dumps(body)}\n" for body in bodies))
    ran = subprocess.run(
        [str(python), str(PROGRAMS / "generated_model.py"), "events.jsonl"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={},
    )
    assert ran.returncode == 0, ran.stderr
    about, *told = map(json.loads, ran.stdout.splitlines())
    assert len(told) == len(bodies)
    return about, told


def test_the_generated_pydantic_model_has_the_order_with_all_its_fields(model: Model) -> None:
    about, _ = judged(model, [])
    assert about == {"order": "Order", "fields": sorted(FIELDS)}


def test_the_generated_pydantic_model_takes_every_example_and_writes_it_again_as_it_was(model: Model) -> None:
    _, told = judged(model, RIGHT)
    assert [one["kept"] for one in told] == RIGHT


def test_the_generated_pydantic_model_refuses_nothing_that_is_taken(model: Model) -> None:
    bodies = [mutant(kind, path, value) for kind, path, value, is_taken in mutants() if is_taken]
    _, told = judged(model, bodies)
    assert [body for body, one in zip(bodies, told, strict=True) if not one["taken"]] == []


@pytest.mark.parametrize(
    ("event_type", "changes"),
    [
        ("order.created", {"specversion": "0.3"}),
        ("order.created", {"time": "2026-02-29T09:30:00Z"}),
        ("order.created", {"data": {}}),
        ("order.created", {"data.order.currency": "EURO"}),
        ("order.created", {"data.order.shoe_size": "42"}),
        ("order.created", {"data.order.items": [{"id": "1"}]}),
        ("order.created", {"data.order.items.0.unit_price": "-1"}),
        ("order.refunded", {"data.refund": {}}),
        ("order.refunded", {"data.refund": {"lines": [{"quantity": "1"}]}}),
        ("order.noted", {"data.note": {"text": " "}}),
    ],
)
def test_the_generated_pydantic_model_refuses_what_is_plainly_wrong(
    model: Model, event_type: str, changes: dict[str, Any]
) -> None:
    _, [told] = judged(model, [event_body(event_type, changes)])
    assert not told["taken"]


def test_with_strict_types_the_pydantic_model_converts_nothing_and_takes_no_7_0_for_a_whole_number(
    python: Path, tmp_path: Path
) -> None:
    run_as_documented("datamodel-codegen", python.parent, tmp_path, "--strict-types", "str", "int", "float", "bool")
    cases = mutants()
    _, told = judged((python, tmp_path), [mutant(kind, path, value) for kind, path, value, _ in cases])
    judgements = [
        (path, value, is_taken, one["taken"]) for (_, path, value, is_taken), one in zip(cases, told, strict=True)
    ]
    refused = [(path, value) for path, value, is_taken, is_taken_here in judgements if is_taken and not is_taken_here]
    taken = [value for _, value, is_taken, is_taken_here in judgements if is_taken_here and not is_taken]
    assert refused == [("id", 7.0), ("revision", 3.0), ("data.order.customer.id", 7.0)]
    assert not [value for value in taken if isinstance(value, str | int | float) and value != "x"]  # "x": wrong names


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("typescript")
    try:
        npm_installed(folder, NODE)
    except Missing as lack:
        pytest.skip(f"{lack} is not on this machine")
    return folder


def compiled(packages: Path, generator: str, programs: list[str]) -> str:
    """The types that were generated, once ``tsc --strict`` has compiled the programs and all right events with them."""
    folder, bin_folder = packages / generator, packages / "node_modules/.bin"
    run_as_documented(generator, bin_folder, folder)
    head = 'import type { CanonicalOrderEvent } from "./events";\nexport const right: CanonicalOrderEvent[] = '
    (folder / "right.ts").write_text(head + json.dumps(RIGHT))
    for program in programs:
        shutil.copy(PROGRAMS / program, folder)
    run([str(bin_folder / "tsc"), "--strict", "--noEmit", "right.ts", *programs], folder)
    return (folder / "events.ts").read_text()


def interface(types: str, name: str) -> set[str]:
    """The names of an interface's fields."""
    found = re.search(rf"^export interface {name} \{{$(.*?)^\}}$", types, re.MULTILINE | re.DOTALL)
    assert found, f"no interface {name}"
    return set(re.findall(r"^ +(\w+)\??:", found[1], re.MULTILINE))


def test_json_schema_to_typescript_gives_an_order_that_compiles_strictly(packages: Path) -> None:
    """Its ``minItems`` is none of ours: it takes the names of fields for words of JSON Schema, and one of them is ``items``."""
    types = compiled(packages, "json2ts", ["typed_events.ts", "typed_strictly.ts"])
    assert interface(types, "Order") == FIELDS | {"minItems"}


def test_quicktype_gives_an_order_that_compiles_strictly(packages: Path) -> None:
    """It makes one type of all that ``data`` may be, with every field optional: so an order is what a cancellation may have."""
    types = compiled(packages, "quicktype", ["typed_events.ts"])
    assert interface(types, "Order") == FIELDS
