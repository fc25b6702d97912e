"""What the driver makes of answers: good, odd and hostile ones."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator

import pytest

from schemas.config import Timeout
from schemas.outcome import Outcome, OutcomeKind, Reason
from tests.fakes.account import account, asking, read, write
from tests.fakes.hostile import Behaviour, Hostile, answer, bomb, floods, says
from worker.providers.base import Provider, Reply, Request
from worker.providers.connections import Watched
from worker.providers.http import Driver
from worker.providers.response_head import LibraryHead, WholeHead

CAP = Provider.reply_cap_bytes


@pytest.fixture(params=[WholeHead, LibraryHead], autouse=True)
def _heads(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test with both readers of heads: the slower one is for a Python that the other does not fit."""
    monkeypatch.setattr(Watched, "response_class", request.param)


@pytest.fixture
def driver() -> Iterator[Driver]:
    driver = Driver()
    yield driver
    driver.close()


def asked(driver: Driver, behaviour: Behaviour, request: Request | None = None) -> tuple[Outcome, list[Reply], Hostile]:
    seen: list[Reply] = []
    with Hostile(behaviour) as server:
        ran = driver.converse(account(server.url), asking(request or read(), seen=seen))
    return ran.outcome, seen, server


def test_an_answer_comes_with_lower_case_headers_and_its_whole_body(driver: Driver):
    _, [reply], _ = asked(driver, says(answer(201, b'{"id": 7}', X_Tokens_Remaining="17")))
    assert (reply.status, reply.body, reply.cut) == (201, b'{"id": 7}', False)
    assert reply.headers["x-tokens-remaining"] == "17"


def test_the_request_goes_out_as_the_adapter_wrote_it(driver: Driver):
    request = write("/orders?x=%20y", b"a=1", headers={"Content-Type": "text/plain", "content-length": "99"})
    ran, _, server = asked(driver, says(answer()), request)
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"POST /orders?x=%20y HTTP/1.1"
    assert b"Content-Type: text/plain" in lines
    assert b"Accept-Encoding: identity" in lines
    assert [line for line in lines if line.lower().startswith(b"content-length")] == [b"Content-Length: 3"]
    assert any(line.startswith(b"User-Agent: Ordercast/") for line in lines)
    assert body == b"a=1"
    assert ran.calls == 1


def test_the_host_is_named_with_its_port_where_that_is_not_the_usual_one(driver: Driver, monkeypatch):
    _, _, server = asked(driver, says(answer()))
    named = server.url.removeprefix("http://").encode()
    assert b"\r\nHost: " + named + b"\r\n" in server.requests[0]
    with Hostile(says(answer())) as usual:
        monkeypatch.setattr(Watched, "default_port", int(usual.url.rpartition(":")[2]))
        driver.converse(account(usual.url), asking(read()))
    assert b"\r\nHost: 127.0.0.1\r\n" in usual.requests[0]


@pytest.mark.parametrize("value", ["a\r\nX-Sneaked: 1", "a\nX-Sneaked: 1", "a\rX-Sneaked: 1"])
def test_a_header_that_would_be_two_is_not_sent_nor_told(driver: Driver, value: str):
    outcome, _, server = asked(driver, says(answer()), read(headers={"X-One": value}))
    assert (outcome.kind, outcome.reason) == (OutcomeKind.UNREADABLE, Reason.CRASHED)
    assert server.requests == []
    assert "Sneaked" not in outcome.message + outcome.excerpt


@pytest.mark.parametrize(
    ("base", "path", "target"),
    [
        ("", "/api.php/orders", b"/api.php/orders"),
        ("/", "/api.php", b"/api.php"),
        ("/api/v2", "/orders", b"/api/v2/orders"),
        ("/api/v2/", "/orders?a=1", b"/api/v2/orders?a=1"),
        ("/hook/", "", b"/hook/"),
        ("/hook?key=1", "", b"/hook?key=1"),
        ("", "", b"/"),
    ],
)
def test_a_path_is_put_behind_the_base_url(driver: Driver, base: str, path: str, target: bytes):
    with Hostile(says(answer())) as server:
        driver.converse(account(server.url + base), asking(read(path)))
    assert server.requests[0].split(b" ")[1] == target


def test_a_redirect_is_handed_over_and_not_followed(driver: Driver):
    _, [reply], server = asked(driver, says(answer(302, Location="/elsewhere")))
    assert reply.status == 302
    assert len(server.requests) == 1


def test_a_cookie_is_never_sent_back(driver: Driver):
    with Hostile(says(answer(Set_Cookie="PHPSESSID=abc; path=/"))) as server:
        driver.converse(account(server.url), asking(read(), read()))
    assert len(server.requests) == 2
    assert not any(b"PHPSESSID" in request for request in server.requests)


def test_proxies_and_netrc_of_the_environment_are_ignored(driver: Driver, monkeypatch: pytest.MonkeyPatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password mine")
    monkeypatch.setenv("NETRC", str(netrc))
    with Hostile(says(answer(502))) as proxy, Hostile(says(answer())) as server:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        seen: list[Reply] = []
        driver.converse(account(server.url), asking(read(), seen=seen))
    assert proxy.opened == 0
    assert seen[0].status == 200
    assert b"authorization" not in server.requests[0].lower()


def test_a_body_that_ends_early_is_marked_cut(driver: Driver):
    _, [reply], _ = asked(driver, says(answer(body=b'{"half":', Content_Length="500"), keeps=False))
    assert (reply.body, reply.cut) == (b'{"half":', True)


def test_a_chunked_body_is_read_whole(driver: Driver):
    chunked = answer(body=b"4\r\nabcd\r\n3\r\nefg\r\n0\r\n\r\n", Content_Length="", Transfer_Encoding="chunked")
    _, [reply], _ = asked(driver, says(chunked))
    assert (reply.body, reply.cut) == (b"abcdefg", False)


def test_a_chunked_body_that_ends_early_is_marked_cut(driver: Driver):
    half = answer(body=b"4\r\nabcd\r\n9\r\nef", Content_Length="", Transfer_Encoding="chunked")
    _, [reply], _ = asked(driver, says(half, keeps=False))
    assert reply.cut


@pytest.mark.parametrize("size", [b"-1", b"-5", b"x"])
def test_a_chunk_of_no_sensible_size_is_not_read(driver: Driver, size: bytes):
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    _, [reply], _ = asked(driver, says(head + size + b"\r\n" + b"y" * 500))
    assert (reply.body, reply.cut) == (b"", True)


def test_a_body_as_long_as_the_cap_is_whole_and_one_byte_more_is_cut(driver: Driver):
    _, [reply], _ = asked(driver, says(answer(body=b"x" * CAP)))
    assert (len(reply.body), reply.cut) == (CAP, False)
    _, [reply], _ = asked(driver, says(answer(body=b"x" * (CAP + 1))))
    assert (len(reply.body), reply.cut) == (CAP, True)


def test_a_body_without_end_is_cut_at_the_cap(driver: Driver):
    _, [reply], _ = asked(driver, floods(b"x" * 65536, answer(Content_Length="", body=b"")))
    assert (len(reply.body), reply.cut) == (CAP, True)


def test_a_chunk_of_all_that_ever_comes_is_not_read(driver: Driver):
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n"
    seen: list[Reply] = []
    with Hostile(floods(b"x" * 65536, head)) as server:
        patient = account(server.url, timeout=Timeout(connect_s=1, read_s=2, total_s=2))
        driver.converse(patient, asking(read(), seen=seen))
    assert [(reply.body, reply.cut) for reply in seen] == [(b"", True)]
    assert seen[0].took_ms < 1000  # and not till its time was up


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(b"hello", mtime=0)),
        ("deflate", zlib.compress(b"hello")),
        ("deflate", zlib.compress(b"hello", wbits=-15)),
        ("identity", b"hello"),
    ],
)
def test_an_encoding_nobody_asked_for_is_read(driver: Driver, encoding: str, packed: bytes):
    _, [reply], _ = asked(driver, says(answer(body=packed, Content_Encoding=encoding)))
    assert (reply.body, reply.cut) == (b"hello", False)


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(b"hello" * 1000, mtime=0)[:-9]),
        ("gzip", b"not gzip"),
        ("gzip", gzip.compress(b"hello", mtime=0) + b"more"),
        ("deflate", b"not deflate"),
        ("br", b"whatever"),
        ("gzip, gzip", gzip.compress(gzip.compress(b"hello", mtime=0), mtime=0)),
    ],
)
def test_an_encoding_that_cannot_be_read_is_marked_cut(driver: Driver, encoding: str, packed: bytes):
    _, [reply], _ = asked(driver, says(answer(body=packed, Content_Encoding=encoding)))
    assert reply.cut


def test_a_bomb_is_stopped_at_the_cap(driver: Driver):
    _, [reply], _ = asked(driver, says(bomb(50_000_000)))
    assert (len(reply.body), reply.cut) == (CAP, True)


def test_a_header_that_comes_twice_is_one_with_commas(driver: Driver):
    head = b"HTTP/1.1 200 OK\r\nX-Seen: a\r\nx-seen:b\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}"
    _, [reply], _ = asked(driver, says(head))
    assert reply.headers["x-seen"] == "a, b"
    assert (reply.body, reply.cut) == (b"{}", False)


def test_a_folded_header_is_one_line(driver: Driver):
    _, [reply], _ = asked(driver, says(b"HTTP/1.1 200 OK\r\nX-Seen: a\r\n\tb\r\nContent-Length: 2\r\n\r\n{}"))
    assert reply.headers["x-seen"] == "a b"


def test_interim_answers_are_read_over(driver: Driver):
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    with Hostile(says(interim + answer(body=b"1"), answer(body=b"2"))) as server:
        seen: list[Reply] = []
        driver.converse(account(server.url), asking(read(), read(), seen=seen))
    assert [reply.body for reply in seen] == [b"1", b"2"]
    assert server.opened == 1


@pytest.mark.parametrize(
    "behaviour",
    [
        floods(b"HTTP/1.1 103 Early Hints\r\n\r\n"),
        floods(b"HTTP/1.1 100 Continue\r\n\r\n"),
        says(b"HTTP/1.1 101 Switching Protocols\r\n\r\n"),
        says(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"),
        says(b"HTTP/1.1 banana\r\n\r\n"),
        says(answer(**{f"X_{number}": "1" for number in range(120)})),
        says(answer(**{f"X_{number}": "y" * 1000 for number in range(80)})),
        says(answer(X_Long="y" * 70_000)),
        says(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
        says(b"HTTP/1.1 200 OK\r\n\r\r\nContent-Length: 2\r\n\r\n{}"),
    ],
    ids=[
        "103s",
        "100s",
        "101",
        "ssh",
        "status",
        "many headers",
        "much header",
        "long header",
        "two lengths",
        "bare return",
    ],
)
def test_what_is_no_sensible_http_is_unreadable(driver: Driver, behaviour: Behaviour):
    outcome, seen, _ = asked(driver, behaviour, write())
    assert (outcome.kind, outcome.reason) == (OutcomeKind.UNREADABLE, Reason.UNREADABLE)
    assert outcome.may_have_been_done
    assert seen == []
