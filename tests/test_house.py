"""The house's rules that a machine can read: sizes, names, locks, and words that may not be committed."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from schemas import providers as kinds
from worker.providers import KINDS, adapter

ROOT = Path(__file__).parents[1]
CODE = sorted(path for room in ("schemas", "worker", "tasks") for path in (ROOT / room).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
SCRIPTS = sorted((ROOT / "worker").rglob("*.lua"))
STEPS = [path for path in SCRIPTS if path.parent.name == "scripts"]
LOCKS = [ROOT / "requirements.lock", ROOT / "requirements-dev.lock"]

MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 30
MAX_STEP_LINES = 60
LUA_FUNCTION = re.compile(r"^function (?:[^\n]* end|.*?^end)$", re.MULTILINE | re.DOTALL)
GRAB_BAGS = {"common", "core", "handlers", "helpers", "managers", "misc", "services", "utils"}
BANNED_WORDS = re.compile(r"(^|_)(manager|handler|helper|utils?|processor)s?(_|$)", re.IGNORECASE)
BANNED_NAMES = {"data", "info"}
BANNED_VERBS = re.compile(r"^_*(do|process)(_|$)")
UNITLESS = re.compile(r"(^|_)(timeout|delay|ttl|interval|duration)$")

FOREIGN_ARGUMENTS = {
    ("_client", "socket_timeout"),  # redis-py's
    ("_deserialize", "data"),  # marshmallow's
    ("deserialize", "data"),  # marshmallow's
    ("send", "data"),  # http.client's
}
"""Arguments whose names are not ours to choose, by function."""


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def variables(path: Path) -> Iterator[tuple[str, int]]:
    """Every name that a file gives to an argument or a variable. Attributes and the fields of a class are none."""
    for function in functions(path):
        arguments = function.args
        for argument in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]:
            if (function.name, argument.arg) not in FOREIGN_ARGUMENTS:
                yield argument.arg, argument.lineno
    tree = list(ast.walk(ast.parse(path.read_text())))
    shapes = [part for node in tree if isinstance(node, ast.ClassDef) for part in node.body]
    fields = {id(part.target) for part in shapes if isinstance(part, ast.AnnAssign)}
    fields |= {id(name) for part in shapes if isinstance(part, ast.Assign) for name in part.targets}
    for node in tree:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and id(node) not in fields:
            yield node.id, node.lineno


def definitions(path: Path) -> Iterator[tuple[str, int]]:
    """The name of every function and class, a class's in the form of a function's."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield re.sub(r"(?<=[a-z])(?=[A-Z])", "_", node.name), node.lineno


def shown(path: Path, line: int, what: str) -> str:
    return f"{path.relative_to(ROOT)}:{line} {what}"


def test_no_file_is_past_three_hundred_lines() -> None:
    long = [
        shown(path, lines, "lines")
        for path in CODE + TESTS
        if (lines := len(path.read_text().splitlines())) > MAX_FILE_LINES
    ]
    assert not long


def test_nine_functions_in_ten_are_under_thirty_lines() -> None:
    lengths = [(node.end_lineno or 0) - node.lineno + 1 for path in CODE for node in functions(path)]
    assert sum(length > MAX_FUNCTION_LINES for length in lengths) <= len(lengths) / 10


def test_no_step_in_lua_is_past_sixty_lines_and_no_part_past_three_hundred() -> None:
    bars = {path: MAX_STEP_LINES if path in STEPS else MAX_FILE_LINES for path in SCRIPTS}
    assert not [shown(path, 0, "is long") for path, most in bars.items() if len(path.read_text().splitlines()) > most]


def test_nine_functions_in_ten_of_the_lua_parts_are_under_thirty_lines() -> None:
    parts = [path.read_text() for path in SCRIPTS if path not in STEPS]
    lengths = [len(found[0].splitlines()) for text in parts for found in re.finditer(LUA_FUNCTION, text)]
    assert lengths
    assert sum(length > MAX_FUNCTION_LINES for length in lengths) <= len(lengths) / 10


def test_a_step_in_lua_says_what_it_takes_what_it_returns_and_why_it_is_atomic() -> None:
    """In the comment at its top. Arguments are said where there are any."""
    silent = [
        shown(path, 1, word)
        for path in STEPS
        for head, body in [re.findall(r"\A((?:--.*\n)+)(.*)", path.read_text(), re.DOTALL)[0]]
        for word in ("KEYS", "Returns ", "\n-- Atomic because: ", *(["ARGV"] if "ARGV" in body else []))
        if word not in head
    ]
    assert not silent


def test_no_module_is_a_grab_bag() -> None:
    assert not [path for path in CODE if {path.stem, path.parent.name} & GRAB_BAGS]


def test_no_variable_has_a_name_that_says_nothing() -> None:
    found = [shown(path, line, name) for path in CODE for name, line in variables(path) if name in BANNED_NAMES]
    assert not found


def test_no_function_or_class_has_a_name_that_fits_everything() -> None:
    found = [
        shown(path, line, name)
        for path in CODE
        for name, line in definitions(path)
        if BANNED_WORDS.search(name) or BANNED_VERBS.search(name)
    ]
    assert not found


def test_no_class_of_the_ledger_has_the_name_of_another_one() -> None:
    found: dict[str, list[Path]] = {}
    for path in sorted((ROOT / "worker" / "ledger").rglob("*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found.setdefault(node.name, []).append(path)
    assert not {name: paths for name, paths in found.items() if len(paths) > 1}


def test_no_time_goes_without_its_unit() -> None:
    """But for the configuration's table ``timeout``, in which each figure has its own."""
    table = re.compile(r"\btimeout: Timeout\b|\btimeout = \S+\.timeout$")
    found = [
        shown(path, line, name)
        for path in CODE
        for name, line in variables(path)
        if UNITLESS.search(name) and not table.search(path.read_text().splitlines()[line - 1])
    ]
    assert not found


def test_nothing_is_left_for_later_and_nothing_is_hushed_without_a_reason() -> None:
    smell = re.compile(
        r"\b(TO" r"DO|FIX" r"ME)\b|pragma: no" r" cover|# type: ig" r"nore(?!\[)|# no" r"qa(?!: [A-Z]+\d+)"
    )
    found = [
        shown(path, number, line.strip())
        for path in [*CODE, *TESTS, *SCRIPTS]
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if smell.search(line)
    ]
    assert not found


def test_no_test_sleeps() -> None:
    found = [
        shown(path, 0, "sleeps")
        for path in TESTS
        if re.search(r"\btime\.sle" r"ep\(|from time import .*sle" r"ep", path.read_text())
    ]
    assert not found


def test_every_test_is_named_by_a_sentence() -> None:
    short = [
        shown(path, node.lineno, node.name)
        for path in TESTS
        if path.name.startswith("test_")
        for node in functions(path)
        if node.name.startswith("test_") and node.name.count("_") < 3
    ]
    assert not short


def test_no_file_names_a_registry_or_a_machine() -> None:
    hosts = re.compile(r"/(wo" r"rk|fa" r"rm)/|python" r"hosted|pypi\." r"org|registry\.npm|debian\.org/deb" r"ian")
    suffixes = {".py", ".lua", ".toml", ".lock", ".md", ".yml", ".example", ""}
    skipped = {".git", ".venv", ".hypothesis", "var"}
    files = (
        path
        for top in ROOT.iterdir()
        if top.name not in skipped and not top.name.endswith("_cache")
        for path in ([top] if top.is_file() else top.rglob("*"))
    )
    found = [
        shown(path, 0, "")
        for path in files
        if path.is_file() and path.suffix in suffixes and hosts.search(path.read_text(errors="replace"))
    ]
    assert not found


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_names_no_host_and_hashes_everything(lock: Path) -> None:
    text = lock.read_text()
    pins = re.findall(r"^\S+==.*(?:\n .*)*", text, re.MULTILINE)
    assert "://" not in text
    assert pins
    assert not [pin for pin in pins if "--hash=sha256:" not in pin]


@pytest.mark.parametrize(("lock", "groups"), [(LOCKS[0], ["build"]), (LOCKS[1], ["build", "dev"])], ids=["run", "dev"])
def test_a_lock_pins_what_the_project_asks_for(lock: Path, groups: list[str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = [
        *project["project"]["dependencies"],
        *(text for group in groups for text in project["dependency-groups"][group]),
    ]
    pins = {
        canonicalize_name(name): version
        for name, version in re.findall(r"^([A-Za-z0-9_.-]+)==(\S+)", lock.read_text(), re.MULTILINE)
    }
    wanting = [
        text
        for text in asked
        if not Requirement(text).specifier.contains(pins.get(canonicalize_name(Requirement(text).name), "0"))
    ]
    assert not wanting


def test_the_written_lists_of_kinds_are_one() -> None:
    assert list(KINDS) == list(kinds.OPTIONS) == list(kinds.DEFAULTS)


@pytest.mark.parametrize("kind", kinds.OPTIONS)
def test_a_kind_is_configured_with_the_defaults_that_its_adapter_states(kind: str) -> None:
    found, stated = adapter(kind), kinds.defaults(kind)
    assert found.kind == kind
    assert found.default_base_url == stated.base_url
    assert found.default_max_in_flight == stated.max_in_flight
    assert found.default_rate == ((stated.rate.per_second, stated.rate.burst) if stated.rate else None)


def room_of(path: Path) -> str:
    """The package under ``worker`` that a file stands in, or ``schemas`` or ``tasks``."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[1] if parts[0] == "worker" and len(parts) > 1 else parts[0]


def test_no_public_class_has_its_name_in_two_rooms() -> None:
    rooms: dict[str, set[str]] = {}
    for path in CODE:
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                rooms.setdefault(node.name, set()).add(room_of(path))
    assert not {name: sorted(found) for name, found in rooms.items() if len(found) > 1}
