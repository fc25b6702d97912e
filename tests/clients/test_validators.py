"""ajv, as npm has it, reads our JSON Schema as it is meant (``make clients``): for every mutant, the verdict written by hand."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from schemas.json_schema import event_json_schema
from tests.clients.clients import PROGRAMS, Missing, npm_installed
from tests.schemas.test_mutants import mutant, mutants

pytestmark = pytest.mark.skipif(os.environ.get("ORDERCAST_CLIENTS") != "full", reason="installs ajv: make clients")

PACKAGES = {"ajv": "8.20.0", "ajv-formats": "3.0.1"}
MUTANTS = mutants()
BODIES = [mutant(kind, path, value) for kind, path, value, _ in MUTANTS]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the packages, the schema and the mutants in it."""
    made = tmp_path_factory.mktemp("ajv")
    try:
        npm_installed(made, PACKAGES)
    except Missing as lack:
        pytest.skip(f"{lack} is not on this machine")
    (made / "schema.json").write_text(json.dumps(event_json_schema()))
    (made / "events.jsonl").write_text("".join(f"{json.dumps(body)}\n" for body in BODIES))
    return made


def asked(folder: Path, entry: str, *, with_formats: bool) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What came of compiling the schema, and the verdict on each mutant."""
    program, formats = str(PROGRAMS / "ajv_verdicts.cjs"), "yes" if with_formats else "no"
    ran = subprocess.run(
        ["node", program, entry, formats, "schema.json", "events.jsonl"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    compiled, *verdicts = [json.loads(line) for line in ran.stdout.split("\n") if line]  # U+2028 stands in some lines
    return compiled, verdicts


@pytest.mark.timeout(300)
@pytest.mark.parametrize("with_formats", [False, True], ids=["ajv alone", "with ajv-formats"])
def test_ajv_compiles_the_schema_strictly_without_a_word_and_judges_every_mutant_rightly(
    folder: Path, with_formats: bool
) -> None:
    compiled, verdicts = asked(folder, "ajv/dist/2020", with_formats=with_formats)
    assert compiled == {"error": None, "said": []}
    assert len(verdicts) == len(MUTANTS)
    others = [case for case, told in zip(MUTANTS, verdicts, strict=True) if told["taken"] != case[3]]
    assert others == []


@pytest.mark.timeout(300)
def test_no_mutant_is_another_one_in_javascript(folder: Path) -> None:
    """So none is left out above. The whole numbers past 2^53 among them are doubles, half characters are texts there, and
    7.0, which is written as 7, is equal to it. A mutant that JavaScript cannot hold has to be left out by name."""
    _, verdicts = asked(folder, "ajv/dist/2020", with_formats=False)
    others = [told["read"] for body, told in zip(BODIES, verdicts, strict=True) if told["read"] != body]
    assert others == []


@pytest.mark.timeout(300)
def test_the_plain_entry_of_ajv_does_not_know_the_draft(folder: Path) -> None:
    compiled, verdicts = asked(folder, "ajv", with_formats=False)
    assert compiled["error"] == 'no schema with key or ref "https://json-schema.org/draft/2020-12/schema"'
    assert verdicts == []
