"""The ledger's Lua library: a part is one table, a step knows of its call what it asked for, and there is room for more."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter

import pytest
from redis.exceptions import ResponseError

from tests.fakes.ledger import BURY, BURY_UNKNOWN, REJECTED, UNAVAILABLE, UNKNOWN, Ledger, action, park, snapshot
from tests.fakes.luatext import (
    ROOT,
    SCRIPTS,
    LuaText,
    fields_written,
    named_of_all,
    of_request,
    parts,
    set_of_request,
    steps,
)
from worker.ledger.claims import ClaimAnswer, ClaimRecord
from worker.ledger.store.keys import DELIVERY_FIELDS
from worker.ledger.store.library import STEPS, library, part_names

MOST_LOCALS = 200
"""Lua 5.1's, of a function; a library is one, and does not load with more."""

PARTS = parts()
ON_THE_LEDGER = {name: text for name, text in steps().items() if name in STEPS}
ALL = {**{f"lib/{name}": text for name, text in PARTS.items()}, **ON_THE_LEDGER}
FUNCTIONS = {name: body for part in PARTS.values() for name, body in part.functions.items()}
IN_TABLES = {f"{name}.{field}" for name, part in PARTS.items() for field in part.in_table}
DEFINED = {*FUNCTIONS, *IN_TABLES, *(f"{name}.{field}" for name, part in PARTS.items() for field in part.set_later)}


def test_the_server_takes_the_library_and_lists_all_steps(ledger: Ledger) -> None:
    ledger.store.load()
    name = library().text.partition("\n")[0].removeprefix("#!lua name=")
    [listed] = ledger.store.client.function_list(library=name)
    functions = dict(zip(listed[::2], listed[1::2], strict=True))[b"functions"]
    assert {one[1].decode() for one in functions} == set(library().functions.values())


def test_the_library_uses_less_than_a_quarter_of_the_local_names_that_there_are(ledger: Ledger) -> None:
    """By trial: as many more as still load."""
    used = next(count for count in range(MOST_LOCALS) if _loads(ledger, MOST_LOCALS - count))
    assert used < 50


def _loads(ledger: Ledger, more: int) -> bool:
    head, _, text = library().text.partition("\n")
    assert head
    names = ", ".join(f"more_{number}" for number in range(more))
    renamed = text.replace("name='ordercast_", "name='counted_")
    try:
        ledger.store.client.function_load(f"#!lua name=counted\n{renamed}\nlocal {names}\n", replace=True)
    except ResponseError as error:
        if "more than 200 local variables" not in str(error):
            raise
        return False
    ledger.store.client.function_delete("counted")
    return True


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
def test_a_part_is_one_table_under_the_name_of_its_file(part: LuaText) -> None:
    top = re.findall(r"^(?:local |function )[^\n]*", part.bare, re.MULTILINE)
    assert top[0].startswith(f"local {part.name} = {{")
    assert not [line for line in top[1:] if not line.startswith(f"function {part.name}.")]
    assert part.text.endswith(f"\n\nreturn {part.name}\n")


def test_what_a_file_names_of_a_part_is_there() -> None:
    assert not [
        (name, said) for name, file in ALL.items() for said in named_of_all(PARTS, file.bare) if said not in DEFINED
    ]


def test_what_a_part_has_is_used() -> None:
    mentions = Counter(name for file in ALL.values() for name in named_of_all(PARTS, file.bare))
    said_once = {name for name in DEFINED if mentions[name] == 1} - IN_TABLES
    said_never = {name for name in IN_TABLES if not mentions[name]}
    assert said_once | said_never == {"request.new", "gate.write_put_off"}  # what library.py calls


def test_no_local_name_is_also_the_name_of_a_part() -> None:
    assert not [(name, said) for name, file in ALL.items() for said in file.locals & {*PARTS, "r", "K"}]


def test_the_request_has_the_fields_that_its_list_names() -> None:
    [listed] = re.findall(r"Its fields:\n(.*?)\nlocal request", PARTS["request"].text, re.DOTALL)
    lines = [line.removeprefix("--   ").split("  ")[0].split(":")[0] for line in listed.splitlines() if "--   " in line]
    named = {name.strip() for line in lines for name in line.split(",")}
    made = set(re.findall(r"(\w+) = ", FUNCTIONS["request.new"].partition("return")[2]))
    assert made <= named
    assert named == made | {name for file in ALL.values() for name in of_request(file.bare)}


@pytest.mark.parametrize("step", ON_THE_LEDGER.values(), ids=ON_THE_LEDGER)
def test_a_step_has_set_what_it_may_ask_of_the_request(step: LuaText) -> None:
    """In all functions that it may come to. What one part leaves unset, for another to find so, is said here."""
    reached = [step.bare, FUNCTIONS["request.new"], FUNCTIONS["gate.write_put_off"]]
    seen: set[str] = set()
    for text in reached:
        new = {*named_of_all(FUNCTIONS, text)} - seen
        seen |= new
        reached += [FUNCTIONS[name] for name in sorted(new)]
    asked = {name for text in reached for name in of_request(text)}
    made = set(re.findall(r"(\w+) = (?!nil)", FUNCTIONS["request.new"].partition("return")[2]))
    was_set = {name for text in reached for name in set_of_request(text)} | made
    assert asked - was_set <= {"put_off", "fingerprint"}


def test_a_delivery_has_the_fields_that_the_map_names() -> None:
    written = {field for file in ALL.values() for field in fields_written(file.code)}
    assert written == set(DELIVERY_FIELDS)


def test_what_is_written_of_a_delivery_is_in_the_map(ledger: Ledger) -> None:
    """As far as one of each kind of end goes; the names in the Lua text are all compared above."""
    ledger.accept(snapshot("e1"), snapshot("e2", number="1002"), snapshot("e3", number="1003"), action("a1"))
    ledger.finish(ledger.claim(), UNAVAILABLE, park(5))
    ledger.finish(ledger.claim(), REJECTED, BURY)
    ledger.finish(ledger.claim(), UNKNOWN, BURY_UNKNOWN)
    client = ledger.store.client
    kept = [client.hkeys(key) for key in client.keys(ledger.store.keys.tag + "dl:*")]
    assert len(kept) == 3
    assert {name.decode() for names in kept for name in names} <= set(DELIVERY_FIELDS)


def test_python_reads_a_claim_by_the_names_that_its_writer_gives() -> None:
    [form] = re.findall(r"^-- A claim as it is kept: ([\w|]+)", PARTS["claim_record"].text)
    assert tuple(form.split("|")) == ClaimRecord._fields
    written = FUNCTIONS["claim_record.format"].partition("return")[2]
    assert (
        tuple(name for name in re.findall(r"\b(?:c\.)?(\w+)\b", written) if name in ClaimRecord._fields)
        == ClaimRecord._fields
    )


def test_python_reads_an_answer_by_the_names_that_its_writer_gives() -> None:
    lines = re.findall(r"^--   (?:answer: |past: )?([a-z_ ]+)$", PARTS["claim"].text, re.MULTILINE)
    assert tuple(" ".join(lines).split()) == ClaimAnswer._fields


def test_the_linter_knows_the_parts_that_there_are() -> None:
    config = (ROOT / ".luacheckrc").read_text()
    [listed] = re.findall(r'"K", "BY_HAND",\n(.*?)\n}', config, re.DOTALL)
    assert re.findall(r'"(\w+)"', listed) == part_names() == list(PARTS)


@pytest.mark.skipif(shutil.which("luacheck") is None, reason="luacheck is not there (Debian: lua-check)")
def test_the_linter_finds_nothing() -> None:
    done = subprocess.run(["luacheck", "-q", str(SCRIPTS)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
