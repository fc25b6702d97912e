#!/usr/bin/env bash
# PyPI datamodel-code-generator 0.89.0: patternProperties beside properties are left out, and the model refuses a right order.
#
# Expected: a model that takes what the schema takes; or, since a class cannot say it, one that is open, or a word about it.
# Seen: of properties, patternProperties and additionalProperties: false the first and the last go into the pydantic model:
# extra='forbid' without the pattern. {"number": "1001", "x-gift": "yes"}, which jsonschema takes, is refused. Nothing is said
# and the program ends well. Without properties the same pattern is read: a dict with constr(pattern='^x-') for its names.
# Who is hurt: a receiver that checks an order with the model: the first sender that uses a name which the schema was opened
# for gets a 4xx. Give --generate-schema-validators (experimental, says --help): names and values are then checked as the schema
# has it; or --extra-fields allow, which takes every name.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check datamodel-code-generator==0.89.0 pydantic==2.14.4 jsonschema==4.26.0 \
  2>/dev/null
cat >show.py <<'PY'
import json
import runpy
import subprocess
from pathlib import Path

from jsonschema import Draft202012Validator
from pydantic import ValidationError

pattern = {"patternProperties": {"^x-": {"type": "string"}}, "additionalProperties": False}
schema = {"title": "Order", "type": "object", "properties": {"number": {"type": "string"}}, **pattern}
Draft202012Validator.check_schema(schema)
orders = {"right": {"number": "1001", "x-gift": "yes"}, "wrong value": {"x-gift": 5}, "wrong name": {"gift": "yes"}}


def written(source, *options):
    Path("order.json").write_text(json.dumps(source))
    done = subprocess.run(["venv/bin/datamodel-codegen", "--input", "order.json", "--input-file-type", "jsonschema",
                           "--output-model-type", "pydantic_v2.BaseModel", "--formatters", "builtin", "--output", "order.py",
                           *options], check=True, capture_output=True, text=True)
    return Path("order.py").read_text(), done.stdout + done.stderr


def taken(*options):
    text, said = written(schema, *options)
    model = runpy.run_path("order.py")["Order"]
    return text, said, {name: takes(model, order) for name, order in orders.items()}


def takes(model, order):
    try:
        model.model_validate(order)
    except ValidationError:
        return False
    return True


by_schema = {name: Draft202012Validator(schema).is_valid(order) for name, order in orders.items()}
text, said, by_model = taken()
_, _, by_checked_model = taken("--generate-schema-validators")
_, _, by_open_model = taken("--extra-fields", "allow")
alone, _ = written({"title": "Order", "type": "object", **pattern})
print(f"the schema takes:             {by_schema}")
print(f"the model takes:              {by_model}")
print(f"--generate-schema-validators: {by_checked_model}")
print(f"--extra-fields allow:         {by_open_model}")
print(f"it says: {said!r}")
print(text[text.index("class Order"):])
print(alone[alone.index("class Order"):])
assert by_schema == {"right": True, "wrong value": False, "wrong name": False}
assert by_model == {"right": False, "wrong value": False, "wrong name": False}
assert by_checked_model == by_schema
assert by_open_model == {"right": True, "wrong value": True, "wrong name": True}
assert "extra='forbid'" in text and "x-" not in text and said == ""
assert "dict[constr(pattern=r'^x-'), str]" in alone
PY
venv/bin/python show.py
