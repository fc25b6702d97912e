"""Which addresses belong to the public internet, and which to a machine or a network of somebody's own."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_OWN_V4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip
"""This host, private, shared (CGNAT), loopback, link-local, protocols, examples, 6to4 relays, tests, multicast,
reserved. Source: IANA IPv4 Special-Purpose Address Registry, and RFC 5771 for multicast (read 2026-11)."""

_GLOBAL_V6 = IPv6Network("2000::/3")
_OWN_V6 = tuple(IPv6Network(block) for block in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
"""Inside the global unicast range: protocols (Teredo among them), examples, 6to4, examples. Source: IANA IPv6
Special-Purpose Address Registry (read 2026-11). Teredo and 6to4 lead to an IPv4 address of the sender's choice."""

_HOLDS_V4 = tuple(IPv6Network(block) for block in ("::ffff:0:0/96", "64:ff9b::/96"))
"""Whose last 32 bits are the IPv4 address that is meant: IPv4-mapped (RFC 4291), NAT64 (RFC 6052)."""


def literal(host: str) -> IPv4Address | IPv6Address | None:
    """The address that ``host`` spells, in brackets or not, with a zone or not; ``None`` for a name."""
    try:
        return ip_address(host.removeprefix("[").removesuffix("]").partition("%")[0])
    except ValueError:
        return None


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is on the public internet. What no registry names as public is not.

    Not left to ``ipaddress.is_global``: its answer changes with the version of Python, and it calls multicast global.
    """
    if isinstance(address, IPv4Address):
        return not any(address in block for block in _OWN_V4)
    if any(address in block for block in _HOLDS_V4):
        return is_public(IPv4Address(address.packed[-4:]))
    return address in _GLOBAL_V6 and not any(address in block for block in _OWN_V6)
