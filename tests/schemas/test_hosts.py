"""Which addresses are on the public internet: one example per block of the registries, and its neighbours outside."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.hosts import is_public, literal

OWN = {
    "this network": ["0.0.0.0", "0.255.255.255"],
    "private": ["10.0.0.5", "172.16.0.1", "172.31.255.255", "192.168.1.1"],
    "shared by a carrier": ["100.64.0.1", "100.127.255.255"],
    "loopback": ["127.0.0.1", "127.255.255.254", "::1"],
    "link-local": ["169.254.169.254", "fe80::1", "febf::1"],
    "protocols": ["192.0.0.1", "2001::1", "2001:1ff:ffff::1"],
    "examples": ["192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1"],
    "6to4": ["192.88.99.1", "2002:7f00:1::", "2002:808:808::1"],
    "measurements": ["198.18.0.1", "198.19.255.255"],
    "multicast": ["224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1"],
    "reserved": ["240.0.0.1", "255.255.255.255", "4000::1", "e000::1"],
    "unspecified": ["::"],
    "unique local": ["fc00::1", "fdff::1"],
    "site-local": ["fec0::1"],
    "discard": ["100::1"],
    "IPv4-mapped": ["::ffff:127.0.0.1", "::ffff:169.254.169.254"],
    "IPv4-compatible": ["::127.0.0.1", "::8.8.8.8"],
    "IPv4-translated": ["::ffff:0:127.0.0.1"],
    "NAT64": ["64:ff9b::10.0.0.5", "64:ff9b:1::8.8.8.8"],
    "segment routing": ["5f00::1"],
}
PUBLIC = [
    "1.0.0.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.1",
    "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.1", "192.167.255.255", "192.169.0.0",
    "198.17.255.255", "198.20.0.0", "223.255.255.255", "2606:4700::1111", "2001:200::1", "2003::1", "2a00::1",
    "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
]  # fmt: skip


@pytest.mark.parametrize(
    "address", [pytest.param(one, id=f"{block} {one}") for block, some in OWN.items() for one in some]
)
def test_an_address_of_a_special_block_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_beside_the_special_blocks_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@given(st.ip_addresses(v=4) | st.integers(2 << 124, (4 << 124) - 1).map(IPv6Address))
def test_nothing_is_public_that_python_calls_private(address: IPv4Address | IPv6Address) -> None:
    assert address.is_global or not is_public(address)


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_inside_ipv6_is_judged_as_itself(address: IPv4Address) -> None:
    for prefix in ("::ffff:", "64:ff9b::"):
        assert is_public(IPv6Address(f"{prefix}{address}")) == is_public(address)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("[::1]", "::1"),
        ("::1", "::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("[fe80::1%25eth0]", "fe80::1"),
        ("10.0.0.5", "10.0.0.5"),
    ],
)
def test_an_address_is_read_with_brackets_and_zone(host: str, address: str) -> None:
    assert literal(host) == ip_address(address)


@pytest.mark.parametrize("name", ["shop.example", "", "127.1", "2130706433", "0x7f.0.0.1", "010.0.0.5", "1.2.3.4.5"])
def test_a_name_is_no_address_however_much_it_looks_like_one(name: str) -> None:
    assert literal(name) is None
