"""Answer bodies as bytes, never longer than the cap: a bomb is stopped while it unfolds."""

from __future__ import annotations

import zlib

_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
_BARE_DEFLATE = -zlib.MAX_WBITS


def decode(encoding: str, body: bytes, cap_bytes: int) -> tuple[bytes, bool]:
    """A body without its Content-Encoding, at most ``cap_bytes`` of it, and whether it is whole.

    We ask for ``identity``; gzip and deflate are read all the same, since some proxies send them unasked. Anything
    else comes back empty and not whole. Never raises.
    """
    match encoding.strip().lower():
        case "" | "identity":
            return body[:cap_bytes], len(body) <= cap_bytes
        case "gzip" | "x-gzip":
            return _inflate(body, cap_bytes, _GZIP_OR_ZLIB)
        case "deflate":
            # RFC 9110 8.4.1.2: zlib by the rule, bare deflate by habit.
            inflated, whole = _inflate(body, cap_bytes, _GZIP_OR_ZLIB)
            return (inflated, whole) if inflated or whole else _inflate(body, cap_bytes, _BARE_DEFLATE)
        case _:
            return b"", False


def _inflate(body: bytes, cap_bytes: int, window: int) -> tuple[bytes, bool]:
    reader = zlib.decompressobj(window)
    try:
        inflated = reader.decompress(body, cap_bytes + 1)
    except zlib.error:
        return b"", False
    return inflated[:cap_bytes], reader.eof and not reader.unused_data and len(inflated) <= cap_bytes
