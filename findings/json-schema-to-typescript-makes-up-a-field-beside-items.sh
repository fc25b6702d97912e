#!/usr/bin/env bash
# npm json-schema-to-typescript 16.0.0: a definition with a property named "items" gets a field minItems that no one wrote.
#
# Expected: the interface has the definition's own properties, as it has when the property is named "lines".
# Seen: once the definition is referred to under if, then or else too, "minItems?: 0" stands beside "items". The program takes
# what is under these words for a map of schemas, so it takes the definition's "properties" for a schema, sees "items" in it,
# hence an array, and writes the minItems that it gives to every array. Its issue 626 is another fault of the same cause.
# Who is hurt: whoever makes types of an order, a basket or a parcel, where "items" is the usual name: the types take
# {"items": [...], "minItems": 0}, which the schema refuses, and nothing says that the field is none.
# Give --ignoreMinAndMaxItems (lists that need an entry are then plain lists), or leave the line out by hand.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix "$work" json-schema-to-typescript@16.0.0 ajv@8.20.0 >/dev/null
cat >show.mjs <<'JS'
import assert from 'node:assert/strict'
import Ajv from 'ajv/dist/2020.js'
import { compile } from 'json-schema-to-typescript'

const order = (list, conditional = true) => ({
  title: 'Order',
  type: 'object',
  properties: { status: { enum: ['draft', 'paid'] }, basket: { $ref: '#/$defs/Basket' } },
  ...(conditional && {
    if: { properties: { status: { const: 'paid' } } },
    then: { properties: { basket: { $ref: '#/$defs/Basket' } }, required: ['basket'] },
  }),
  $defs: {
    Basket: {
      type: 'object',
      properties: { [list]: { type: 'array', items: { type: 'string' } } },
      additionalProperties: false,
    },
  },
})
const basket = async (schema, options) => {
  const text = await compile(schema, 'Order', { bannerComment: '', ...options })
  const [, fields] = text.match(/interface Basket \{([^}]*)\}/)
  return fields.trim().split(/\s*\n\s*/)
}

const takes = new Ajv().compile(order('items'))
const seen = {
  'items, if and then': await basket(order('items')),
  'items, neither': await basket(order('items', false)),
  'lines, if and then': await basket(order('lines')),
  'items, --ignoreMinAndMaxItems': await basket(order('items'), { ignoreMinAndMaxItems: true }),
}
for (const [what, fields] of Object.entries(seen)) console.log(`${what}: ${fields.join(' ')}`)
const answers = [{ items: ['cup'] }, { items: ['cup'], minItems: 0 }].map((it) => takes({ status: 'paid', basket: it }))
console.log(`the schema takes a basket without minItems: ${answers[0]}, with minItems: ${answers[1]}`)
assert.deepEqual(seen['items, if and then'], ['items?: string[];', 'minItems?: 0;'])
assert.deepEqual(seen['items, neither'], ['items?: string[];'])
assert.deepEqual(seen['lines, if and then'], ['lines?: string[];'])
assert.deepEqual(seen['items, --ignoreMinAndMaxItems'], ['items?: string[];'])
assert.deepEqual(answers, [true, false])
JS
node show.mjs
