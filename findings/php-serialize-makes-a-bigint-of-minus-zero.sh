#!/usr/bin/env bash
# npm php-serialize 5.1.3: PHP's -0.0 becomes the BigInt 0n, and PHP's INF and NAN cannot be read.
#
# Expected: every float that PHP writes is a JavaScript number, as 0.5 is.
# Seen: a float whose text is not how JavaScript writes it, and that has no fraction, is given to BigInt: "d:-0;" is 0n, and
# "d:INF;" and "d:NAN;" end in a SyntaxError about BigInt. JSON.stringify refuses a BigInt, and adding a number to it throws.
# Who is hurt: whoever reads orders out of a PHP shop's tables. PHP writes "d:-0;" where it turns the sign of an amount
# that is 0.0: the discount -$discount of every order without a discount. The reader works for years on orders with one.
# The way back is off too: Infinity is written "d:INFINITY;", which PHP refuses. Turn what is a bigint into a Number.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix "$work" php-serialize@5.1.3 >/dev/null
# what PHP writes, where there is one; else as PHP 8.2 wrote it
discount='a:2:{s:5:"total";d:12.5;s:8:"discount";d:-0;}'
if command -v php >/dev/null; then
  test "$(php -r '$d = 0.0; echo serialize(["total" => 12.5, "discount" => -$d]);')" = "$discount"
  test "$(php -r 'var_dump(@unserialize("d:INFINITY;"));')" = "bool(false)"
fi
DISCOUNT=$discount node --input-type=module - <<'JS'
import assert from 'node:assert/strict'
import { serialize, unserialize } from 'php-serialize'

const order = unserialize(process.env.DISCOUNT)
const fault = (act) => { try { return act() } catch (error) { return `${error.name}: ${error.message}` } }
const seen = {
  total: typeof order.total,
  discount: typeof order.discount,
  sum: fault(() => order.total + order.discount),
  json: fault(() => JSON.stringify(order)),
  'd:INF;': fault(() => unserialize('d:INF;')),
  'd:NAN;': fault(() => unserialize('d:NAN;')),
  Infinity: serialize(Infinity),
}
for (const [what, came] of Object.entries(seen)) console.log(`${what}: ${came}`)
assert.deepEqual([seen.total, seen.discount, order.discount], ['number', 'bigint', 0n])
assert.match(seen.sum, /^TypeError/)
assert.match(seen.json, /^TypeError/)
assert.match(seen['d:INF;'], /^SyntaxError.*INF.*BigInt/)
assert.match(seen['d:NAN;'], /^SyntaxError.*NAN.*BigInt/)
assert.equal(seen.Infinity, 'd:INFINITY;')
JS
