"""Addresses of servers: their parts, what may be shown of them, and one sentence for each that is wrong."""

from __future__ import annotations

import pytest

from schemas.address import EXAMPLES, BadAddress, read_address


@pytest.mark.parametrize("url", EXAMPLES.values())
def test_every_example_is_a_right_one(url: str) -> None:
    assert read_address(url).scheme == url.partition("://")[0]


@pytest.mark.parametrize(
    ("url", "db"),
    [
        ("redis://h", 0), ("redis://h:1/", 0), ("redis://h:1/7", 7), ("unix:///s.sock?db=3", 3),
        ("redis+socket:///s.sock?virtual_host=/4", 4), ("sentinel://h/m", 0), ("sentinel://h:1,i/m/5", 5),
    ],
)  # fmt: skip
def test_the_database_is_where_each_scheme_has_it(url: str, db: int) -> None:
    assert read_address(url).db == db


def test_an_address_is_taken_apart() -> None:
    found = read_address("sentinel://kim:p%40ss%2F@s1:1,[::1]:2,s3/my%20master/2?sentinel_password=x")
    assert (found.user, found.password, found.service, found.db) == ("kim", "p@ss/", "my master", 2)
    assert found.hosts == (("s1", 1), ("[::1]", 2), ("s3", 26379))
    assert read_address("unix:///run/a%20b/s.sock").socket_path == "/run/a b/s.sock"
    assert read_address("pyamqp://guest@h//").scheme == "amqp"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://:hunter2@h:1/0", "redis://h:1/0"),
        ("sentinel://u:hunter2@a:1,b:2/m/0?sentinel_password=hunter2", "sentinel://a:1,b:2/m/0"),
        ("amqp://u:hunter2@a,b:3/v", "amqp://a:5672,b:3/v"),
    ],
)
def test_what_is_shown_of_an_address_has_no_password(url: str, shown: str) -> None:
    assert read_address(url).shown == shown
    assert "hunter2" not in repr(read_address(url))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "must be an address such as redis://127.0.0.1:6379/0"),
        ("localhost:6379", "must be an address such as"),
        ("memcached://h", "must be an address such as"),
        ("redis://", "must name a host, and a port from 1 to 65535"),
        ("redis://:hunter2@h:0", "must name a host, and a port from 1 to 65535"),
        ("redis://:hunter2@h..example:1", "must name a host without two dots in a row"),
        ("redis://:hunter2@h:66000", "must name a host, and a port from 1 to 65535"),
        ("redis://:hunter2/2@h:1", "has an @ behind the host: in a password / is %2F"),
        ("redis://:12/hunter2@h:1", "has an @ behind the host: in a password / is %2F"),
        ("redis://:hunter#2@h:1", "must have no blanks and no #"),
        ("redis://:hunter2@h:1/first", "must end with the number of a database"),
        ("redis://a:1,b:2/0", "must name one host"),
        ("redis://h?socket_timeout=5", "may have no options"),
        ("rediss://h?timeout=5", "may have the options ssl_ca_certs, ssl_certfile, ssl_keyfile, ssl_cert_reqs and no"),
        ("rediss://h?ssl_cert_reqs=none", "must not turn the certificate's check off"),
        ("rediss://h?ssl_ca_certs=", "has an ssl_ option without a path"),
        ("sentinel://h:1", "must name the service that the Sentinels watch"),
        ("sentinel://h:1/m/first", "must name the service that the Sentinels watch"),
        ("sentinel://h:1/m?tls=0", "may say tls=1"),
        ("unix://h/s.sock", "must name a socket's path"),
        ("unix://", "must name a socket's path"),
        ("unix:///s.sock?db=x", "must have a number for its database"),
        ("amqp://u:hunter2@a//;amqp://u:hunter2@b//", "has an @ behind the host"),
        ("amqp://a;b", "must name several hosts with commas"),
        ("amqps://a,b/v", "must name one host"),
        ("redis://[::1", "has a host that cannot be read"),
    ],
)
def test_what_is_wrong_with_an_address_is_one_sentence_with_a_right_one(url: str, said: str) -> None:
    with pytest.raises(BadAddress) as caught:
        read_address(url)
    assert str(caught.value).startswith(said)
    assert "such as " in str(caught.value)
    assert "hunter" not in str(caught.value)
