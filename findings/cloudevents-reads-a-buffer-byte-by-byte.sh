#!/usr/bin/env bash
# npm cloudevents 10.0.0: HTTP.toEvent with the body as a Buffer makes an event out of its bytes, and says nothing.
#
# Expected: the event that is in the body, as from the same body as text; or an error.
# Seen: for application/cloudevents+json each byte becomes an attribute, "0": 123, "1": 34 and so on; id and time are made
# up, anew for each call; type, source and data are undefined; nothing is raised. The same Buffer as a batch, or as the data
# of an event whose attributes are headers, is read. Only event.validate() refuses it, and toEvent does not call that.
# Who is hurt: a receiver that takes the body raw, as every receiver does that checks a signature over it (express.raw, a
# Lambda, Buffer.concat of the request): it knows events again by their id, so each repetition is new to it, and it answers
# 200 to an order that it has thrown away. Give toEvent body.toString("utf8").
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix "$work" cloudevents@10.0.0 >/dev/null
node --input-type=module - <<'JS'
import assert from 'node:assert/strict'
import { HTTP } from 'cloudevents'

const body = '{"specversion":"1.0","id":"evt-1","source":"/shop","type":"order.created","data":{"number":"1001"}}'
const headers = { 'content-type': 'application/cloudevents+json' }
const text = HTTP.toEvent({ headers, body })
const raw = HTTP.toEvent({ headers, body: Buffer.from(body) })
const again = HTTP.toEvent({ headers, body: Buffer.from(body) })
const batch = HTTP.toEvent({ headers: { 'content-type': 'application/cloudevents-batch+json' }, body: Buffer.from(`[${body}]`) })
const bytes = Object.keys(raw).filter((name) => /^\d+$/.test(name))
console.log(`text:   id ${text.id}, type ${text.type}, number ${text.data.number}`)
console.log(`Buffer: id ${raw.id}, type ${raw.type}, number ${raw.data?.number}, ${bytes.length} attributes such as "0": ${raw[0]}`)
console.log(`again:  id ${again.id}`)
console.log(`batch:  id ${batch[0].id}, type ${batch[0].type}, number ${batch[0].data.number}`)
assert.equal(text.id, 'evt-1')
assert.equal(batch[0].id, 'evt-1')
assert.equal(bytes.length, Buffer.byteLength(body))
assert.deepEqual([raw[0], raw[1]], [123, 34])
assert.deepEqual([raw.type, raw.source, raw.data], [undefined, undefined, undefined])
assert.notEqual(raw.id, 'evt-1')
assert.notEqual(raw.id, again.id)
assert.throws(() => raw.validate(), /invalid payload/)
JS
