"""A vendor that says back what it is told, and plain calls to a sandbox that plays it."""

from __future__ import annotations

import http.client
import json
import threading
from contextlib import contextmanager
from urllib.parse import urlsplit

from worker.sandbox.base import Vendor, VendorAnswer

WAIT_S = 10


class Echo(Vendor):
    """A vendor that keeps each body and says it back; ``acted`` is set by every act."""

    kind = "echo"

    def __init__(self):
        self.kept = []
        self.hidden_s = None
        self.acted = threading.Event()

    def answer(self, call):
        if call.method == "POST":
            self.kept.append({"key": call.body.decode(), "id": str(len(self.kept)), "at": call.at})
        self.acted.set()
        return VendorAnswer(200, b"said: " + call.path.encode() + b"?" + call.query.encode() + b" " + call.body)

    def orders(self):
        return self.kept

    def reset(self):
        self.kept.clear()

    def hide_new(self, seconds):
        self.hidden_s = seconds


@contextmanager
def connected(sandbox):
    at = urlsplit(sandbox.url)
    connection = http.client.HTTPConnection(at.hostname, at.port, timeout=WAIT_S)
    try:
        yield connection
    finally:
        connection.close()


def ask(sandbox, method, path, body=None, connection=None):
    if connection is None:
        with connected(sandbox) as own:
            return ask(sandbox, method, path, body, own)
    connection.request(method, path, body if body is None or isinstance(body, bytes) else json.dumps(body))
    answer = connection.getresponse()
    return answer.status, answer.read()


def fault(sandbox, do, **more):
    status, body = ask(sandbox, "POST", "/_sandbox/echo/faults", {"do": do, **more})
    assert status == 201
    return json.loads(body)["id"]


def orders(sandbox):
    return [one["key"] for one in json.loads(ask(sandbox, "GET", "/_sandbox/echo/orders")[1])]


def calls(sandbox, query=""):
    return json.loads(ask(sandbox, "GET", f"/_sandbox/echo/calls{query}")[1])
