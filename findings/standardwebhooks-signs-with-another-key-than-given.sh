#!/usr/bin/env bash
# PyPI standardwebhooks 1.1.0 beside npm standardwebhooks 1.1.1: one secret, written URL-safe, and two answers.
#
# Expected: a secret with "-" or "_" (whsec_ and secrets.token_urlsafe(32), Python's own way to make one) is read as
# URL-safe base64 or refused; and the two packages of one project agree.
# Seen: the Python package leaves such letters out without a word and signs with what is left: 31 or 30 bytes instead of 32.
# It agrees with itself, so a test within Python passes. Of 32 bytes it raises where two letters fall out, and not where one
# or three do; a secret that happens to have none is right. The npm package refuses the secret; given the same 32 bytes
# in standard base64 it refuses the signature.
# Who is hurt: who signs order events in Python for a receiver in another language: "No matching signature found", about
# three secrets in four, and none of them in the tests of either side. Make secrets with base64.b64encode(token_bytes(32)).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check standardwebhooks==1.1.0 2>/dev/null
npm install --silent --no-audit --no-fund --prefix "$work" standardwebhooks@1.1.1 >/dev/null
# 32 bytes each, made for this test; in URL-safe base64 they have none, one, two and three of "-" and "_"
cat >sign.py <<'PY'
import base64
import hashlib
import json
from datetime import UTC, datetime

from standardwebhooks import Webhook

keys = [hashlib.sha256(f"test {number}".encode()).digest() for number in range(1000)]
safely = {key: base64.urlsafe_b64encode(key).decode().rstrip("=") for key in keys}
now = datetime.now(UTC)
rows = []
for letters in range(4):
    key = next(key for key in keys if safely[key].count("-") + safely[key].count("_") == letters)
    row = {"letters": letters, "safe": f"whsec_{safely[key]}", "standard": base64.b64encode(key).decode()}
    try:
        own = Webhook(row["safe"])
        row["headers"] = {"webhook-id": "evt-1", "webhook-timestamp": str(int(now.timestamp())),
                          "webhook-signature": own.sign("evt-1", now, '{"number":"1001"}')}
        row["python"] = str(own.verify('{"number":"1001"}', row["headers"]))
    except ValueError as error:
        row["python"] = type(error).__name__
    rows.append(row)
print(json.dumps(rows))
PY
venv/bin/python sign.py >rows.json
node --input-type=module - <<'JS'
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Webhook } from 'standardwebhooks'

const fault = (act) => { try { return JSON.stringify(act()) } catch (error) { return error.message } }
const seen = JSON.parse(readFileSync('rows.json', 'utf8')).map((row) => [
  row.letters,
  row.python,
  row.headers ? fault(() => new Webhook(row.safe).verify('{"number":"1001"}', row.headers)) : 'nothing to verify',
  row.headers ? fault(() => new Webhook(row.standard).verify('{"number":"1001"}', row.headers)) : 'nothing to verify',
])
for (const [letters, python, safe, standard] of seen)
  console.log(`${letters} of - and _: Python ${python}; npm, same text: ${safe}; npm, same 32 bytes: ${standard}`)
const order = '{"number":"1001"}'
const refused = 'Base64Coder: incorrect characters for decoding'
assert.deepEqual(seen, [
  [0, "{'number': '1001'}", order, order],
  [1, "{'number': '1001'}", refused, 'No matching signature found'],
  [2, 'Error', 'nothing to verify', 'nothing to verify'],
  [3, "{'number': '1001'}", refused, 'No matching signature found'],
])
JS
