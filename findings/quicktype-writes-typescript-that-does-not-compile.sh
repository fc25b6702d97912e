#!/usr/bin/env bash
# npm quicktype 26.0.0 with TypeScript 7.0.2: a schema for all other properties makes an interface that tsc --strict refuses.
#
# Expected: types that compile, as json-schema-to-typescript 16.0.0 makes of the same schema.
# Seen: "[property: string]: string" stands beside "buyer?: Buyer". TypeScript holds such a line to be about every property, so
# tsc says TS2411 and ends with an error. An optional text beside texts is enough: its type is "string | undefined". quicktype
# itself ends well and says nothing. Its issue 3123 tells of this and is closed; 26.0.0 has the fault still.
# Who is hurt: whoever makes types of an order that may have further fields of one kind (notes, attributes, extensions) in a
# build: the build stops at a file that nobody wrote.
# Give quicktype a copy of the schema with additionalProperties: true, or use json-schema-to-typescript.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix "$work" quicktype@26.0.0 typescript@7.0.2 json-schema-to-typescript@16.0.0 \
  ajv@8.20.0 >/dev/null
cat >show.mjs <<'JS'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import Ajv from 'ajv/dist/2020.js'

const run = (program, ...words) => spawnSync(`node_modules/.bin/${program}`, words, { encoding: 'utf8' })
const order = (properties, additionalProperties) => ({ title: 'Order', type: 'object', properties, additionalProperties })
const made = {
  quicktype: () => run('quicktype', '--src-lang', 'schema', '--lang', 'typescript', '--just-types', '--top-level', 'Order',
    '--out', 'order.ts', 'order.json'),
  json2ts: () => run('json2ts', '--input', 'order.json', '--output', 'order.ts'),
}
const compiled = (program, schema) => {
  writeFileSync('order.json', JSON.stringify(schema))
  const { status, stderr } = made[program]()
  assert.deepEqual([status, stderr], [0, ''])
  const tsc = run('tsc', '--strict', '--noEmit', 'order.ts')
  return tsc.status === 0 ? 'compiles' : tsc.stdout.trim()
}

const text = { type: 'string' }
const buyer = { type: 'object', properties: { name: text } }
const mixed = order({ buyer }, text)
const seen = {
  'buyer beside texts': compiled('quicktype', mixed),
  'text beside texts': compiled('quicktype', order({ number: text }, text)),
  'buyer beside anything': compiled('quicktype', order({ buyer }, true)),
  'buyer beside texts, json-schema-to-typescript': compiled('json2ts', mixed),
}
for (const [what, answer] of Object.entries(seen)) console.log(`${what}: ${answer}`)
const taken = new Ajv().compile(mixed)({ buyer: { name: 'Ada' }, note: 'ring twice' })
console.log(`the schema takes an order with a buyer and a note: ${taken}`)
const refused = (property, type) => `order.ts(2,5): error TS2411: Property '${property}' of type '${type} | undefined' `
  + "is not assignable to 'string' index type 'string'."
assert.deepEqual(Object.values(seen), [refused('buyer', 'Buyer'), refused('number', 'string'), 'compiles', 'compiles'])
assert.equal(taken, true)
JS
node show.mjs
