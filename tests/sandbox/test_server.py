import http.client
import json
import socket
import threading

import pytest

from tests.fakes.echo import WAIT_S, Echo, ask, calls, connected, fault, orders
from worker.sandbox import BASE_PATHS, KINDS
from worker.sandbox.server import Sandbox


@pytest.fixture
def sandbox():
    with Sandbox([Echo()]) as running:
        yield running


def test_a_vendor_stands_under_its_kind(sandbox):
    assert ask(sandbox, "POST", "/echo/a/b?c=d", b"hello") == (200, b"said: /a/b?c=d hello")
    assert ask(sandbox, "POST", "/echo", b"root") == (200, b"said: /? root")
    assert orders(sandbox) == ["hello", "root"]
    assert sandbox.vendor("echo").kept[0]["key"] == "hello"


def test_a_connection_is_kept_for_many_calls(sandbox):
    with connected(sandbox) as connection:
        connection.connect()
        first = connection.sock
        assert [ask(sandbox, "POST", "/echo/x", b"%d" % n, connection)[0] for n in range(20)] == [200] * 20
        assert connection.sock is first


def test_requests_that_come_in_one_packet_or_byte_by_byte_are_told_apart(sandbox):
    request = b"POST /echo/x HTTP/1.1\r\nHost: h\r\ncontent-LENGTH: 2\r\n\r\nok"
    with socket.create_connection((sandbox.host, sandbox.port), timeout=WAIT_S) as sock:
        sock.sendall(request + request + request[:7])
        for byte in range(7, len(request)):
            sock.sendall(request[byte : byte + 1])
        sock.shutdown(socket.SHUT_WR)
        assert _all_of(sock).count(b"said: /x? ok") == 3


@pytest.mark.parametrize(
    ("request_head", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/2\r\n\r\n", 400),
        (b"POST /echo/ HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST /echo/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 411),
        (b"POST /echo/ HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", 413),
        (b"GET /echo/ HTTP/1.1\r\nA: " + b"x" * 70_000, 431),
    ],
)
def test_what_is_no_request_ends_the_connection(sandbox, request_head, status):
    with socket.create_connection((sandbox.host, sandbox.port), timeout=WAIT_S) as sock:
        sock.sendall(request_head)
        assert sock.recv(65_536).startswith(b"HTTP/1.1 %d " % status)


def test_a_client_that_waits_for_a_continue_gets_it(sandbox):
    with socket.create_connection((sandbox.host, sandbox.port), timeout=WAIT_S) as sock:
        sock.sendall(b"POST /echo/x HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(b"ok")
        assert sock.recv(65_536).endswith(b"said: /x? ok")


def test_calls_are_on_record_without_query_and_body(sandbox):
    ask(sandbox, "POST", "/echo/a?access_token=secret", b"secret")
    fault(sandbox, "status", status=418, body="teapot")
    ask(sandbox, "GET", "/echo/b")
    first, second = calls(sandbox)
    assert first | {"at": 0} == {
        "method": "POST",
        "path": "/a",
        "status": 200,
        "at": 0,
        "bytes_in": 6,
        "bytes_out": 35,
        "fault": None,
    }
    assert second | {"at": 0} == {
        "method": "GET",
        "path": "/b",
        "status": 418,
        "at": 0,
        "bytes_in": 0,
        "bytes_out": 6,
        "fault": "status",
    }
    assert calls(sandbox, "?limit=1") == [second]
    assert calls(sandbox, "?limit=0") == []
    assert ask(sandbox, "GET", "/_sandbox/echo/calls?limit=x")[0] == 400


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nobody/x", 404),
        ("GET", "/", 404),
        ("GET", "/_sandbox/nobody/orders", 404),
        ("GET", "/_sandbox/echo", 404),
        ("GET", "/_sandbox/echo/customers", 404),
        ("POST", "/_sandbox/echo/orders", 405),
        ("PUT", "/_sandbox/echo/faults", 405),
        ("PUT", "/_sandbox", 405),
        ("GET", "/_sandbox", 200),
    ],
)
def test_what_is_not_there_says_so(sandbox, method, path, status):
    assert ask(sandbox, method, path)[0] == status


def test_a_bad_fault_is_refused_with_a_sentence(sandbox):
    status, body = ask(sandbox, "POST", "/_sandbox/echo/faults", {"do": "explode"})
    assert status == 400
    assert "do is one of" in json.loads(body)["error"]


def test_faults_are_listed_and_removed(sandbox):
    fault(sandbox, "status", times=None)
    assert ask(sandbox, "POST", "/echo/x", b"1")[0] == 503
    assert json.loads(ask(sandbox, "GET", "/_sandbox/echo/faults")[1])[0]["seen"] == 1
    assert ask(sandbox, "DELETE", "/_sandbox/echo/faults") == (204, b"")
    assert ask(sandbox, "POST", "/echo/x", b"2")[0] == 200
    assert orders(sandbox) == ["2"]


def test_a_stopped_sandbox_ends_what_hangs_and_starts_again_where_it_was():
    sandbox = Sandbox([Echo()]).start()
    fault(sandbox, "hang", times=None)
    url = sandbox.url
    with connected(sandbox) as connection:
        connection.request("POST", "/echo/x", b"1")
        sandbox.stop()
        with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
            connection.getresponse()
    with pytest.raises(ConnectionRefusedError):
        ask(sandbox, "GET", "/_sandbox")
    sandbox.stop()
    with sandbox:
        assert sandbox.url == url
        ask(sandbox, "DELETE", "/_sandbox/echo/faults")
        assert ask(sandbox, "POST", "/echo/x", b"2")[0] == 200


def test_it_serves_in_the_callers_own_thread_until_it_is_stopped():
    sandbox = Sandbox([Echo()])
    server = threading.Thread(target=sandbox.serve_forever, daemon=True)
    sandbox_is_open = threading.Event()
    opened = sandbox._open
    sandbox._open = lambda: (opened(), sandbox_is_open.set())[0]
    server.start()
    assert sandbox_is_open.wait(WAIT_S)
    assert ask(sandbox, "GET", "/_sandbox")[0] == 200
    sandbox.stop()
    server.join(WAIT_S)
    assert not server.is_alive()


def test_calls_from_many_connections_are_all_on_record_and_each_done_once(sandbox):
    def post(number):
        with connected(sandbox) as connection:
            for n in range(50):
                ask(sandbox, "POST", "/echo/x", b"%d-%d" % (number, n), connection)

    threads = [threading.Thread(target=post, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    assert sorted(orders(sandbox)) == sorted(f"{number}-{n}" for number in range(8) for n in range(50))
    assert len(calls(sandbox)) == 400


def test_every_kind_has_a_base_url(sandbox):
    assert BASE_PATHS.keys() == KINDS.keys()
    assert sandbox.base_url("retargeting") == sandbox.url + "/retargeting/api/1.0"


def _all_of(sock):
    read = b""
    while chunk := sock.recv(65_536):
        read += chunk
    return read
